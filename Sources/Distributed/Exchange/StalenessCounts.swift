/// How many updates by others came between a worker's reading of the parameters and its own update,
/// counted for all updates of one worker.
///
/// Counting costs a few instructions an update and allocates nothing.
package final class StalenessCounts {
  /// How often there were so many: 0 to 63 one by one; behind them 64 to 127, 128 to 255, ….
  package private(set) var counts = [Int](repeating: 0, count: binCount)
  /// The sum over all updates.
  package private(set) var sum = 0
  /// The largest of all updates.
  package private(set) var largest = 0
  /// The updates that were counted.
  package private(set) var updateCount = 0
  /// The updates of which the next one knows: those before the reading, and this worker's since then.
  private var known = 0

  /// So many values have a bin of their own.
  package static let exactCount = 64
  /// So many bins there are.
  static let binCount = exactCount + 32

  /// Counts nothing yet.
  package init() {}

  /// The parameters were read after `updateCount` updates.
  package func read(after updateCount: Int) { known = updateCount }

  /// The worker's own update is that number, from 1; gives the number of those between.
  @discardableResult
  package func wrote(as number: Int) -> Int {
    let staleness = max(0, number - 1 - known)
    known += 1
    sum += staleness
    updateCount += 1
    largest = max(largest, staleness)
    counts[Self.bin(of: staleness)] += 1
    return staleness
  }

  private static func bin(of staleness: Int) -> Int {
    guard staleness >= exactCount else { return staleness }
    let doublings = Int.bitWidth - 1 - (staleness / exactCount).leadingZeroBitCount
    return min(exactCount + doublings, binCount - 1)
  }

  /// The numbers of all workers together.
  ///
  /// Collective over `world`; nil where no update was counted.
  static func told(
    _ own: StalenessCounts?, on world: borrowing Communicator
  ) throws(MPIError) -> Staleness? {
    var numbers = own?.counts ?? [Int](repeating: 0, count: binCount)
    numbers.append(own?.sum ?? 0)
    try world.allReduce(&numbers, .sum)
    let largest = try world.allReduce(own?.largest ?? 0, .maximum)
    let sum = numbers.removeLast()
    return Staleness(counts: numbers, sum: sum, largest: largest)
  }
}

@available(*, unavailable)
extension StalenessCounts: Sendable {}
