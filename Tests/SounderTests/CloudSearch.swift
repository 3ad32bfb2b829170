import Configuration
import Foundation
import HDF5
import HyperOpt
import TestSupport
import Testing

/// A search that takes seconds: 900 rows in three clouds, a small network of which two values are
/// searched, and what it leaves behind.
struct CloudSearch {
  /// Where its files are.
  let folder: URL
  private let sounder = Program()

  /// Writes `data.h5` and `job.yaml` into `folder`; `search` is the section but for the objective.
  init(
    in folder: URL, _ search: String, objective: String = "val_accuracy", pruner: String? = "none",
    epochs: String = "3", width: String = "{search: int, low: 2, high: 16, default: 4, name: width}"
  ) throws {
    self.folder = folder
    try File.replace(folder.appendingPathComponent("data.h5").path) { file in
      let root = try file.root()
      var points: [Float] = []
      for row in 0..<900 {
        let angle = Float(row) * 2.399963
        let centre = Float(row % 3) * 2.0944
        let radius = Float(row % 97) / 97
        points += [2 * cos(centre) + radius * cos(angle), 2 * sin(centre) + radius * sin(angle)]
      }
      try root.createDataset("points", shape: [900, 2], of: Float.self).write(points)
      try root.createDataset("labels", shape: [900], of: UInt8.self)
        .write((0..<900).map { UInt8($0 % 3) })
    }
    try """
    data:
      train: {file: data.h5, features: points, target: labels}
      validation: {fraction: 0.3}
    network:
      layers:
        - dense: {units: \(width), activation: relu}
        - dense: {units: 3, activation: softmax}
    training:
      loss: sparse_categorical_crossentropy
      optimizer: {adam: {learning_rate: {search: log-float, low: 1e-6, high: 0.1, default: 1e-3, name: rate}}}
      metrics: [accuracy]
      batch_size: 32
      epochs: \(epochs)
    output: {model: best.h5}
    search:
      objective: \(objective)
      \(pruner.map { "pruner: \($0)\n  " } ?? "")\(search.split(separator: "\n").joined(separator: "\n  "))
    """.write(to: url("job.yaml"), atomically: true, encoding: .utf8)
  }

  /// A file of the folder.
  func url(_ name: String) -> URL { folder.appendingPathComponent(name) }

  /// Whether the folder has the file.
  func has(_ name: String) -> Bool { FileManager.default.fileExists(atPath: url(name).path) }

  /// Runs the search to its end, on `ranks` ranks under `mpirun` or alone; the last line that it
  /// prints.
  @discardableResult
  func run(
    _ arguments: [String] = [], ranks: Int? = nil, timeoutSeconds: Double = 240
  ) throws -> Value {
    let run = try sounder.run(
      ["search", "job.yaml", "--json"] + arguments, ranks: ranks, in: folder,
      timeoutSeconds: timeoutSeconds)
    try #require(run.status == 0 && !run.timedOut, "\(run.status) \(run.errors)")
    return try Value(json: run.output.split(separator: "\n").last.map(String.init) ?? "")
  }

  /// Starts the search and waits until the journal has a report.
  func start(_ arguments: [String] = [], ranks: Int? = nil) throws -> RunningProgram {
    let running = try sounder.start(
      ["search", "job.yaml", "--json"] + arguments, ranks: ranks, in: folder)
    let limit = Date().addingTimeInterval(120)
    while Date() < limit, running.isRunning, try reports().isEmpty { usleep(2_000) }
    return running
  }

  /// Writes `params.yaml`: for `--enqueue`.
  func enqueue(_ text: String) throws -> [String] {
    try text.write(to: url("params.yaml"), atomically: true, encoding: .utf8)
    return ["--enqueue", "params.yaml"]
  }

  /// The trials as the journal has them.
  func history(_ journal: String = "best.study.log") throws -> History {
    try Study(opening: url(journal).path).history
  }

  /// The items of a trial's attribute.
  static func list(_ key: String, of trial: Trial) -> [Value] {
    guard case .list(let items)? = trial.userAttributes[key]?.kind else { return [] }
    return items
  }

  /// A report as a line of the journal has it.
  struct ReportLine: Hashable {
    var trial: Int
    var step: Int
  }

  /// Every report in the order in which the journal has them: an epoch that was trained twice is
  /// there twice.
  func reports(_ journal: String = "best.study.log") throws -> [ReportLine] {
    guard let text = try? String(contentsOf: url(journal), encoding: .utf8) else { return [] }
    return try text.split(separator: "\n").filter { $0.contains("\"op_code\":7,") }.compactMap {
      // The last line may be on its way.
      guard $0.hasSuffix("}") else { return nil }
      let line = try Value(json: String($0))
      guard let trial = line["trial_id"]?.int, let step = line["step"]?.int else { return nil }
      return ReportLine(trial: trial, step: step)
    }
  }

  /// Checks that every proposal comes out the same again.
  func checkReplay(_ journal: String = "best.study.log") throws {
    let replay = try sounder.run(["search", "--replay", journal], in: folder)
    #expect(replay.status == 0, "\(replay.errors)")
    #expect(replay.output.contains("proposals came out the same, bit for bit"))
  }

  /// The figures that the best model has on all rows.
  func accuracy() throws -> Double {
    let run = try sounder.run(
      ["evaluate", "best.h5", "data.h5", "--features", "points", "--target", "labels", "--json"],
      in: folder)
    try #require(run.status == 0, "\(run.errors)")
    let value = try Value(json: run.output.split(separator: "\n").last.map(String.init) ?? "")
    return value["accuracy"]?.number ?? value["metrics"]?["accuracy"]?.number ?? .nan
  }
}
