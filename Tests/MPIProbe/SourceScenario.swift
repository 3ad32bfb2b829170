import Configuration
import Distributed
import Foundation
import HDF5
import NN
import Pipeline

/// What is done with rows that a program makes, as the first argument says; files are in the working directory.
enum SourceScenario {
  static func run(_ arguments: [String], on world: borrowing Communicator) throws -> Int32 {
    let seen = DataSource(named: arguments.last ?? "") { Points(rowCount: 500, first: 0) }
    let unseen = DataSource(named: "unseen") { Points(rowCount: 90, first: 500) }
    var value = job(seen, unseen)
    switch arguments.first {
    case "alike": try checkAlike(seen, unseen, on: world)
    case "table": try checkTables(seen, unseen, on: world)
    case "names":
      _ = try Table(seen, columns: ["x"], on: world)
    case "lengths":
      _ = try Table(
        named: "made", columns: ["a": .numbers([1, 2]), "b": .texts(["one"])], on: world)
    case "train": break
    case "stage": try value.apply(override: "data.stage=stage")
    case "uneven":
      let rank = world.rank
      let uneven = DataSource(named: "uneven") { Points(rowCount: 500 + rank, first: 0) }
      return try train(job(uneven, unseen), [uneven, unseen], on: world)
    default: throw DistributedError("no scenario 'source \(arguments)'", exitCode: 64)
    }
    guard ["train", "stage"].contains(arguments.first) else { return 0 }
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

  /// Estimators learn from tables of the program's rows: as from the same rows in memory, and the columns are found by
  /// their names.
  private static func checkTables(
    _ seen: DataSource, _ unseen: DataSource, on world: borrowing Communicator
  ) throws {
    var regressor = NetworkRegressor(
      label: "y", layers: [Dense(units: 4, activation: .tanh)], batchSize: 32, epochs: 4)
    regressor.distribution = ["mode": "sync"]
    let cells = try Points(rowCount: 500, first: 0).columns()
    let rows = try Table(seen, columns: ["a", "b"], target: "y", on: world)
    let memory = try Table(
      named: "memory",
      columns: ["a": .numbers(cells[0]), "b": .numbers(cells[1]), "y": .numbers(cells[2])],
      on: world)
    try MPIProbe.require(rows.columnNames == ["a", "b", "y"], "columns: \(rows.columnNames)")
    let model = try regressor.fit(rows, on: world)
    let same = try regressor.fit(memory, on: world)
    try MPIProbe.require(model.model.parameters == same.model.parameters, "the same parameters")
    try MPIProbe.require(
      model.model.job?.data.train.file == seen.programName, "the model file has the name")
    // Another order of the columns, and no target.
    let others = try Points(rowCount: 90, first: 500).columns()
    let turned = try Table(
      named: "turned", columns: ["b": .numbers(others[1]), "a": .numbers(others[0])],
      surveys: false, on: world)
    let straight = try Table(
      unseen, columns: ["a", "b"], target: nil, surveys: false, on: world)
    try MPIProbe.require(straight.columnNames == ["a", "b"], "columns: \(straight.columnNames)")
    for (table, output) in [(turned, "turned.csv"), (straight, "straight.csv")] {
      let count = try model.transform(table, to: output, on: world)
      try MPIProbe.require(count == 90, "\(count) predictions")
    }
    try world.barrier()
    let texts = try ["turned.csv", "straight.csv"].map {
      try String(contentsOfFile: $0, encoding: .utf8)
    }
    try MPIProbe.require(texts[0] == texts[1], "the same predictions")
    let known = try Table(unseen, columns: ["a", "b"], target: "y", surveys: false, on: world)
    let figures = try model.evaluate(known, on: world)
    try MPIProbe.require(figures.rowCount == 90, "90 rows are measured")
    let folds = try CrossValidator(regressor.with(\.epochs, 1), folds: 2).run(rows, on: world)
    try MPIProbe.require(folds.folds.count == 2, "two folds")
    // Texts are classes; without names all numbers of a row are one column.
    let kinds = try Table(
      named: "kinds",
      columns: [
        "kind": .texts((0..<60).map { $0 % 2 == 0 ? "even" : "odd" }),
        "size": .numbers((0..<60).map { $0 == 7 ? .nan : Double($0 % 2) }),
      ], on: world)
    let classifier = try NetworkClassifier(label: "kind", epochs: 1).fit(kinds, on: world)
    try MPIProbe.require(classifier.classNames == ["even", "odd"], "\(classifier.classNames)")
    try checkForm(regressor, on: world)
    let wide = try Table(seen, on: world)
    try MPIProbe.require(
      wide.columns.map(\.kind) == [.number(width: 2), .number(width: 1)], "\(wide.columns)")
    try world.barrier()
    if world.rank == 0 { print("tables ok on \(world.size)") }
  }

  /// A model opens a file without its words as the table was opened that it was trained on.
  private static func checkForm(
    _ regressor: NetworkRegressor, on world: borrowing Communicator
  ) throws {
    if world.rank == 0 {
      let rows = (0..<40).map { "\($0 % 7):\($0 % 5):\($0 % 3)\n" }
      try rows.joined().write(toFile: "colons.csv", atomically: true, encoding: .utf8)
      try "1:2\n3:4\n".write(toFile: "new.csv", atomically: true, encoding: .utf8)
    }
    try world.barrier()
    var options = ImportOptions()
    options.separator = UInt8(ascii: ":")
    options.columnNames = ["a", "b", "y"]
    let colons = try Table("colons.csv", options: options, on: world)
    let model = try regressor.with(\.epochs, 1).fit(colons, on: world)
    let new = try model.table("new.csv", on: world)
    try MPIProbe.require(new.columnNames == ["a", "b"], "columns: \(new.columnNames)")
    let count = try model.transform(new, to: "new-predictions.csv", on: world)
    try MPIProbe.require(count == 2, "\(count) predictions")
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

  /// All rows: a column for each of the two numbers, and that of the targets.
  func columns() throws -> [[Double]] {
    let rows = 0..<layout.rowCount
    var features = [Float](repeating: 0, count: rows.count * 2)
    var targets = [Float](repeating: 0, count: rows.count)
    try features.withUnsafeMutableBufferPointer { try readFeatures(rows, into: $0) }
    try targets.withUnsafeMutableBufferPointer { try readTargets(rows, into: $0) }
    return [
      rows.map { Double(features[2 * $0]) }, rows.map { Double(features[2 * $0 + 1]) },
      targets.map { Double($0) },
    ]
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
