/// How stale the updates of a training were: for each, the updates by others between its worker's first
/// reading of the parameters and its writing.
public struct Staleness: Sendable, Equatable {
  /// How many updates had a staleness of 0, 1, … 63; behind them of 64 to 127, 128 to 255, …; nothing
  /// behind the last one that there was.
  public let counts: [Int]
  /// The mean over all updates.
  public let mean: Double
  /// The largest.
  public let largest: Int

  /// Nil without an update.
  package init?(counts: [Int], sum: Int, largest: Int) {
    let updateCount = counts.reduce(0, +)
    guard updateCount > 0 else { return nil }
    self.counts = Array(counts[...(counts.lastIndex { $0 > 0 } ?? 0)])
    mean = Double(sum) / Double(updateCount)
    self.largest = largest
  }

  /// The updates that were counted.
  public var updateCount: Int { counts.reduce(0, +) }

  /// The least staleness that `share` (0 to 1) of the updates do not exceed; beyond 63 the upper end of its
  /// bin, or the largest of all.
  public func quantile(_ share: Double) -> Int {
    let wanted = Int((share * Double(updateCount)).rounded(.up))
    var seen = 0
    for (bin, count) in counts.enumerated() {
      seen += count
      guard seen >= wanted, count > 0 else { continue }
      let exact = StalenessCounts.exactCount
      return bin < exact ? bin : min(largest, (exact << (bin - exact + 1)) - 1)
    }
    return largest
  }
}
