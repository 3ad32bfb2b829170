/// One bar of a histogram of staleness: neighbouring values, and the updates that had one of them.
public struct StalenessBar: Sendable, Equatable {
  /// The least of the values.
  public let least: Int
  /// The largest.
  public let most: Int
  /// The updates.
  public let count: Int

  /// The values in words: `3`, `4-7`.
  public var label: String { least == most ? "\(least)" : "\(least)-\(most)" }

  /// The bars of `Staleness.counts`, those without an update among them: 0, 1, 2, 3, 4 to 7, 8 to 15 and so on up to
  /// the last value that there was.
  public static func all(_ counts: [Int]) -> [StalenessBar] {
    var sums: [Int] = []
    for (bin, count) in counts.prefix(StalenessCounts.binCount).enumerated() {
      let exact = StalenessCounts.exactCount
      let bar = place(of: bin < exact ? bin : exact << (bin - exact))
      while sums.count <= bar { sums.append(0) }
      sums[bar] += count
    }
    return sums.enumerated().map { index, count in
      let least = index < 4 ? index : 1 << (index - 2)
      return StalenessBar(least: least, most: index < 4 ? index : 2 * least - 1, count: count)
    }
  }

  private static func place(of value: Int) -> Int {
    value < 4 ? value : Int.bitWidth - 1 - value.leadingZeroBitCount + 2
  }
}
