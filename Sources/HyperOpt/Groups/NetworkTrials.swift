public import Distributed
private import Foundation
private import Glibc

/// Trains the network of a search job for one run of a trial after the other.
///
/// The trials' models and checkpoints stand in one folder. A stopped trial keeps its checkpoint;
/// models that are not among the best are deleted.
public struct NetworkTrials: Sendable {
  /// The job with its search space.
  public let job: SearchJob
  private let jobText: String
  private let folder: String
  /// The data of a job of the search as they can be read, where they are no HDF5 and were converted for all trials.
  package var converted: (example: TrainingJob, data: DataConfiguration)?
  /// Seconds between checkpoints of a trial that is not stopped.
  private static let checkpointSeconds = 60.0
  /// Whether a trial may go on from the checkpoint of one that still runs, or has just ended.
  private var weightsAreExchanged: Bool { job.configuration.sampler is PBTSampler }

  /// Prepares trials whose files go into `folder`.
  public init(_ job: SearchJob, jobText: String, folder: String) {
    self.job = job
    self.jobText = jobText
    self.folder = folder
  }

  /// The model file of a run.
  public func modelPath(trial: Int, run: Int) -> String { path(trial, run) + ".h5" }

  /// The checkpoint of a run.
  public func checkpointPath(trial: Int, run: Int) -> String { path(trial, run) + ".checkpoint.h5" }

  private func path(_ trial: Int, _ run: Int) -> String {
    let part =
      job.configuration.runCount == 1 ? "" : run < 0 ? ".all-data" : ".run-\(run)"
    return "\(folder)/trial-\(trial)\(part)"
  }

  /// Makes the folder.
  ///
  /// - Throws: `StudyError` (exit code 74) when it cannot be made.
  public func prepare() throws(StudyError) {
    guard mkdir(folder, 0o777) != 0, errno != EEXIST else { return }
    throw StudyError(
      "the folder \(folder) for the trials' models cannot be made: "
        + String(cString: strerror(errno)), exitCode: 74)
  }

  /// Deletes what a trial has left behind that nobody needs.
  ///
  /// In population-based training that is not the checkpoint: another trial may be about to begin
  /// from it.
  public func discard(_ trial: Int) {
    for run in 0..<job.configuration.runCount {
      unlink(modelPath(trial: trial, run: run))
      for ending in [".history.csv", ".history.json"] { unlink(path(trial, run) + ending) }
      if !weightsAreExchanged { unlink(checkpointPath(trial: trial, run: run)) }
    }
  }

  /// Deletes the checkpoints of trials that are complete: the search is over.
  public func discardCheckpoints(of history: History) {
    guard weightsAreExchanged else { return }
    for trial in history.trials where trial.state == .complete || trial.state == .failed {
      for run in 0..<job.configuration.runCount {
        unlink(checkpointPath(trial: trial.number, run: run))
      }
    }
  }

  /// Deletes the models of repeated trials that are not among the best `search.top`: which these
  /// are is known once the search is over.
  public func discardSurplus(_ history: History) {
    guard job.configuration.runCount > 1, history.directions.count == 1, history.running.isEmpty
    else { return }
    let best = Set(history.ranking.prefix(job.configuration.topCount).map(\.number))
    for trial in history.complete where !best.contains(trial.number) { discard(trial.number) }
  }

  /// Trains; the figures of the last epoch by name, with `seconds` of all epochs, `parameters` and
  /// `samples_per_second`.
  ///
  /// Collective over `group`.
  public func run(
    _ trial: GroupTrial, on group: borrowing Communicator
  ) throws -> [String: Double] {
    let own = checkpointPath(trial: trial.number, run: trial.run)
    var training = try job.job(
      for: trial.assignment, run: trial.run,
      model: modelPath(trial: trial.number, run: trial.run), checkpoint: own)
    // Many trials, each of them cheap: a damaged one costs no more than itself.
    training.output.checkpointCount = 1
    let start = try start(trial, own: own, on: group)
    defer { if group.rank == 0, case .adopt(let copy) = start { unlink(copy) } }
    let report = try Trainer(
      training, jobText: jobText, overwrites: true,
      policy: CheckpointPolicy(
        start: start, seconds: weightsAreExchanged ? 0 : Self.checkpointSeconds,
        keepsCheckpoint: weightsAreExchanged),
      // A trial that diverges has failed: others need its time.
      isStrict: true,
      // A trial whose data are others than those of all converts its own.
      reading: converted.flatMap {
        ConvertedJobData.reading($0.data, of: $0.example, for: training).map { DataReading($0) }
      }
    ).run(on: group, observer: TrialObserver(trial))
    if report.outcome == .stoppedEarly {
      trial.stopped()
      return [:]
    }
    // A stop that came with the last batches came too late: the model is there.
    trial.completed()
    // Those of the epoch whose weights the model file has.
    guard let last = report.result else { return [:] }
    var figures = last.figures
    // With those before a checkpoint that this run has gone on from.
    figures["seconds"] = report.history.reduce(0) { $0 + $1.seconds }
    figures["parameters"] = Double(report.parameterCount)
    figures["samples_per_second"] = last.samplesPerSecond
    return figures
  }

  /// Where a run begins: with its own checkpoint, with that of the trial it resumes, or anew.
  ///
  /// Collective over `group`.
  private func start(
    _ trial: GroupTrial, own: String, on group: borrowing Communicator
  ) throws -> CheckpointPolicy.Start {
    guard let other = trial.resumes else { return .resume }
    let copy = path(trial.number, trial.run) + ".adopted.h5"
    // Rank 0 decides: the others may see the files later.
    var adopts = [0]
    if group.rank == 0, access(own, F_OK) != 0 {
      // The other trial may run and replace its checkpoint while ranks read it: they all read this
      // one file.
      unlink(copy)
      adopts[0] = try Self.link(checkpointPath(trial: other, run: trial.run), to: copy) ? 1 : 2
    }
    if group.size > 1 { adopts = try group.broadcast(adopts, from: 0) }
    guard adopts[0] < 2 else {
      throw StudyError(
        "the checkpoint of trial \(other) is gone, with which this one was to go on")
    }
    return adopts[0] == 1 ? .adopt(copy) : .resume
  }

  /// Gives a file a second name, as a copy where the file system has no links; false: it is not
  /// there.
  private static func link(_ source: String, to copy: String) throws -> Bool {
    while Glibc.link(source, copy) != 0 {
      guard errno == ENOENT else { return try self.copy(source, to: copy) }
      // A file that is replaced at this very moment has no name left either: Linux calls that missing.
      guard access(source, F_OK) == 0 else { return false }
    }
    return true
  }

  private static func copy(_ source: String, to copy: String) throws -> Bool {
    guard let file = try? Data(contentsOf: URL(fileURLWithPath: source)) else { return false }
    try file.write(to: URL(fileURLWithPath: copy))
    return true
  }
}

extension EpochRecord {
  /// The epoch's results by name.
  var figures: [String: Double] {
    Dictionary(values.map { ($0.name, $0.value) }) { first, _ in first }
  }
}
