/// Follows a search from its coordinator: draws a table, writes a log, collects for a test.
///
/// Called on one thread; must return within milliseconds.
public protocol SearchObserver: AnyObject {
  /// Something that happened to a trial.
  func happened(_ event: SearchEvent)
  /// The search goes on; called several times a second.
  func progress(_ summary: SearchSummary)
}

/// Something that happened to a trial.
public enum SearchEvent: Sendable {
  /// A run has begun on this many ranks.
  case started(trial: Int, run: Int, ranks: Int)
  /// A run has reached a step.
  case reported(trial: Int, step: Int, value: Double?)
  /// A trial is over; its state says how.
  case finished(Trial)
}

/// How a search ended.
public struct SearchReport: Sendable {
  /// Why it ended before its limit of trials; nil when it did not.
  public var ending: Coordinator.Ending?
  /// The last figures.
  public var summary: SearchSummary
  /// The winner.
  public var best: Trial?

  /// 0, or 75 when the same command would go on.
  public var exitCode: Int32 {
    switch ending {
    case .left?, .closing?: 75
    default: 0
    }
  }
}
