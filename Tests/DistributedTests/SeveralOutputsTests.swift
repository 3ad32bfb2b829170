import Configuration
import Distributed
import Foundation
import HDF5
import NN
import Pipeline
import TestSupport
import Testing

/// A network with two inputs and two outputs: the cloud that a point belongs to, and its distance
/// from the origin.
struct TwinJob: ProbedJob {
  let folder: URL
  var data: String { folder.appendingPathComponent("data.h5").path }

  init(in folder: URL, rows: Int = 1200) throws {
    self.folder = folder
    let data = folder.appendingPathComponent("data.h5").path
    try File.replace(data) { file in
      let root = try file.root()
      var x: [Float] = []
      var y: [Float] = []
      var size: [Float] = []
      for row in 0..<rows {
        let angle = Float(row) * 2.399963
        let radius = Float(row % 97) / 97
        let centre = Float(row % 3) * 2.0944
        let point = (2 * cos(centre) + radius * cos(angle), 2 * sin(centre) + radius * sin(angle))
        x.append(point.0)
        y += [point.1, point.0 * point.1]
        size.append((point.0 * point.0 + point.1 * point.1).squareRoot())
      }
      try root.createDataset("x", shape: [rows, 1], of: Float.self).write(x)
      try root.createDataset("rest", shape: [rows, 2], of: Float.self).write(y)
      try root.createDataset("cloud", shape: [rows], of: UInt8.self)
        .write((0..<rows).map { UInt8($0 % 3) })
      try root.createDataset("size", shape: [rows, 1], of: Float.self).write(size)
      try root.createDataset("w", shape: [rows], of: Float.self)
        .write((0..<rows).map { Float($0 % 5) / 2 })
    }
    try """
    data:
      train:
        file: \(data)
        features: {second: rest, first: x}
        target: {size: size, cloud: cloud}
      validation: {fraction: 0.2}
    network:
      inputs: {first: [1], second: [2]}
      outputs: [cloud, size]
      layers:
        - concatenate: {inputs: [first, second], name: both}
        - dense: {units: 32, activation: tanh, name: hidden}
        - dense: {units: 3, activation: softmax, name: cloud, inputs: hidden}
        - dense: {units: 1, name: size, inputs: hidden}
    training:
      loss: {cloud: sparse_categorical_crossentropy, size: mse}
      loss_weights: {size: 0.5}
      metrics: {cloud: [accuracy], size: [mae]}
      optimizer: {adam: {learning_rate: 0.02}}
      batch_size: 32
      epochs: 12
    output: {model: \(folder.appendingPathComponent("model.h5").path)}
    """.write(toFile: file, atomically: true, encoding: .utf8)
  }
}

@Suite("Several inputs and outputs in a job file", .serialized)
struct SeveralOutputsTests {
  @Test(
    "each output learns by its own loss, in every mode", arguments: [0, 1, 2],
    ["hogwild", "locked", "sync"])
  func learns(workers: Int, mode: String) throws {
    try withTemporaryFolder { folder in
      let job = try TwinJob(in: folder)
      // Twelve epochs do, but for workers that take turns on a busy core. Stale updates of Adam swing about the
      // minimum: the last epoch's figures hold only where the steps have become small.
      let run = try job.train(
        workers: workers,
        [
          "distribution.mode=\(mode)", "training.epochs=24",
          "training.optimizer={adam: {learning_rate: {cosine_decay: {initial_learning_rate: 0.02}}}}",
        ])
      #expect((run.result["val_cloud_accuracy"]?.number ?? 0) > 0.95, "\(run.text)")
      #expect((run.result["val_size_mean_absolute_error"]?.number ?? 9) < 0.25, "\(run.text)")
      let figure = { (name: String) in run.result[name]?.number ?? .nan }
      // The whole loss is the weighted sum of both: sums of doubles, in another order.
      let sum = figure("cloud_loss") + 0.5 * figure("size_loss")
      #expect(abs(figure("loss") - sum) < 1e-9 * sum, "\(run.text)")
      let validated = figure("val_cloud_loss") + 0.5 * figure("val_size_loss")
      #expect(abs(figure("val_loss") - validated) < 1e-9 * validated)
    }
  }

  @Test("a loss of weight 0 is measured and not learned")
  func weights() throws {
    try withTemporaryFolder { folder in
      let job = try TwinJob(in: folder)
      let run = try job.train(workers: 0, ["training.loss_weights={size: 0}"])
      #expect((run.result["val_cloud_accuracy"]?.number ?? 0) > 0.95, "\(run.text)")
      #expect((run.result["val_size_mean_absolute_error"]?.number ?? 0) > 0.4, "\(run.text)")
      let (whole, cloud) = (run.result["loss"]?.number, run.result["cloud_loss"]?.number)
      // The same numbers, once divided by the rows of each batch and multiplied again.
      #expect(abs((whole ?? 0) - (cloud ?? 1)) < 1e-12)
    }
  }

  @Test("an interrupted training goes on to the same bits, with metrics of each output")
  func resumes() throws {
    try withTemporaryFolder { folder in
      let job = try TwinJob(in: folder)
      let settings = [
        "training.epochs=4",
        "training.early_stopping={monitor: val_cloud_accuracy, patience: 9, "
          + "restore_best_weights: true}",
      ]
      let whole = try job.train(workers: 0, settings)
      _ = try job.train(workers: 0, settings, fault: "rank=0,step=50,kind=signal", expecting: 75)
      let resumed = try job.train(workers: 0, settings)
      #expect(resumed.hash == whole.hash)
      #expect(resumed.result["val_size_loss"] == whole.result["val_size_loss"])
      #expect(whole.result["best_epoch"]?.int != nil)
    }
  }

  @Test("the figures do not depend on the number of ranks")
  func ranks() throws {
    try withTemporaryFolder { folder in
      let job = try TwinJob(in: folder)
      let settings = [
        "training.batch_size=2000", "training.epochs=2", "distribution.mode=sync",
        "training.optimizer={sgd: {learning_rate: 0.1}}",
      ]
      let alone = try job.train(workers: 0, settings)
      let together = try job.train(workers: 3, settings)
      for name in ["val_loss", "val_cloud_loss", "val_cloud_accuracy", "val_size_loss"] {
        let (a, b) = (
          alone.result[name]?.number ?? .nan, together.result[name]?.number ?? .infinity
        )
        // Gradients are summed in another order: float rounding.
        #expect(abs(a - b) < 1e-4, "\(name): \(a) \(b)")
      }
    }
  }

  @Test(
    "a step allocates nothing, with weights of rows and losses, too",
    .enabled(if: Engine.instructionSet == "avx512", "without AVX-512 oneDNN allocates to pack"))
  func allocations() throws {
    try withTemporaryFolder { folder in
      func count(rows: Int) throws -> Int {
        let job = try TwinJob(in: folder, rows: rows)
        let run = try job.train(workers: 0, ["training.epochs=3", "data.train.weights=w"])
        return try #require(run.result["allocations"]?.int)
      }
      // The same batches and epochs, four times the steps.
      let few = try count(rows: 1600)
      let many = try count(rows: 6400)
      #expect(few > 0, "allocations are counted")
      #expect(abs(many - few) <= 50, "\(few) for 120 steps, \(many) for 480")
    }
  }

  @Test("the trained model takes the data sets by name, in any order")
  func model() throws {
    try withTemporaryFolder { folder in
      let job = try TwinJob(in: folder)
      _ = try job.train(workers: 0, ["training.epochs=2"])
      let model = try TrainedModel(reading: job.model)
      #expect(model.network.inputs.map(\.name) == ["first", "second"])
      #expect(model.network.outputNames == ["cloud", "size"])
      #expect(!model.isClassifier)
      let own = try #require(model.job?.data.train)
      let aligned = try own.aligned(
        inputs: model.network.inputs.map(\.name), outputs: model.network.outputNames)
      #expect(aligned.featureParts.map(\.dataset) == ["x", "rest"])
      #expect(aligned.targetParts.map(\.dataset) == ["cloud", "size"])
    }
  }

  @Test(
    "what does not fit together is refused, with the way out",
    arguments: [
      (
        ["training.loss=mse", "training.loss_weights=null", "training.metrics=null"],
        "training.loss is one"
      ),
      (
        [
          "training.loss={cloud: mse, seize: mse}", "training.loss_weights=null",
          "training.metrics=null",
        ], "name a loss for each"
      ),
      (["training.loss_weights={cluod: 2}"], "cloud"),
      (["training.metrics=[accuracy]"], "which output"),
      (["training.metrics={cloud: [accuracy], seize: [mae]}"], "size"),
      (["data.train.target={cloud: cloud}"], "name one for each"),
      (["data.train.target={cloud: size, size: cloud}"], "label"),
      (["data.train.features={first: rest, second: x}"], "the input 'first'"),
      (["data.train.target={cloud: rest, size: size}"], "the output 'cloud'"),
      (["training.class_weight={0: 2}"], "one output"),
    ])
  func refused(settings: [String], words: String) throws {
    try withTemporaryFolder { folder in
      let job = try TwinJob(in: folder)
      let run = try job.run(workers: 0, settings)
      // A setting of the command line that cannot be read is a matter of usage.
      #expect([64, 65].contains(run.status), "\(run.status) \(run.errors)")
      #expect(run.errorLines.count == 1)
      #expect(run.errorLines.first?.contains(words) == true, "\(run.errors)")
    }
  }
}
