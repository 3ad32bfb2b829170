import Configuration
import Distributed
import Foundation
import HDF5
import NN
import Pipeline
import TestSupport
import Testing

/// The jobs that estimators propose; the examples and the tests of the commands train them.
@Suite("Estimators")
struct EstimatorTests {
  /// A table of a class, a price, two numbers, one of which is missing in each tenth row, a column that is always 1,
  /// a text of few, one of many, and the number of the row.
  private func withTable(_ rowCount: Int, _ body: (Table) throws -> Void) throws {
    try withTemporaryFolder { folder in
      let path = folder.appendingPathComponent("t.h5").path
      try File.replace(path) { file in
        let group = try file.root().createGroup("t")
        func numbers(_ name: String, _ value: (Int) -> Float) throws {
          try group.createDataset(name, shape: [rowCount], of: Float.self)
            .write((0..<rowCount).map(value))
        }
        try group.createDataset("kind", strings: (0..<rowCount).map { "kind \($0 % 3)" })
        try numbers("price") { Float($0 % 17) * 1.5 }
        try numbers("area") { Float($0 % 29) + 0.25 }
        try numbers("rooms") { $0 % 10 == 0 ? .nan : Float($0 % 4) }
        try numbers("one") { _ in 1 }
        try group.createDataset("city", strings: (0..<rowCount).map { "c\($0 % 7)" })
        try group.createDataset("street", strings: (0..<rowCount).map { "s\($0 % 70)" })
        try numbers("id") { Float($0) }
        try group.writeAttribute(
          "columns", ["kind", "price", "area", "rooms", "one", "city", "street", "id"])
      }
      try body(try Table(file: path, name: "t"))
    }
  }

  /// The job as a tree, after it was written and read as a job file.
  private func job(_ estimator: some TableEstimator, _ table: Table) throws -> Value {
    let value = try estimator.job(for: table)
    let read = try Value(yaml: value.yaml, file: "job.yaml")
    #expect(read == value)
    _ = try TrainingJob(value: read)
    return value
  }

  private func stages(_ value: Value) -> [Value] {
    guard case .list(let stages)? = value["pipeline"]?["table"]?.kind else { return [] }
    return stages
  }

  private func layers(_ value: Value) -> [Value] {
    guard case .list(let layers)? = value["network"]?["layers"]?.kind else { return [] }
    return layers
  }

  @Test("a stopped fit from CSV is resumed by the same call, and the model names the CSV file")
  func resume() throws {
    try withTemporaryFolder { folder in
      let rows = (0..<300).map { "\($0 % 17),\(Double($0 % 17) / 4)\n" }.joined()
      try ("a,b\n" + rows).write(
        to: folder.appendingPathComponent("table.csv"), atomically: true, encoding: .utf8)
      let probe = Program("MPIProbe")
      let stopped = try probe.run(
        ["fit"], ranks: 2, in: folder,
        environment: ["SOUNDER_FAULT": "rank=1,step=30,kind=signal"])
      try #require(
        stopped.status == 75 && stopped.errors.contains("the same call goes on with it"),
        "\(stopped.status) \(stopped.errors)")
      let resumed = try probe.run(["fit"], ranks: 2, in: folder)
      try #require(resumed.status == 0, "\(resumed.errors)")
      #expect(resumed.output.contains("resuming from model.checkpoint.h5"), "\(resumed.output)")
      let model = try PipelineModel(loading: folder.appendingPathComponent("model.h5").path)
      #expect(model.model.job?.data.train.file == "table.csv")
    }
  }

  @Test("a classifier proposes stages, layers and numbers from the columns and the rows")
  func classifier() throws {
    try withTable(700) { table in
      let value = try job(NetworkClassifier(label: "kind").with(\.dropped, ["id"]), table)
      #expect(
        value["data"]?["train"]
          == ["file": Value(.string(table.file)), "table": "t", "target": "kind"])
      #expect(value["data"]?["validation"] == ["fraction": 0.2, "stratify": true])
      #expect(
        stages(value) == [
          ["drop": ["columns": ["id", "one"]]],
          [
            "impute": [
              "columns": ["rooms"], "strategy": "median", "sketch": 4096, "flag": true,
            ]
          ],
          ["standardize": ["columns": ["price", "area", "rooms"]]],
          ["one_hot": ["columns": ["city"], "drop_last": false, "unknown": "ignore"]],
          ["hash": ["columns": ["street"], "buckets": 64, "signed": true, "into": "hash"]],
        ], "\(value.yaml)")
      #expect(value["pipeline"]?["target"] == ["index"])
      // 3 numbers that differ, the column of ones, 7 and 64 places come in, 3 go out: 4 · 78 are 312, but 8 weights
      // for each of 700 rows are 74 units of 75.
      #expect(
        layers(value) == [
          ["dense": ["units": 64, "activation": "relu"]],
          ["dense": ["units": 32, "activation": "relu"]],
          ["dense": ["units": 3, "activation": "softmax"]],
        ], "\(value.yaml)")
      let training = try #require(value["training"])
      #expect(training["loss"] == "sparse_categorical_crossentropy")
      #expect(training["optimizer"] == ["adam": ["learning_rate": 0.001]])
      #expect(training["metrics"] == ["accuracy"])
      #expect(training["batch_size"] == 16 && training["epochs"] == 200)
      #expect(training["early_stopping"]?["patience"] == 20)
    }
  }

  @Test("a regressor standardizes the numbers that it learns, and takes what it is told")
  func regressor() throws {
    try withTable(700) { table in
      var regressor = NetworkRegressor(
        label: "price", features: ["area", "city"], layers: [Dense(units: 5)], learningRate: 0.01,
        batchSize: 32, epochs: 7)
      regressor.stopsEarly = false
      regressor.validationFraction = 0.25
      regressor.metrics = ["mean_absolute_error"]
      regressor.seed = 9
      regressor.distribution = ["mode": "sync"]
      regressor.modelFile = "m.h5"
      let value = try job(regressor, table)
      #expect(
        stages(value) == [
          ["select": ["columns": ["area", "city"]]],
          ["standardize": ["columns": ["area"]]],
          ["one_hot": ["columns": ["city"], "drop_last": false, "unknown": "ignore"]],
        ], "\(value.yaml)")
      #expect(value["pipeline"]?["target"] == ["standardize"])
      #expect(value["data"]?["validation"] == ["fraction": 0.25])
      #expect(layers(value).count == 2 && layers(value)[0]["dense"]?["units"] == 5)
      #expect(layers(value)[1] == ["dense": ["units": 1]])
      let training = try #require(value["training"])
      #expect(training["optimizer"] == ["adam": ["learning_rate": 0.01]])
      #expect(training["metrics"] == ["mean_absolute_error"])
      #expect(training["batch_size"] == 32 && training["epochs"] == 7 && training["seed"] == 9)
      #expect(training["early_stopping"]?.json == nil)
      #expect(value["distribution"] == ["mode": "sync"])
      #expect(value["output"] == ["model": "m.h5"])
      // Copies leave the original alone.
      let other = regressor.with(\.batchSize, 64).with(\.optimizer, SGD(learningRate: 0.5))
      #expect(regressor.batchSize == 32 && other.batchSize == 64 && other.learningRate == 0.5)
      #expect(try job(other, table)["training"]?["optimizer"]?["sgd"]?.json != nil)
    }
  }

  @Test("an autoencoder sees columns of numbers, and gives back what its stages make of them")
  func autoencoder() throws {
    try withTable(700) { table in
      let value = try job(NetworkAutoencoder(), table)
      let names: Value = ["price", "area", "rooms", "id"]
      #expect(value["data"]?["train"]?["features"] == names)
      #expect(value["data"]?["train"]?["target"] == names)
      let rows: Value = [
        ["impute": ["strategy": "median", "sketch": 4096, "flag": false]], ["standardize": [:]],
      ]
      #expect(value["pipeline"]?["features"] == rows, "\(value.yaml)")
      #expect(value["pipeline"]?["target"] == value["pipeline"]?["features"])
      #expect(layers(value).count == 4)
      #expect(layers(value)[1] == ["dense": ["units": 2, "name": "bottleneck"]])
      #expect(layers(value)[3] == ["dense": ["units": 4]])
      let pipeline = Pipeline(stages: [
        Normalize(power: 1), NetworkAutoencoder(width: 3, features: ["id", "area"]),
      ])
      let own = try job(pipeline, table)
      #expect(own["data"]?["train"]?["features"] == ["id", "area"])
      #expect(own["pipeline"]?["features"] == own["pipeline"]?["target"])
      #expect(layers(own)[1]["dense"]?["units"] == 3)
      for (stages, words) in [
        ([Drop(["id"]), NetworkAutoencoder()], "stages of rows before it"),
        ([PCA(.varianceShare(0.9)), NetworkAutoencoder()], "use stages that keep the columns"),
        ([NetworkAutoencoder(features: ["city"])], "is a column of texts"),
      ] as [([any PipelineStage], String)] {
        expectError(words) { _ = try Pipeline(stages: stages).job(for: table) }
      }
    }
  }

  @Test("a pipeline has exactly the stages that it was given")
  func pipeline() throws {
    try withTable(700) { table in
      let pipeline = Pipeline(stages: [
        ImputeCells(["rooms"], .constant(2)), Assemble(["area", "rooms"], into: "size"),
        OneHotTexts(["city"]), Standardize(),
        NetworkClassifier(label: "kind", features: ["size", "city"], layers: [Dense(units: 4)]),
      ])
      let value = try job(pipeline, table)
      var names: [String] = []
      for stage in stages(value) {
        if case .map(let entries) = stage.kind { names += entries.map(\.key) }
      }
      #expect(names == ["impute", "assemble", "one_hot", "select"])
      #expect(value["pipeline"]?["features"] == [["standardize": [:]]])
      #expect(
        try job(pipeline.with(\.epochs, 3), table)["training"]?["epochs"] == 3)
      // Without stages of columns, columns are named: another table may have them in another order.
      let plain = Pipeline(stages: [
        Standardize(), NetworkRegressor(label: "price", features: ["id", "area"]),
      ])
      #expect(try job(plain, table)["data"]?["train"]?["features"] == ["id", "area"])
    }
  }

  @Test("layers of a file stand between the stages of a pipeline and its network")
  func pretrained() throws {
    let file = fixture("keras/golden/k3/ae.keras").path
    try withTable(700) { table in
      func pipeline(_ frozen: PretrainedLayers.Frozen, name: String? = nil) -> Pipeline {
        Pipeline(stages: [
          Standardize(), PretrainedLayers(file, until: "code", frozen: frozen, name: name),
          NetworkClassifier(label: "kind", features: ["area", "price"], layers: []),
        ])
      }
      for (frozen, said, layers) in [
        (.asInFile, nil, []), (.all, true, ["enc_1", "code"]), (.nothing, false, []),
        (.until("enc_1"), "enc_1", ["enc_1"]),
      ] as [(PretrainedLayers.Frozen, Value?, [String])] {
        let value = try job(pipeline(frozen), table)
        #expect(value["pipeline"]?["features"] == [["standardize": [:]]])
        #expect(self.layers(value).count == 2, "\(value.yaml)")
        let model = try #require(self.layers(value).first?["model"])
        #expect(model["file"] == Value(.string(file)) && model["until"] == "code")
        #expect(model["frozen"] == said && model["name"]?.json == nil)
        let network = try TrainingJob(value: value).network
        #expect(network.layers.count == 3)
        #expect(network.layers.prefix(2).map(\.name) == ["enc_1", "code"])
        #expect(network.layers.filter(\.isFrozen).map(\.name) == layers)
      }
      let named = try TrainingJob(value: job(pipeline(.all, name: "base"), table)).network
      #expect(named.layers.prefix(2).map(\.name) == ["base_enc_1", "base_code"])
      for (stages, words) in [
        ([PretrainedLayers(file), Standardize()], "Standardize stands behind PretrainedLayers"),
        ([PretrainedLayers(file), Drop(["id"])], "Drop stands behind PretrainedLayers"),
        ([PretrainedLayers("none.keras")], "none.keras"),
        ([PretrainedLayers(file, until: "codes")], "code"),
      ] as [([any PipelineStage], String)] {
        expectError(words) {
          _ = try TrainingJob(
            value: Pipeline(stages: stages + [NetworkClassifier(label: "kind")]).job(for: table))
        }
      }
    }
  }

  @Test(
    "each is fitted, transforms, is validated and tuned; layers of a file keep their weights or not",
    arguments: [1, 3])
  func everyUse(ranks: Int) throws {
    try withTemporaryFolder { folder in
      let data = [
        "real/iris-train.csv", "real/digits-test.csv.gz", "keras/golden/k3/ae.keras",
      ].map { fixture($0).path }
      let run = try Program("MPIProbe").run(["estimators"] + data, ranks: ranks, in: folder)
      #expect(run.status == 0, "\(run.errors)")
      #expect(run.output == "estimators ok on \(ranks)\n")
    }
  }

  @Test("what cannot work is said before a row is trained on")
  func refused() throws {
    try withTable(700) { table in
      let layers = [Dense(units: 3)]
      for (stages, words) in [
        ([Standardize()], "ends with a network"),
        ([], "ends with a network"),
        ([Standardize(), Drop(["id"]), NetworkRegressor(label: "price")], "put it before"),
        ([NetworkRegressor(label: "price"), NetworkRegressor(label: "price")], "last stage"),
        ([NetworkClassifier(label: "kinds")], "kind"),
        ([NetworkRegressor(label: "kind")], "--classify"),
        ([NetworkClassifier(label: "one")], "nothing to tell apart"),
        ([NetworkClassifier(label: "kind", features: ["kind"])], "leave it out of the features"),
        ([NetworkClassifier(label: "kind").with(\.dropped, ["kind"])], "the label"),
        ([NetworkClassifier(label: "kind", features: ["are"])], "area"),
        ([NetworkClassifier(label: "kind").with(\.validationFraction, 1)], "below 1"),
        (
          [NetworkClassifier(label: "kind").with(\.stopsEarly, false).with(\.patience, 3)],
          "patience"
        ),
        ([Drop(["ids"]), NetworkClassifier(label: "kind")], "id"),
        ([Drop(["id"]), NetworkClassifier(label: "kind", layers: layers)], "'city'"),
        (
          [NetworkAutoencoder(width: 2, features: ["id"], layers: layers)], "leave one of them out"
        ),
      ] as [([any PipelineStage], String)] {
        expectError(words) { _ = try Pipeline(stages: stages).job(for: table) }
      }
    }
    // More classes than are counted.
    try withTable(TableSummary.mostCategories + 1) { table in
      expectError("too many for classes") {
        _ = try NetworkClassifier(label: "id").job(for: table)
      }
      // The number of the row tells nothing apart that a network could learn, but numbers it may.
      _ = try NetworkRegressor(label: "id").job(for: table)
    }
  }

  @Test("with few rows nothing is held out, and with few of a class not by class")
  func fewRows() throws {
    try withTable(19) { table in
      let value = try job(NetworkClassifier(label: "kind"), table)
      #expect(value["data"]?["validation"]?.json == nil)
      #expect(value["training"]?["early_stopping"]?.json == nil)
      #expect(value["training"]?["batch_size"] == 16)
    }
    try withTable(28) { table in
      // 10, 9 and 9 of the classes.
      let value = try job(NetworkClassifier(label: "kind"), table)
      #expect(value["data"]?["validation"] == ["fraction": 0.2])
    }
  }

  @Test("a model file of another program has no pipeline to be loaded")
  func foreignModel() throws {
    try withTemporaryFolder { folder in
      let path = folder.appendingPathComponent("m.h5").path
      let network = try Network(
        name: "n", inputShape: [1], layers: [NamedLayer("double", Dense(units: 1))])
      try [Float](arrayLiteral: 2, 0).withUnsafeBufferPointer {
        try ModelFile.write(path, network: network, parameters: $0, training: nil)
      }
      expectError("was not written by sounder") { _ = try PipelineModel(loading: path) }
    }
  }

  @Test("figures of parts have a mean, and a deviation with n - 1")
  func deviation() {
    let folds = [1.0, 2, 4].map { [EpochRecord.Result(name: "val_loss", value: $0)] }
    let validation = FoldFigures(folds: folds)
    #expect(validation.names == ["val_loss"] && validation.values("val_loss") == [1, 2, 4])
    #expect(validation.mean("val_loss") == 7.0 / 3)
    // numpy.std([1, 2, 4], ddof=1)
    let deviation = validation.standardDeviation("val_loss") ?? 0
    #expect(abs(deviation - 1.527_525_231_651_946_6) < 1e-15)
    #expect(validation.mean("loss") == nil && validation.standardDeviation("loss") == nil)
    #expect(FoldFigures(folds: [folds[0]]).standardDeviation("val_loss") == nil)
  }

  /// Checks that `body` throws an error of one line with `words` in it.
  private func expectError(_ words: String, _ body: () throws -> Void) {
    do {
      try body()
      Issue.record("nothing was thrown for '\(words)'")
    } catch {
      let text = "\(error)"
      #expect(text.contains(words) && !text.contains("\n"), "\(text)")
    }
  }
}
