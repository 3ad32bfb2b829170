public import Configuration

/// Whether less or more of an objective is better.
public enum Direction: String, Sendable, CaseIterable {
  /// Less is better.
  case minimize
  /// More is better.
  case maximize

  /// 1 to minimise, -1 to maximise: times a value, less is better.
  public var sign: Double { self == .minimize ? 1 : -1 }
}

/// One evaluation of the objective, as the journal knows it.
public struct Trial: Sendable {
  /// Where a trial is in its life; the raw values are those of Optuna's journal.
  public enum State: Int, Sendable {
    /// It is being evaluated.
    case running = 0
    /// It has its values.
    case complete = 1
    /// It was stopped early because others do better.
    case pruned = 2
    /// It ended without a value; an attribute says why.
    case failed = 3
    /// It was enqueued and not started yet.
    case waiting = 4

    /// Whether nothing can happen to the trial any more.
    public var isFinished: Bool { self == .complete || self == .pruned || self == .failed }
  }

  /// A value on the way to the result.
  public struct Report: Sendable, Equatable {
    /// The step, often an epoch, from 1 (or a fold, from 0).
    public var step: Int
    /// The objective's value at that step; may be infinite or not a number.
    public var value: Double

    /// Makes a report.
    public init(step: Int, value: Double) {
      self.step = step
      self.value = value
    }
  }

  /// The trial's number in its study, from 0.
  public var number: Int
  /// Where it is in its life.
  public var state: State
  /// Internal values of its active parameters.
  public var parameters: Assignment
  /// One value for each objective once the trial is complete (a pruned trial may have its last).
  public var values: [Double]
  /// Reports in ascending order of their steps.
  public var reports: [Report]
  /// Seconds since 1970; nil while not known.
  public var startTime: Double?
  /// Seconds since 1970; nil while not finished.
  public var endTime: Double?
  /// What users and runners noted: `reason` of a failure, `model`, `ranks`, `epoch_seconds` ….
  public var userAttributes: [String: Value]
  /// What the study itself noted; ours begin with `sounder:`.
  public var systemAttributes: [String: Value]

  /// Makes a trial.
  public init(number: Int, state: State, parameters: Assignment = Assignment()) {
    self.number = number
    self.state = state
    self.parameters = parameters
    values = []
    reports = []
    userAttributes = [:]
    systemAttributes = [:]
  }

  /// How far the outcome constraints are violated: each <= 0 is met; empty when there are none.
  public var constraints: [Double] {
    guard case .list(let items)? = systemAttributes["constraints"]?.kind else { return [] }
    return items.map { $0.number ?? .infinity }
  }

  /// Whether no outcome constraint is violated.
  public var isFeasible: Bool { constraints.allSatisfy { $0 <= 0 } }

  /// The trial whose checkpoint this one started from (a promotion, a regrouping, an exploited peer).
  public var resumedFrom: Int? { systemAttributes["sounder:resumed_from"]?.int }

  /// The step at which its training will end, where whoever runs it has noted that for the sampler.
  public var lastStep: Int? { systemAttributes["sounder:last_step"]?.int }
}
