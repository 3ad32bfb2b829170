public import Pipeline

/// Merges the statistics of all ranks, so that a pipeline is fitted on rows that no rank has alone.
///
/// Merged in rank order on every rank, so all get the same numbers to the bit. Collective and
/// blocking.
public final class MPIReducer: Reducer {
  private let communicator: Communicator

  /// Uses the ranks of `communicator`, which must outlive the reducer.
  public init(_ communicator: borrowing Communicator) throws(MPIError) {
    self.communicator = try communicator.heard(by: communicator.sign)
  }

  /// Tells who hears of this rank's waits.
  public func goesOn() { communicator.sign?.works() }

  /// All ranks' statistics as one.
  public func merge<S: MergeableFindings>(_ statistics: S) throws -> S {
    guard communicator.size > 1 else { return statistics }
    let counts = try communicator.allGather([statistics.values.count])
    var merged = statistics
    var part = statistics
    // One after the other: those of all ranks together may be more than fits a node.
    for (rank, count) in counts.enumerated() {
      let own =
        rank == communicator.rank ? statistics.values : [Double](repeating: 0, count: count)
      part.values = try communicator.broadcast(own, from: rank)
      if rank == 0 { merged = part } else { merged.merge(part) }
    }
    return merged
  }
}
