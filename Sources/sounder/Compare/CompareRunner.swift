private import Configuration
private import Distributed
private import FoundationEssentials
private import HDF5

/// Runs the trainings of a comparison one after the other.
struct CompareRunner {
  /// The trainings, with what came of those that have run.
  private(set) var runs: [ComparedRun] = []
  private let plan: ComparePlan
  private let folder: String
  private let fresh: Bool
  private let report: ReportOptions
  private let program: String

  /// Makes the folder.
  init(_ plan: ComparePlan, folder: String, fresh: Bool, report: ReportOptions) throws {
    (self.plan, self.folder, self.fresh, self.report) = (plan, folder, fresh, report)
    program = try Launcher.ownPath()
    do {
      try FileManager.default.createDirectory(
        atPath: folder, withIntermediateDirectories: true)
    } catch {
      throw CommandError(
        "--output \(folder): the folder cannot be made: name another one",
        exitCode: ExitCode.inputOutput)
    }
    try OutputFiles.checkWritable("\(folder)/compare.json", key: "--output")
  }

  /// Trains all; what ended it before that, where something did.
  mutating func run() throws -> CommandError? {
    StopRequests.listen()
    for (index, run) in plan.runs.enumerated() {
      if run.failure != nil {
        note("\(run.name) (\(index + 1) of \(plan.runs.count)): cannot be trained")
        runs.append(run)
        continue
      }
      let text = plan.text(of: run)
      if !fresh, let done = kept(run, text) {
        note("\(run.name) (\(index + 1) of \(plan.runs.count)): kept from before")
        runs.append(done)
        continue
      }
      if StopRequests.arrived != StopRequests() { return stopped }
      note("\(run.name) (\(index + 1) of \(plan.runs.count))")
      guard let result = try train(run, text) else { return stopped }
      runs.append(result)
    }
    return nil
  }

  private var stopped: CommandError {
    CommandError(
      "stopped: \(runs.count) of \(plan.runs.count) trainings are done, the same command goes on",
      exitCode: ExitCode.stoppedEarly)
  }

  /// One training; nil when the user asked for an end.
  private func train(_ run: ComparedRun, _ text: String) throws -> ComparedRun? {
    let stem = "\(folder)/\(run.stem)"
    // Whatever happens from here on, what is there of before is not this training's.
    for ending in ["jsonl", "trace.json"] {
      try? FileManager.default.removeItem(atPath: "\(stem).\(ending)")
    }
    let checkpoints = run.job.map { CheckpointFiles($0.output) }
    checkpoints?.removeAll()
    try write(text, to: "\(stem).job.yaml")
    var arguments = [program, "train", "\(stem).job.yaml", "--json", "--overwrite", "--fresh"]
    arguments += ["--trace", "\(stem).trace.json"]
    if run.rankCount > 1 { arguments += ["--ranks", "\(run.rankCount)"] }
    var environment = ProcessInfo.processInfo.environment
    environment[Terminal.variable] = "\(Terminal.standardError.columns)"
    var child = try CompareChild(
      arguments, environment: environment, showsErrors: !report.quiet)
    let code = child.wait()
    if child.wasAskedToStop {
      checkpoints?.removeAll()
      return nil
    }
    var result = run
    result.exitCode = code
    let output = String(decoding: child.output, as: UTF8.self)
    if code != 0 { result.failure = child.error ?? "it ended with code \(code)" }
    result.read(output)
    if result.failure == nil { try write(output, to: "\(stem).jsonl") }
    return result
  }

  /// What an earlier comparison left of the same training.
  private func kept(_ run: ComparedRun, _ text: String) -> ComparedRun? {
    func contents(_ ending: String) -> String? {
      FileManager.default.contents(atPath: "\(folder)/\(run.stem).\(ending)").map {
        String(decoding: $0, as: UTF8.self)
      }
    }
    guard contents("job.yaml") == text, let output = contents("jsonl"),
      contents("trace.json") != nil
    else { return nil }
    var result = run
    result.read(output)
    return result.failure == nil ? result : nil
  }

  private func write(_ text: String, to path: String) throws {
    try AtomicFile.replace(path) { temporary in
      try Data(text.utf8).write(to: URL(fileURLWithPath: temporary))
    }
  }

  private func note(_ line: String) {
    if !report.quiet { StandardError.write(line + "\n") }
  }
}
