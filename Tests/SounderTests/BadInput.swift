import Foundation
import HDF5
import TestSupport
import Testing

/// One way in which input can be bad, and what must come of it.
struct BadInput: Sendable, CustomTestStringConvertible {
  /// What is bad.
  var name: String
  /// The command line.
  var arguments: [String]
  /// The exit code.
  var status: Int32
  /// Words that the message must have: what, where, what to do.
  var words: [String]
  /// Makes the input bad.
  var spoil: @Sendable (SmallJob) throws -> Void
  /// Variables of the run.
  var environment: [String: String] = [:]
  /// Whether the case needs several ranks.
  var needsRanks = false

  var testDescription: String { name }

  static let train = ["train", "job.yaml", "--overwrite"]

  init(
    _ name: String, _ arguments: [String], _ status: Int32, _ words: [String],
    environment: [String: String] = [:], needsRanks: Bool = false,
    spoil: @escaping @Sendable (SmallJob) throws -> Void = { _ in }
  ) {
    self.name = name
    self.arguments = arguments
    self.status = status
    self.words = words
    self.environment = environment
    self.needsRanks = needsRanks
    self.spoil = spoil
  }

  /// A training of the job.
  init(
    _ name: String, _ status: Int32, _ words: [String], environment: [String: String] = [:],
    needsRanks: Bool = false, spoil: @escaping @Sendable (SmallJob) throws -> Void = { _ in }
  ) {
    self.init(
      name, Self.train, status, words, environment: environment, needsRanks: needsRanks,
      spoil: spoil)
  }

  /// The job file.
  static let jobFile = [
    BadInput("no job file", ["train", "nowhere.yaml"], 66, ["nowhere.yaml", "no such job file"]),
    BadInput("a job file that is a folder", ["train", "."], 74, [".", "directory"]),
    BadInput("a job file that is no text", ["train", "data.h5"], 65, ["data.h5", "YAML"]),
    BadInput("an empty job file", 65, ["job.yaml:1", "empty"]) {
      try Data().write(to: $0.url("job.yaml"))
    },
    BadInput("a job file that is no YAML", 65, ["job.yaml:", "not YAML"]) {
      try $0.edit("metrics: [accuracy]", "metrics: [accuracy")
    },
    BadInput("an unknown key", 65, ["job.yaml:13", "batch_sise", "did you mean 'batch_size'?"]) {
      try $0.edit("batch_size: 10", "batch_sise: 10")
    },
    BadInput("an unknown section", 65, ["job.yaml:15", "'outputs'", "'output'"]) {
      try $0.edit("output:", "outputs:")
    },
    BadInput("an unknown optimizer", 65, ["job.yaml:11", "'adm'", "did you mean 'adam'?"]) {
      try $0.edit("adam:", "adm:")
    },
    BadInput("an unknown layer", 65, ["job.yaml:6", "'dens'", "did you mean 'dense'?"]) {
      try $0.edit("dense: {units: 8", "dens: {units: 8")
    },
    BadInput("a negative learning rate", 65, ["job.yaml:11", "learning_rate", "-0.05"]) {
      try $0.edit("0.05", "-0.05")
    },
    BadInput("a learning rate that is no number", 65, ["learning_rate", "number", "'fast'"]) {
      try $0.edit("0.05", "fast")
    },
    BadInput("a learning rate that is NaN", 65, ["learning_rate", "nan", "finite"]) {
      try $0.edit("0.05", ".nan")
    },
    BadInput(
      "an override that fits nowhere", train + ["--set", "training.epoch=1"], 64,
      [
        "--set training.epoch=1", "did you mean 'epochs'?",
      ]),
  ]

  /// The data.
  static let data = [
    BadInput("no data file", 66, ["nowhere.h5"]) { try $0.edit("data.h5", "nowhere.h5") },
    BadInput("a data file that is no HDF5", 65, ["data.h5", "HDF5"]) {
      try Data("label,a,b\n1,2,3\n".utf8).write(to: $0.url("data.h5"))
    },
    BadInput("an empty data file", 65, ["data.h5", "is empty"]) {
      try Data().write(to: $0.url("data.h5"))
    },
    BadInput("a truncated data file", 65, ["data.h5", "truncated"]) {
      let bytes = try Data(contentsOf: $0.url("data.h5"))
      try bytes.prefix(bytes.count / 2).write(to: $0.url("data.h5"))
    },
    BadInput("a data set that is not there", 66, ["data.h5", "featurs", "features"]) {
      try $0.edit("features: features", "features: featurs")
    },
    BadInput("a data set of texts", 65, ["data.h5", "texts", "number"]) {
      try $0.change { _ = try $0.createDataset("texts", strings: ["a", "b"]) }
      try $0.edit("features: features", "features: texts")
    },
    BadInput("a data set without axes", 65, ["data.h5", "single", "rows"]) {
      try $0.change {
        try $0.createDataset("single", shape: [], of: Float.self).write([Float(1)])
      }
      try $0.edit("features: features", "features: single")
    },
    BadInput("features and labels of different lengths", 65, ["120 rows", "119"]) {
      try $0.writeData("data.h5", labelCount: 119)
    },
    BadInput("a label outside the classes", 65, ["labels", "row 77", "9", "0 to 2"]) {
      try $0.writeData("data.h5") { _, labels in labels[77] = 9 }
    },
    BadInput("NaN in the features", 65, ["features", "row 33", "NaN"]) {
      try $0.writeData("data.h5") { features, _ in features[33 * 4 + 2] = .nan }
    },
    BadInput("infinity in the features", 65, ["features", "row 101", "infinite"]) {
      try $0.writeData("data.h5") { features, _ in features[101 * 4] = -.infinity }
    },
    BadInput("more rows than anybody wrote", 65, ["sparse", "nothing was ever written"]) {
      try $0.change { root in
        try root.createDataset("sparse", shape: [1 << 40, 8], of: Float.self, chunks: [1, 8])
      }
      try $0.edit("features: features", "features: sparse")
    },
    BadInput("nearly no rows written", 65, ["sparse", "says to hold"]) {
      try $0.change { root in
        let rows = try root.createDataset(
          "sparse", shape: [1 << 40, 8], of: Float.self, chunks: [1, 8])
        let row = [Float](repeating: 1, count: 8)
        try row.withUnsafeBufferPointer { try rows.write(rows: 0..<1, from: $0) }
      }
      try $0.edit("features: features", "features: sparse")
    },
    BadInput("the longest rows that there can be", 65, ["sparse", "nothing was ever written"]) {
      try $0.change { root in
        try root.createDataset(
          "sparse", shape: [4, 2_147_483_647], of: Float.self, chunks: [1, 1 << 20])
      }
      try $0.edit("features: features", "features: sparse")
    },
    BadInput("a row longer than data.memory", 65, ["long", "1200004 bytes", "data.memory"]) {
      try $0.change { root in
        try root.createDataset(
          "long", shape: [4, 300_000], of: Float.self, chunks: [1, 300_000], gzip: 1
        ).write([Float](repeating: 0, count: 1_200_000))
        try root.createDataset("four", shape: [4], of: UInt8.self).write([0, 1, 2, 0] as [UInt8])
      }
      try $0.edit("features: features, target: labels", "features: long, target: four")
      try $0.edit("network:", "  memory: 1 MiB\nnetwork:")
    },
    BadInput("zero rows", 65, ["data.h5", "empty"]) { try $0.writeData("data.h5", rowCount: 0) },
  ]

  /// The network and the files that training writes.
  static let job = [
    BadInput("a network whose shapes do not fit", 65, ["reshape", "[7]", "4"]) {
      try $0.edit("- dense: {units: 8", "- reshape: {target_shape: [7]}\n    - dense: {units: 8")
    },
    BadInput("a network that no memory holds", 65, ["memory", "smaller"]) {
      try $0.edit("units: 8,", "units: 2000000000,")
    },
    BadInput("a network that nobody can count", 65, ["dense", "parameters", "fewer units"]) {
      try $0.edit("units: 8,", "units: 2000000000}\n    - dense: {units: 2000000000,")
    },
    BadInput("a reshape that nobody can count", 65, ["reshape", "4 numbers"]) {
      try $0.edit(
        "- dense: {units: 8",
        "- reshape: {target_shape: [2147483647, 2147483647, 2147483647]}\n    - dense: {units: 8")
    },
    BadInput("a loss that does not fit the targets", 65, ["mean_squared_error", "3", "1"]) {
      try $0.edit("sparse_categorical_crossentropy", "mean_squared_error")
      try $0.edit("metrics: [accuracy]", "metrics: []")
    },
    BadInput("an output folder that is not there", 74, ["nowhere", "output.model"]) {
      try $0.edit("model.h5", "nowhere/model.h5")
    },
    BadInput("an output folder that cannot be written", 74, ["/proc", "output.model"]) {
      try $0.edit("model: model.h5", "model: /proc/model.h5")
    },
    BadInput("an output that is a folder", 74, ["folder", "output.model"]) {
      try $0.edit("model: model.h5", "model: /tmp")
    },
    BadInput(
      "a model that is there already", ["train", "job.yaml"], 74, ["model.h5", "--overwrite"]),
    BadInput(
      "a rank that throws", 70, ["SOUNDER_FAULT"], environment: ["SOUNDER_FAULT": "rank=1,step=2"],
      needsRanks: true),
    BadInput(
      "a process that throws alone", 70, ["SOUNDER_FAULT"],
      environment: ["SOUNDER_FAULT": "rank=0,step=2"]),
  ]

  /// Trained models; the table's folder has `trained.h5`.
  static let model = [
    BadInput("no model file", ["evaluate", "nowhere.h5", "data.h5"], 66, ["nowhere.h5"]),
    BadInput(
      "a model file that is data", ["evaluate", "data.h5", "data.h5"], 65,
      [
        "data.h5", "model",
      ]),
    BadInput(
      "a model file that is text", ["predict", "job.yaml", "data.h5"], 65,
      [
        "job.yaml", "HDF5",
      ]),
    BadInput("a truncated model file", ["predict", "trained.h5", "data.h5"], 65, ["trained.h5"]) {
      let bytes = try Data(contentsOf: $0.url("trained.h5"))
      try bytes.prefix(bytes.count * 2 / 3).write(to: $0.url("trained.h5"))
    },
    BadInput(
      "a model that says to be huge", ["predict", "trained.h5", "data.h5"], 65,
      ["trained.h5", "shape", "2000000000"]
    ) {
      try $0.editModel("trained.h5", #""units":8"#, #""units":2000000000"#)
    },
    BadInput(
      "a model whose inputs nobody can count", ["predict", "trained.h5", "data.h5"], 65,
      ["trained.h5", "4611686018427387904", "numbers"]
    ) {
      try $0.editModel("trained.h5", "[null,4]", "[null,4611686018427387904,4]")
    },
    BadInput(
      "a model whose pipeline and network disagree", ["predict", "trained.h5", "data.h5"], 65,
      ["trained.h5", "pipeline", "[100000000, 4]"]
    ) {
      try $0.editModel("trained.h5", "[null,4]", "[null,100000000,4]")
    },
    BadInput("no data to predict", ["predict", "trained.h5", "nowhere.h5"], 66, ["nowhere.h5"]),
    BadInput(
      "data of another width", ["predict", "trained.h5", "wide.h5"], 66,
      [
        "wide.h5", "[4]", "--features",
      ]
    ) {
      try $0.writeInputs("wide.h5", width: 9)
    },
    BadInput(
      "named data of another width", ["predict", "trained.h5", "wide.h5", "--features", "inputs"],
      65,
      [
        "wide.h5", "9", "4",
      ]
    ) {
      try $0.writeInputs("wide.h5", width: 9)
    },
    BadInput(
      "NaN to predict", ["predict", "trained.h5", "data.h5", "--output", "p.csv"], 65,
      ["row 7", "NaN"]
    ) {
      try $0.writeData("data.h5") { features, _ in features[7 * 4] = .nan }
    },
    BadInput(
      "rows that are not there", ["evaluate", "trained.h5", "data.h5", "--rows", "100:200"], 64,
      [
        "100:200", "0:120",
      ]),
    BadInput(
      "rows that are no rows", ["evaluate", "trained.h5", "data.h5", "--rows", "9"], 64, ["--rows"]),
    BadInput(
      "predictions over a file that is there",
      ["predict", "trained.h5", "data.h5", "--output", "model.h5"], 74,
      [
        "model.h5", "--overwrite",
      ]),
    BadInput(
      "predictions over the data",
      ["predict", "trained.h5", "data.h5", "--output", "data.h5", "--overwrite"], 64,
      [
        "data.h5", "input",
      ]),
    BadInput(
      "predictions into a folder that is not there",
      ["predict", "trained.h5", "data.h5", "--output", "no/p.h5"], 74,
      [
        "no/p.h5"
      ]),
    BadInput(
      "a label outside the classes to evaluate", ["evaluate", "trained.h5", "data.h5"], 65,
      ["row 5", "0 to 2"]
    ) {
      try $0.writeData("data.h5") { _, labels in labels[5] = 200 }
    },
  ]

  static let all = jobFile + data + job + model
}
