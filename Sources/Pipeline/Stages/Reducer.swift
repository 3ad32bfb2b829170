/// Merges the statistics of all processes that fit together; every one gets the result.
///
/// Collective: every process calls `merge` equally often, in the same order.
public protocol Reducer {
  /// The statistics of all processes' rows.
  func merge<S: MergeableStatistics>(_ statistics: S) throws -> S
}

/// The reducer of a process that fits alone.
public struct InProcessReducer: Reducer {
  /// Makes a reducer.
  public init() {}
  /// The same statistics.
  public func merge<S: MergeableStatistics>(_ statistics: S) -> S { statistics }
}
