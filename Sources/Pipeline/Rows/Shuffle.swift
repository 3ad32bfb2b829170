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
  /// Epochs after which the rows are dealt anew; 0: never.
  public let dealEpochCount: Int
  /// What an epoch draws; nil: it visits each row once.
  public let draw: Draw?
  /// Whether rows are visited in an order of their own in each epoch; otherwise a worker visits its rows in
  /// file order.
  public let isRandom: Bool
  /// Where files begin, in each of which blocks are counted anew; empty for one file.
  public let fileStarts: [Int]

  /// Makes a shuffle; a block longer than a window is cut down to it.
  public init(
    rowCount: Int, blockRowCount: Int, windowRowCount: Int, seed: UInt64, dealEpochCount: Int = 0,
    draw: Draw? = nil, isRandom: Bool = true, fileStarts: [Int] = []
  ) {
    precondition(isRandom || draw == nil, "a draw is random")
    precondition(rowCount >= 0 && blockRowCount > 0 && windowRowCount > 0 && dealEpochCount >= 0)
    self.rowCount = rowCount
    self.blockRowCount = min(blockRowCount, windowRowCount)
    self.windowRowCount = windowRowCount
    self.seed = seed
    self.dealEpochCount = dealEpochCount
    self.draw = draw
    self.isRandom = isRandom
    self.fileStarts = fileStarts
  }

  /// How the rows are dealt in `epoch`; the first one is 1.
  public func deal(epoch: Int, workerCount: Int) -> Deal {
    Deal(
      rowCount: rowCount, blockRowCount: blockRowCount, workerCount: workerCount,
      round: dealEpochCount == 0 ? 0 : max(0, epoch - 1) / dealEpochCount, seed: seed,
      fileStarts: fileStarts)
  }

  /// How many rows each worker visits in the whole `epoch`.
  public func rowCounts(epoch: Int, workerCount: Int) -> [Int] {
    let counts = deal(epoch: epoch, workerCount: workerCount).rowCounts
    guard let draw else { return counts }
    return counts.map(draw.rowCount(of:))
  }

  /// The order in which `worker` visits its rows in `epoch`; of a draw that of one lap.
  public func stream(epoch: Int, worker: Int, of workerCount: Int, lap: Int = 0) -> RowStream {
    precondition((0..<workerCount).contains(worker), "worker \(worker) of \(workerCount)")
    return stream(
      deal(epoch: epoch, workerCount: workerCount).positions(of: worker), epoch: epoch,
      worker: worker, of: workerCount, lap: lap)
  }

  /// The same for positions that are known.
  func stream(
    _ positions: RowSet, epoch: Int, worker: Int, of workerCount: Int, lap: Int
  ) -> RowStream {
    let key = Permutation.key(
      seed, UInt64(bitPattern: Int64(epoch)), UInt64(workerCount), UInt64(worker))
    return RowStream(
      positions, blockRowCount: blockRowCount, windowRowCount: windowRowCount,
      fileStarts: fileStarts,
      key: !isRandom ? nil : lap == 0 ? key : Permutation.key(key, 0x6c61_70, UInt64(lap)))
  }
}
