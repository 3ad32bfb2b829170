import Configuration
import Distributed
import Foundation
import HDF5
import Pipeline

/// What is done with rows that a program makes, as the first argument says; files are in the working directory.
enum SourceScenario {
  static func run(_ arguments: [String], on world: borrowing Communicator) throws -> Int32 {
    let seen = DataSource(named: arguments.last ?? "") { Points(rowCount: 500, first: 0) }
    let unseen = DataSource(named: "unseen") { Points(rowCount: 90, first: 500) }
    var value = job(seen, unseen)
    switch arguments.first {
    case "alike": try checkAlike(seen, unseen, on: world)
    case "train": break
    case "stage": try value.apply(override: "data.stage=stage")
    case "uneven":
      let rank = world.rank
      let uneven = DataSource(named: "uneven") { Points(rowCount: 500 + rank, first: 0) }
      return try train(job(uneven, unseen), [uneven, unseen], on: world)
    default: throw DistributedError("no scenario 'source \(arguments)'", exitCode: 64)
    }
    if arguments.first == "alike" { return 0 }
    return try train(value, [seen, unseen], on: world)
  }

  /// Trains, fits, measures, calibrates, predicts and validates with the rows of a file and with the same of a
  /// program: all numbers are the same.
  private static func checkAlike(
    _ seen: DataSource, _ unseen: DataSource, on world: borrowing Communicator
  ) throws {
    if world.rank == 0 {
      try Points(rowCount: 500, first: 0).write("seen.h5")
      try Points(rowCount: 90, first: 500).write("unseen.h5")
    }
    try world.barrier()
    var models: [TrainedModel] = []
    var figures: [[Double]] = []
    var predictions: [String] = []
    for (rows, others) in [
      (
        DataSource(file: "seen.h5", features: "x", target: "y"),
        DataSource(file: "unseen.h5", features: "x", target: "y")
      ), (seen, unseen),
    ] {
      let value = job(rows, others)
      _ = try train(value, [seen, unseen], on: world)
      let model = try TrainedModel(reading: "model.h5")
      models.append(model)
      let found = try Evaluator(model, source: others).run(on: world)
      try MPIProbe.require(found.rowCount == 90, "90 rows are measured")
      let calibration = try Calibrator(model, source: others).run(on: world)
      try MPIProbe.require((calibration == nil) == (world.rank > 0), "a calibration on rank 0")
      figures.append(found.values.map(\.value) + [calibration?.factor(0.9, target: 0) ?? 0])
      _ = try Predictor(model, source: others).run(on: world, output: "predictions.csv")
      try world.barrier()
      predictions.append(try String(contentsOfFile: "predictions.csv", encoding: .utf8))
      let fitted = try PipelineFitter(try PipelineJob(value: value, sources: [seen, unseen]))
        .run(on: world, output: "pipeline.h5")
      try MPIProbe.require(fitted.rowCount == 500, "a pipeline is fitted to 500 rows")
    }
    try MPIProbe.require(models[0].parameters == models[1].parameters, "the same parameters")
    try MPIProbe.require(figures[0] == figures[1], "the same figures: \(figures)")
    try MPIProbe.require(predictions[0] == predictions[1], "the same predictions")
    let named = models[1].job?.data.train.programName
    try MPIProbe.require(named == seen.programName, "the model file has the name")
    var folds = try TrainingJob(value: job(seen, unseen), sources: [seen, unseen])
    folds.data.validation = nil
    folds.output.model = "fold.h5"
    let report = try CrossValidation(folds, foldCount: 2).run(on: world, observer: Quiet())
    let held = report.folds.map(\.evaluation.rowCount)
    try MPIProbe.require(held.count == 2 && held.reduce(0, +) == 500, "two folds: \(held)")
    if world.rank == 0 { print("source ok on \(world.size)") }
  }

  private static func job(_ seen: DataSource, _ unseen: DataSource) -> Value {
    [
      "data": ["train": seen.value, "validation": unseen.value],
      "pipeline": ["features": ["standardize"], "target": ["standardize"]],
      "network": [
        "layers": [["dense": ["units": 4, "activation": "tanh"]], ["dense": ["units": 1]]]
      ],
      "training": [
        "loss": "mean_squared_error", "optimizer": "adam", "batch_size": 32, "epochs": 6,
      ],
      // The same sums on any number of ranks that is the same twice.
      "distribution": ["mode": "sync"],
      "output": ["model": "model.h5"],
    ]
  }

  private static func train(
    _ value: Value, _ sources: [DataSource], on world: borrowing Communicator
  ) throws -> Int32 {
    let job = try TrainingJob(value: value, sources: sources)
    let report = try Trainer(job, overwrites: true).run(on: world, observer: Quiet())
    try world.barrier()
    return report.exitCode
  }

  private final class Quiet: TrainingObserver {
    func note(_ line: String) {}
    func progress(_ progress: TrainingProgress) {}
    func epochEnded(_ record: EpochRecord) {}
  }
}

/// Two numbers, and what follows from them.
private struct Points: RowSource {
  let layout: RowLayout
  let first: Int
  let featureName = "points"

  init(rowCount: Int, first: Int) {
    layout = RowLayout(rowCount: rowCount, featureShape: [2], targetShape: [])
    self.first = first
  }

  private static func feature(_ row: Int, _ index: Int) -> Float {
    Float((row * 7 + index * (13 + row % 5)) % 101) / 10
  }

  func readFeatures(
    _ rows: Range<Int>, into buffer: UnsafeMutableBufferPointer<Float>
  ) throws(PipelineError) {
    for (place, row) in rows.enumerated() {
      for index in 0..<2 { buffer[place * 2 + index] = Self.feature(first + row, index) }
    }
  }

  func readTargets(
    _ rows: Range<Int>, into buffer: UnsafeMutableBufferPointer<Float>
  ) throws(PipelineError) {
    for (place, row) in rows.enumerated() {
      buffer[place] = Self.feature(first + row, 0) - 2 * Self.feature(first + row, 1)
    }
  }

  /// Writes all rows as data sets `x` and `y`.
  func write(_ path: String) throws {
    let rows = 0..<layout.rowCount
    var features = [Float](repeating: 0, count: rows.count * 2)
    var targets = [Float](repeating: 0, count: rows.count)
    try features.withUnsafeMutableBufferPointer { try readFeatures(rows, into: $0) }
    try targets.withUnsafeMutableBufferPointer { try readTargets(rows, into: $0) }
    try File.replace(path) { file in
      let root = try file.root()
      try root.createDataset("x", shape: [rows.count, 2], of: Float.self).write(features)
      try root.createDataset("y", shape: [rows.count], of: Float.self).write(targets)
    }
  }
}
