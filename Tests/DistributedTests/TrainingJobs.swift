import Configuration
import Distributed
import Foundation
import HDF5
import TestSupport
import Testing

/// A job file in a folder of its own, trained by the probe.
protocol ProbedJob {
  var folder: URL { get }
}

extension ProbedJob {
  var model: String { folder.appendingPathComponent("model.h5").path }
  var checkpoint: String { folder.appendingPathComponent("model.checkpoint.h5").path }
  var file: String { folder.appendingPathComponent("job.yaml").path }

  /// Trains with `workers` behind a server; 0 trains in one process alone.
  func run(
    workers: Int, _ settings: [String], fault: String? = nil, lastStep: Int? = nil,
    callback: String? = nil, timeoutSeconds: Double = 120
  ) throws -> Program.Run {
    var environment: [String: String] = [:]
    environment["PROBE_CALLBACK"] = callback
    environment["SOUNDER_FAULT"] = fault
    environment["PROBE_LAST_STEP"] = lastStep.map(String.init)
    return try Program("MPIProbe").run(
      ["train", file] + settings, ranks: workers == 0 ? nil : workers + 1,
      environment: environment, timeoutSeconds: timeoutSeconds)
  }

  func train(
    workers: Int, _ settings: [String] = [], fault: String? = nil, lastStep: Int? = nil,
    callback: String? = nil, expecting status: Int32 = 0
  ) throws -> TrainedRun {
    let run = try run(
      workers: workers, settings, fault: fault, lastStep: lastStep, callback: callback)
    try #require(run.status == status, "\(run.status): \(run.errors)\(run.output)")
    return TrainedRun(result: try Value(json: run.output), text: run.output)
  }
}

extension ProbedJob {
  /// Trains once with each list of settings, without a start of MPI in between.
  func trainAll(workers: Int, _ settings: [[String]]) throws -> [TrainedRun] {
    let run = try run(workers: workers, Array(settings.joined(separator: ["--then"])))
    let lines = run.output.split(separator: "\n")
    try #require(run.status == 0 && lines.count == settings.count, "\(run.errors)\(run.output)")
    return try lines.map { TrainedRun(result: try Value(json: String($0)), text: String($0)) }
  }
}

extension ProbedJob {
  /// Writes the data and the job of one linear unit without bias that starts at zero, trained by gradient
  /// descent on the squared error of one row a step.
  ///
  /// There are as many rows as `targets`, and `features` has one behind the other; `more` stands in section
  /// `training`.
  func writeLinear(
    features: [Float], targets: [Float], chunkRows: Int? = nil, rate: Double, more: String = "",
    distribution: String = "{}"
  ) throws {
    let data = folder.appendingPathComponent("data.h5").path
    let (rows, width) = (targets.count, features.count / targets.count)
    try File.replace(data) { file in
      let root = try file.root()
      try root.createDataset(
        "x", shape: [rows, width], of: Float.self, chunks: chunkRows.map { [$0, width] }
      ).write(features)
      try root.createDataset(
        "y", shape: [rows, 1], of: Float.self, chunks: chunkRows.map { [$0, 1] }
      ).write(targets)
    }
    try """
    data:
      train: {file: \(data), features: x, target: y}
    network:
      layers:
        - dense: {units: 1, use_bias: false, kernel_initializer: zeros}
    training:
      loss: mean_squared_error
      optimizer: {sgd: {learning_rate: \(rate)}}
      batch_size: 1
      \(more)
    distribution: \(distribution)
    output: {model: \(model)}
    """.write(toFile: file, atomically: true, encoding: .utf8)
  }
}

/// What the probe printed.
struct TrainedRun {
  let result: Value
  let text: String

  var hash: Value? { result["hash"] }

  /// The steps at which something was measured.
  var steps: [Int] {
    guard case .list(let items)? = result["steps"]?.kind else { return [] }
    return items.compactMap(\.int)
  }

  /// The validation loss of each epoch.
  var losses: [Double] {
    guard case .list(let items)? = result["val_losses"]?.kind else { return [] }
    return items.compactMap(\.number)
  }

  /// What the callbacks of all ranks heard, four numbers each.
  var diaries: [[Int]] {
    guard case .list(let items)? = result["diaries"]?.kind else { return [] }
    let numbers = items.compactMap(\.int)
    return stride(from: 0, to: numbers.count, by: 4).map { Array(numbers[$0..<$0 + 4]) }
  }

  /// Where the time and the bytes of each rank went.
  var ranks: [RankUsage] {
    guard case .list(let items)? = result["ranks"]?.kind else { return [] }
    return items.map { RankUsage(value: $0) }
  }

  var parameters: [Double] {
    guard case .list(let items)? = result["parameters"]?.kind else { return [] }
    return items.compactMap(\.number)
  }

  /// How often each row was trained on, for a `VisitJob`.
  var visits: [Int] {
    parameters.map { weight in
      // k visits take a weight from 0 to 1 - (1 - 2 rate)^k.
      Int((log(1 - weight) / log(1 - 2 * VisitJob.rate)).rounded())
    }
  }
}

/// Training whose parameters count the visits of each row.
///
/// Row i is the i-th unit vector and its target 1; a linear unit without bias starts at zero. With
/// squared error, plain gradient descent and one row a step, a visit of row i moves weight i alone.
/// The lock keeps updates from being lost, as Hogwild may lose them.
struct VisitJob: ProbedJob {
  static let rate = 0.25
  let folder: URL

  init(rows: Int, in folder: URL) throws {
    self.folder = folder
    var unit = [Float](repeating: 0, count: rows * rows)
    for row in 0..<rows { unit[row * rows + row] = 1 }
    try writeLinear(
      features: unit, targets: [Float](repeating: 1, count: rows), chunkRows: min(rows, 4),
      rate: Self.rate, distribution: "{mode: locked}")
  }
}

/// Training that learns nothing: the loss of a row is 4 or 0, as dropout keeps its only feature or not.
struct DropoutJob: ProbedJob {
  let folder: URL

  init(rows: Int, in folder: URL) throws {
    self.folder = folder
    let data = folder.appendingPathComponent("data.h5").path
    try File.replace(data) { file in
      let root = try file.root()
      try root.createDataset("x", shape: [rows, 1], of: Float.self)
        .write([Float](repeating: 1, count: rows))
      try root.createDataset("y", shape: [rows, 1], of: Float.self)
        .write([Float](repeating: 0, count: rows))
    }
    try """
    data:
      train: {file: \(data), features: x, target: y}
    network:
      layers:
        - dropout: {rate: 0.5}
        - dense: {units: 1, use_bias: false, kernel_initializer: ones}
    training:
      loss: mean_squared_error
      optimizer: {sgd: {learning_rate: 1.0e-9}}
      batch_size: 1
    output: {model: \(folder.appendingPathComponent("model.h5").path)}
    """.write(toFile: file, atomically: true, encoding: .utf8)
  }
}

/// Three clouds of points, easy to tell apart.
struct CloudJob: ProbedJob {
  let folder: URL

  init(in folder: URL, layers: [String] = [], rows: Int = 3000) throws {
    self.folder = folder
    let data = folder.appendingPathComponent("data.h5").path
    try File.replace(data) { file in
      let root = try file.root()
      var points: [Float] = []
      for row in 0..<rows {
        let angle = Float(row) * 2.399963
        let radius = Float(row % 97) / 97
        let centre = Float(row % 3) * 2.0944
        points += [2 * cos(centre) + radius * cos(angle), 2 * sin(centre) + radius * sin(angle)]
      }
      try root.createDataset("points", shape: [rows, 2], of: Float.self).write(points)
      try root.createDataset("labels", shape: [rows], of: UInt8.self)
        .write((0..<rows).map { UInt8($0 % 3) })
    }
    let extra = layers.map { "    \($0)\n" }.joined()
    try """
    data:
      train: {file: \(data), features: points, target: labels}
      validation: {file: \(data), features: points, target: labels}
    pipeline:
      features: [standardize]
    network:
      layers:
        - dense: {units: 16, activation: relu}
    \(extra)    - dense: {units: 3, activation: softmax}
    training:
      loss: sparse_categorical_crossentropy
      optimizer: {adam: {learning_rate: 0.01}}
      metrics: [accuracy]
      batch_size: 32
      epochs: 6
    output: {model: \(folder.appendingPathComponent("model.h5").path)}
    """.write(toFile: file, atomically: true, encoding: .utf8)
  }
}
