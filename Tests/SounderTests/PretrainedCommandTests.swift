import Configuration
import Distributed
import Foundation
import HDF5
import NN
import TestSupport
import Testing

@Suite("Pre-trained models in jobs and commands")
struct PretrainedCommandTests {
  private let sounder = Program()

  private func values(_ url: URL, _ name: String) throws -> [Float] {
    try File(opening: url.path).dataset(name).readAll(as: Float.self)
  }

  /// A folder with a trained model as `base.h5`, and a job that puts its first layer before a new one.
  private func withBase(_ options: String, _ body: (SmallJob) throws -> Void) throws {
    try withTemporaryFolder { folder in
      let job = try SmallJob(in: folder, epochs: 20)
      try job.edit("model: model.h5", "model: base.h5")
      let run = try sounder.run(["train", "job.yaml"], in: folder)
      try #require(run.status == 0, "\(run.errors)")
      try job.edit(
        "- dense: {units: 8, activation: tanh}",
        "- model: {file: base.h5, until: dense, \(options)}")
      try job.edit("- dense: {units: 3", "- dense: {name: head, units: 3")
      try job.edit("model: base.h5", "model: model.h5")
      try body(job)
    }
  }

  /// The arrays of the layer `dense` of a model file, wherever its network has them.
  private func dense(_ url: URL) throws -> [Float] {
    try values(url, "model_weights/dense/dense/kernel:0")
      + values(url, "model_weights/dense/dense/bias:0")
  }

  @Test("frozen layers keep their weights to the bit in every mode, on 1, 2 and 3 ranks")
  func frozen() throws {
    try withBase("frozen: true") { job in
      let base = try dense(job.url("base.h5"))
      var runs = [(1, "hogwild"), (2, "hogwild"), (3, "hogwild")]
      for mode in ModeRegistry.all.map({ $0.name }) where mode != "hogwild" {
        runs.append((3, mode))
      }
      for (ranks, mode) in runs {
        let run = try sounder.run(
          [
            "train", "job.yaml", "--overwrite", "--set", "distribution.mode=\(mode)", "--ranks",
            "\(ranks)",
          ], in: job.folder)
        #expect(run.status == 0, "\(mode) on \(ranks): \(run.errors)")
        #expect(try dense(job.url("model.h5")) == base, "\(mode) on \(ranks)")
        let head = try values(job.url("model.h5"), "model_weights/head/head/bias:0")
        #expect(head.contains { $0 != 0 }, "\(mode) on \(ranks)")
      }
      // Nothing but the model is needed to predict, and it predicts well.
      try FileManager.default.removeItem(at: job.url("base.h5"))
      let run = try sounder.run(["evaluate", "model.h5", "data.h5", "--json"], in: job.folder)
      #expect(run.status == 0, "\(run.errors)")
      let accuracy = try Value(json: run.output)["accuracy"]?.number ?? 0
      #expect(accuracy > 0.9)
      // A training needs the file, and says so.
      let missing = try sounder.run(["train", "job.yaml", "--overwrite"], in: job.folder)
      #expect(missing.status != 0 && missing.errors.contains("base.h5"))
    }
  }

  @Test("fine-tuned layers begin with the file's weights, on 1, 2 and 3 ranks")
  func fineTuned() throws {
    try withBase("frozen: false") { job in
      let base = try dense(job.url("base.h5"))
      for ranks in 1...3 {
        let run = try sounder.run(
          [
            "train", "job.yaml", "--overwrite", "--ranks", "\(ranks)", "--set", "training.epochs=1",
            "--set", "training.optimizer={sgd: {learning_rate: 0.001}}",
          ], in: job.folder)
        #expect(run.status == 0, "\(run.errors)")
        let tuned = try dense(job.url("model.h5"))
        #expect(tuned != base)
        // 12 steps or so by 0.001 of gradients below 1.
        let largest = zip(tuned, base).map { abs($0 - $1) }.max() ?? .nan
        #expect(largest < 0.05, "on \(ranks): \(largest)")
      }
    }
  }

  @Test("a training with frozen layers is resumed with the same ones, and refused with others")
  func resume() throws {
    try withBase("frozen: true") { job in
      func train(_ environment: [String: String]) throws -> Program.Run {
        try sounder.run(["train", "job.yaml"], in: job.folder, environment: environment)
      }
      let stopped = try train(["SOUNDER_FAULT": "rank=0,step=30,kind=signal"])
      try #require(stopped.status == 75, "\(stopped.errors)")
      let checkpoint = job.url("model.checkpoint.h5")
      // Adam keeps two numbers for each of the new layer's 27 weights, and nothing for the 40 frozen ones.
      #expect(try values(checkpoint, "sounder/checkpoint/optimizer_state").count == 2 * 27)
      let base = try #require(job.bytes("base.h5"))
      try job.change("base.h5") { root in
        let bias = try root.dataset("model_weights/dense/dense/bias:0")
        try [Float](repeating: 9, count: 8).withUnsafeBufferPointer {
          try bias.write(rows: 0..<8, from: $0)
        }
      }
      let refused = try train([:])
      #expect(refused.status != 0 && refused.errors.contains("network.frozen"), "\(refused.errors)")
      try base.write(to: job.url("base.h5"))
      let resumed = try train([:])
      #expect(resumed.status == 0, "\(resumed.errors)")
      #expect(try dense(job.url("model.h5")) == dense(job.url("base.h5")))
    }
  }

  @Test("a network that is frozen as a whole is not trained")
  func nothing() throws {
    try withBase("frozen: true") { job in
      try job.edit("until: dense, ", "")
      try job.edit("\n    - dense: {name: head, units: 3, activation: softmax}", "")
      let run = try sounder.run(["train", "job.yaml"], in: job.folder)
      #expect(run.status == 65 && run.errors.contains("nothing is left to train"), "\(run.errors)")
    }
  }

  @Test("dropout that is frozen drops nothing, and passes with it are refused")
  func frozenDropout() throws {
    try withTemporaryFolder { folder in
      let network = try Network(
        inputShape: [2],
        layers: [
          NamedLayer("drop", Dropout(rate: 0.5), isFrozen: true),
          NamedLayer("dense", Dense(units: 1)),
        ])
      let model = folder.appendingPathComponent("model.h5").path
      try [1, 2, 3].withUnsafeBufferPointer {
        try ModelFile.write(model, network: network, parameters: $0, training: nil)
      }
      try File.replace(folder.appendingPathComponent("data.h5").path) { file in
        try file.root().createDataset("x", shape: [3, 2], of: Float.self).write([1, 2, 3, 4, 5, 6])
      }
      let words = ["predict", "model.h5", "data.h5", "--features", "x", "--output", "p.h5"]
      let refused = try sounder.run(words + ["--mc-dropout", "5"], in: folder)
      #expect(
        refused.status == 64 && refused.errors.contains("that is not frozen"), "\(refused.errors)")
      let plain = try sounder.run(words, in: folder)
      #expect(plain.status == 0, "\(plain.errors)")
    }
  }

  @Test("Keras' own archive predicts, and a layer of it transforms, on any number of ranks")
  func archive() throws {
    try withTemporaryFolder { folder in
      let model = fixture("keras/golden/k3/ae.keras").path
      let golden = try File(opening: fixture("keras/golden/k3/ae.io.h5").path)
      let expected = try golden.dataset("outputs/0").readAll(as: Float.self)
      let data = folder.appendingPathComponent("data.h5")
      try File.replace(data.path) { file in
        let rows = try golden.dataset("inputs/0").readAll(as: Float.self)
        try file.root().createDataset("x", shape: [rows.count / 64, 64], of: Float.self)
          .write(rows)
      }
      for ranks in 1...2 {
        let words = [model, "data.h5", "--features", "x", "--overwrite", "--ranks", "\(ranks)"]
        let run = try sounder.run(["predict"] + words + ["--output", "p.h5"], in: folder)
        #expect(run.status == 0, "\(run.errors)")
        let found = try values(folder.appendingPathComponent("p.h5"), "predictions")
        #expect(found.count == expected.count)
        #expect(zip(found, expected).allSatisfy { abs($0 - $1) <= 1e-5 })
        let layer = try sounder.run(
          ["transform"] + words + ["--layer", "code", "--output", "code.h5"], in: folder)
        #expect(layer.status == 0, "\(layer.errors)")
        let code = try File(opening: folder.appendingPathComponent("code.h5").path)
          .dataset("features")
        #expect(code.shape == [expected.count / 64, 4])
      }
      // Nothing could be written into it: told before the rows are looked for.
      let calibrated = try sounder.run(
        ["calibrate", model, "data.h5", "--features", "z"], in: folder)
      #expect(
        calibrated.status == 64 && calibrated.errors.contains("no place for a calibration"),
        "\(calibrated.errors)")
      let alone = fixture("keras/golden/k3/ae.weights.h5").path
      let run = try sounder.run(["predict", alone, "data.h5"], in: folder)
      #expect(run.status == 65 && run.errors.contains("network.weights"), "\(run.errors)")
    }
  }

  @Test(
    "an autoencoder squeezes a table of 20,000 columns, and a classifier learns from its bottleneck"
  )
  func bottleneck() throws {
    let (rowCount, width) = (60, 20_000)
    try withTemporaryFolder { folder in
      func url(_ name: String) -> URL { folder.appendingPathComponent(name) }
      func run(_ words: [String]) throws -> Program.Run {
        let run = try sounder.run(words, in: folder)
        try #require(run.status == 0, "\(words): \(run.errors)")
        return run
      }
      let labels = (0..<rowCount).map { Float($0 % 2) }
      // The class is in a wave over all columns, none of which tells it by itself.
      let wave = (0..<width).map { Int(500 * sin(Double($0) / 100)) }
      var text = (0..<width).map { "c\($0)" }.joined(separator: ",") + ",kind\n"
      for row in 0..<rowCount {
        let sign = row % 2 == 0 ? 1 : -1
        for column in 0..<width {
          text += String(sign * wave[column] + (row * 7919 + column * 104_729) % 1009 - 504) + ","
        }
        text += "\(row % 2)\n"
      }
      try Data(text.utf8).write(to: url("table.csv"))
      _ = try run(["convert", "--target", "kind", "table.csv", "table.h5"])
      try """
      data:
        train: {file: table.h5, features: features, target: features}
      pipeline:
        features: [standardize]
        target: [standardize]
      network:
        layers:
          - dense: {units: 6, name: code}
          - dense: {units: \(width)}
      training:
        loss: mean_squared_error
        optimizer: {adam: {learning_rate: 0.001}}
        batch_size: 10
        epochs: 5
      output: {model: autoencoder.h5}
      """.write(to: url("squeeze.yaml"), atomically: true, encoding: .utf8)
      _ = try run(["train", "squeeze.yaml", "--ranks", "2"])
      _ = try run([
        "transform", "autoencoder.h5", "table.h5", "--layer", "code", "--keep", "target",
        "--output", "code.h5", "--ranks", "2",
      ])
      do {
        // Closed before others open it.
        let code = try File(opening: url("code.h5").path)
        #expect(try code.dataset("features").shape == [rowCount, 6])
        #expect(try code.root().childNames() == ["features", "target"])
        #expect(try code.dataset("target").readAll(as: Float.self) == labels)
      }
      try """
      data:
        train: {file: code.h5, features: features, target: target}
      pipeline:
        features: [standardize]
      network:
        layers:
          - dense: {units: 2, activation: softmax}
      training:
        loss: sparse_categorical_crossentropy
        optimizer: {adam: {learning_rate: 0.05}}
        metrics: [accuracy]
        batch_size: 10
        epochs: 30
      output: {model: classifier.h5}
      """.write(to: url("classify.yaml"), atomically: true, encoding: .utf8)
      _ = try run(["train", "classify.yaml"])
      let result = try Value(
        json: try run(["evaluate", "classifier.h5", "code.h5", "--json"]).output)
      #expect(result["rows"] == Value(.int(rowCount)))
      let accuracy = result["accuracy"]?.number ?? 0
      #expect(accuracy > 0.9)
    }
  }
}
