/// What a coordinator wants done now.
public enum CoordinatorAction: Sendable {
  /// Start a run of a trial on these slots.
  case start(TrialOrder)
  /// Make a run stop at its next batch, with a checkpoint; it answers with `ended`.
  case stop(trial: Int, run: Int)
  /// Delete what a trial has left behind: its model is no longer among the best.
  case discardModel(trial: Int)
}

/// One training (or step of another program) to start.
public struct TrialOrder: Sendable, Equatable {
  /// The trial's number.
  public var trial: Int
  /// Which of the trial's trainings: fold and repeat; -1 trains the winner on all data.
  public var run: Int
  /// Where: the group's ranks in this order.
  public var slots: [Slot]
  /// The internal values of the trial's parameters.
  public var parameters: Assignment
  /// The trial from whose checkpoint to begin; nil: from its own when there is one.
  public var resumes: Int?
  /// The fold that validates, from 0; nil without folds.
  public var fold: Int?
  /// Which repetition, from 0: decides the seed.
  public var repetition: Int
}

/// What a report is answered with.
public enum Verdict: Sendable, Equatable {
  /// Go on; after the last step, keep the model.
  case proceed
  /// Go on; after the last step, leave no model.
  case discard
  /// Stop here, on all ranks, and leave a checkpoint.
  case stop
}

/// How a run ended.
public enum RunOutcome: Sendable {
  /// It came to its end: all figures by name.
  case complete([String: Double])
  /// It stopped because a verdict or the coordinator said so; its checkpoint is there.
  case stopped
  /// It failed by itself; nothing of it can be used. `isLost`: the ranks went away, trying again
  /// may help.
  case failed(String, isLost: Bool = false)
}
