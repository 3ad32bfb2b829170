public import Configuration
internal import Distributed
private import FoundationEssentials

/// Runs the trials of a study as child processes, each a step of its own on its own slots, under a
/// coordinator that is no MPI process itself.
///
/// A rank that dies ends its step and nothing else: that is one failed trial, which is tried again.
public struct StepSearch {
  /// What is run for a trial.
  public enum Program {
    /// A program that is not ours; `values` gives what stands for its placeholders.
    case command(
      CommandTemplate, SearchCommand.Report, values: (Assignment) throws -> [String: Value])
    /// This program: the words behind its name; it speaks as `PipeLink` does.
    case trial([String])
  }

  /// Limits, objectives and sizes of groups.
  public var plan: SearchPlan
  /// What is run.
  public var program: Program
  /// Where.
  public var slots: [Slot]
  /// What the seeds of trials derive from.
  public var seed: UInt64 = 0
  /// Where a trial keeps what it goes on from, for `{checkpoint}`.
  public var checkpoint: (_ trial: Int, _ run: Int) -> String = {
    "trial-\($0).run-\($1).checkpoint"
  }
  /// Whether even a single rank is started by the launcher.
  public var usesMPI = false
  /// Seconds that a step has to end by itself after it was asked to.
  public var graceSeconds = 10.0
  /// Called when a trial's model is no longer worth keeping.
  public var discard: (Int) -> Void = { _ in }
  /// Gives the reason of a failure in the words that the user knows.
  public var naming: (String) -> String = { $0 }
  /// Asked about once a second: how long the job may still run; nil: no limit.
  public var remainingSeconds: () -> Double? = { nil }
  /// Called about once a second.
  public var tick: () -> Void = {}
  /// What running trials are marked with, so that a later coordinator finds those of one that is gone.
  public var owner: String?

  /// Makes a search.
  public init(_ plan: SearchPlan, program: Program, slots: [Slot]) {
    self.plan = plan
    self.program = program
    self.slots = slots
  }

  /// Runs until a limit is reached or a signal comes: the first lets trials stop by themselves, a
  /// second Ctrl-C kills them.
  ///
  /// `unfinished` are the trials that an earlier coordinator left running.
  /// - Returns: How it ended.
  /// - Throws: `StudyError`: no launcher, no program of that name, a journal that cannot be written, or
  ///   a mistake that every trial makes.
  public func run(
    _ study: Study, unfinished: [Int], observer: any SearchObserver
  ) throws -> SearchReport {
    StopRequests.listen()
    let starter = try StepStarter(self, history: { study.history })
    let coordinator = try Coordinator(
      study: study, plan: plan, slots: slots, unfinished: unfinished, owner: owner, now: Clock.now)
    var loop = StepLoop(self, coordinator: coordinator, starter: starter, observer: observer)
    try loop.run()
    return SearchReport(
      ending: coordinator.ending, summary: coordinator.summary(now: Clock.now),
      best: coordinator.bestTrial)
  }
}
