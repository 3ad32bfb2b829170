import Configuration
import Distributed
import Foundation
import HDF5
import Pipeline
import TestSupport
import Testing

/// Training on images that are changed at random.
@Suite("Training on augmented images", .serialized)
struct AugmentTrainingTests {
  /// Images of 5 x 5 with a bright column; which one is the class.
  private struct ImageJob: ProbedJob {
    let folder: URL

    init(in folder: URL) throws {
      self.folder = folder
      let rows = 240
      var pixels: [UInt8] = []
      for row in 0..<rows {
        for place in 0..<25 {
          let isBright = place % 5 == 1 + row % 3
          pixels.append(UInt8((isBright ? 150 : 20) + (row * 7 + place * 13) % 50))
        }
      }
      let data = folder.appendingPathComponent("data.h5").path
      try File.replace(data) { file in
        let root = try file.root()
        try root.createDataset("x", shape: [rows, 5, 5], of: UInt8.self).write(pixels)
        try root.createDataset("y", shape: [rows], of: UInt8.self)
          .write((0..<rows).map { UInt8($0 % 3) })
      }
      try """
      data:
        train: {file: \(data), features: x, target: y}
        validation: {file: \(data), features: x, target: y}
      pipeline:
        augment: [flip, shift: {pixels: 1, fill: 20}]
        features: [scale: {factor: 1/255}]
      network:
        layers: [flatten, dense: {units: 3, activation: softmax}]
      training:
        loss: sparse_categorical_crossentropy
        optimizer: {sgd: {learning_rate: 0.5}}
        batch_size: 16
        epochs: 3
      output: {model: \(model)}
      """.write(toFile: file, atomically: true, encoding: .utf8)
    }
  }

  private static let off = "pipeline.augment=[]"

  private static func distance(_ a: TrainedRun, _ b: TrainedRun) -> Double {
    var largest = a.parameters.count == b.parameters.count ? 0 : Double.infinity
    for (x, y) in zip(a.parameters, b.parameters) { largest = max(largest, abs(x - y)) }
    return largest
  }

  @Test("synchronous workers with their whole slices draw as one worker with all rows does")
  func ranks() throws {
    try withTemporaryFolder { folder in
      let job = try ImageJob(in: folder)
      let settings = ["training.batch_size=-1", "distribution.mode=sync"]
      let alone = try job.train(workers: 0, settings)
      #expect(alone.parameters.count == 78)
      for workers in [1, 2, 3] {
        // The sums over rows are taken in another order: float rounding.
        #expect(Self.distance(alone, try job.train(workers: workers, settings)) < 1e-4)
      }
      let plain = try job.train(workers: 0, settings + [Self.off])
      #expect(Self.distance(alone, plain) > 1e-3)
      let other = try job.train(workers: 0, settings + ["training.shuffle=false"])
      #expect(Self.distance(alone, other) < 1e-4, "rows draw by their number, not by their place")
    }
  }

  @Test("validation rows stay as they are")
  func validation() throws {
    try withTemporaryFolder { folder in
      let job = try ImageJob(in: folder)
      // The weights stay where they are.
      let settings = ["training.epochs=2", "training.optimizer={sgd: {learning_rate: 1.0e-12}}"]
      let augmented = try job.train(workers: 0, settings)
      let plain = try job.train(workers: 0, settings + [Self.off])
      #expect(augmented.losses.count == 2)
      for (a, b) in zip(augmented.losses, plain.losses) { #expect(abs(a - b) < 1e-6) }
      let losses = (augmented.result["loss"]?.number ?? 0, plain.result["loss"]?.number ?? 0)
      #expect(abs(losses.0 - losses.1) > 1e-4, "\(losses)")
      #expect(abs(losses.1 - (plain.losses.last ?? 0)) < 1e-5, "\(losses)")
    }
  }

  @Test("a training that was stopped goes on with the same draws, and with no others")
  func resumes() throws {
    try withTemporaryFolder { folder in
      let job = try ImageJob(in: folder)
      let whole = try job.train(workers: 0)
      _ = try job.train(workers: 0, [], fault: "rank=0,step=20,kind=signal", expecting: 75)
      let other = try job.run(workers: 0, [Self.off])
      #expect(other.status == 65 && other.errors.contains("pipeline"), "\(other.errors)")
      let resumed = try job.train(workers: 0)
      #expect(resumed.hash == whole.hash)
    }
  }

  @Test("a model keeps what its training drew in its job alone")
  func model() throws {
    try withTemporaryFolder { folder in
      let job = try ImageJob(in: folder)
      _ = try job.train(workers: 0, ["training.epochs=1"])
      let model = try TrainedModel(reading: job.model)
      #expect(model.pipeline.features.stages.count == 1)
      #expect(model.job?.pipeline.augment.count == 2)
    }
  }

  @Test("rows that are no images are told of once")
  func refusal() throws {
    try withTemporaryFolder { folder in
      let job = try CloudJob(in: folder)
      let run = try job.run(workers: 2, ["pipeline.augment=[flip]"])
      #expect(run.status == 65)
      let told = run.errors.components(separatedBy: "pipeline.augment needs images").count - 1
      #expect(told == 1, "\(run.errors)")
    }
  }
}
