/// How rows are dealt to workers and shuffled: all that an order of rows depends on, beside the
/// epoch and the worker.
///
/// Two levels: a worker's blocks (chunks of the file) are read in shuffled order, several together
/// fill a window of bounded size, and inside a window the rows are shuffled. A slice that fits into
/// two windows is one window: its rows are shuffled evenly.
public struct Shuffle: Sendable, Equatable {
  /// Rows of the set that is dealt.
  public let rowCount: Int
  /// Rows that are read together: a chunk of the file, or part of a large one.
  public let blockRowCount: Int
  /// Rows that a window holds at most, not less than a block.
  public let windowRowCount: Int
  /// The seed that all orders come from.
  public let seed: UInt64

  /// Makes a shuffle; a block longer than a window is cut down to it.
  public init(rowCount: Int, blockRowCount: Int, windowRowCount: Int, seed: UInt64) {
    precondition(rowCount >= 0 && blockRowCount > 0 && windowRowCount > 0)
    self.rowCount = rowCount
    self.blockRowCount = min(blockRowCount, windowRowCount)
    self.windowRowCount = windowRowCount
    self.seed = seed
  }

  /// The slices of all workers.
  public func slices(workerCount: Int) -> [Slice] {
    Slice.deal(rowCount: rowCount, blockRowCount: blockRowCount, workerCount: workerCount)
  }

  /// The order in which `worker` visits its slice in `epoch`.
  public func stream(epoch: Int, worker: Int, of workerCount: Int) -> RowStream {
    precondition((0..<workerCount).contains(worker), "worker \(worker) of \(workerCount)")
    return RowStream(
      slices(workerCount: workerCount)[worker].positions, blockRowCount: blockRowCount,
      windowRowCount: windowRowCount,
      key: Permutation.key(
        seed, UInt64(bitPattern: Int64(epoch)), UInt64(workerCount), UInt64(worker)))
  }
}
