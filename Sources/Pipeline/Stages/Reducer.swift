/// Merges the statistics of all processes that fit together; every one gets the result.
///
/// Collective: every process calls `merge` equally often, in the same order.
public protocol Reducer {
  /// The statistics of all processes' rows.
  func merge<S: MergeableFindings>(_ statistics: S) throws -> S
  /// Called after every block of rows of a pass, before the merge: others may wait for this process.
  func goesOn()
}

extension Reducer {
  /// Nobody waits.
  public func goesOn() {}
}

/// The reducer of a process that fits alone.
public struct InProcessReducer: Reducer {
  /// Makes a reducer.
  public init() {}
  /// The same statistics.
  public func merge<S: MergeableFindings>(_ statistics: S) -> S { statistics }
}
