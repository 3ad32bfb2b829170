/// How the rows of a set are dealt to workers in one round of dealing.
///
/// Round 0 gives each worker a contiguous slice, in file order. A later round puts the blocks (chunks
/// of the file) in an order of its own, cuts that order where round 0 cuts the file, and gives the
/// slices to the workers in another order. So the slices of all rounds have the same lengths, no chunk
/// is read by two workers, and a worker meets other rows, beside other rows.
public struct Deal: Sendable, Equatable {
  /// The worker's slices of the dealt order.
  private let slices: [Slice]
  /// Rows that are dealt together: a block, or a part of one where there are too few.
  private let pieceRowCount: Int
  /// The order of the whole pieces, a shorter one at the end stays there; nil: file order.
  private let order: Permutation?

  /// Pieces for each worker where blocks are cut: enough to mix, few enough to read.
  private static let pieceCount = 32

  /// Deals `rowCount` rows to `workerCount` workers.
  ///
  /// In each of several files, which begin at `fileStarts`, round 0 counts blocks anew; later rounds do
  /// not, and cut through blocks where files do not have whole ones.
  public init(
    rowCount: Int, blockRowCount: Int, workerCount: Int, round: Int, seed: UInt64,
    fileStarts: [Int] = []
  ) {
    precondition(round >= 0)
    let slices = Slice.deal(
      rowCount: rowCount, blockRowCount: blockRowCount, workerCount: workerCount,
      fileStarts: fileStarts)
    guard round > 0 else {
      self.slices = slices
      (pieceRowCount, order) = (max(1, rowCount), nil)
      return
    }
    let isCutBetweenBlocks = slices.allSatisfy {
      $0.positions.lowerBound % blockRowCount == 0 || $0.positions.lowerBound == rowCount
    }
    pieceRowCount =
      isCutBetweenBlocks
      ? blockRowCount : min(blockRowCount, max(1, rowCount / workerCount / Self.pieceCount))
    let key = Permutation.key(seed, 0x6465_616c, UInt64(round))
    order = Permutation(count: rowCount / pieceRowCount, key: Permutation.key(key, 0))
    let places = Permutation(count: workerCount, key: Permutation.key(key, 1))
    self.slices = (0..<workerCount).map { slices[places[$0]] }
  }

  /// How many rows each worker has.
  public var rowCounts: [Int] { slices.map(\.count) }

  /// How many rows `worker` has.
  public func rowCount(of worker: Int) -> Int { slices[worker].count }

  /// The positions that `worker` has.
  public func positions(of worker: Int) -> RowSet {
    let dealt = slices[worker].positions
    guard let order, !dealt.isEmpty else { return RowSet(runs: [dealt]) }
    let first = dealt.lowerBound / pieceRowCount
    let last = (dealt.upperBound - 1) / pieceRowCount
    let runs = (first...last).map { piece in
      let start = piece * pieceRowCount
      let part = dealt.clamped(to: start..<start + pieceRowCount)
      let shift = (piece < order.count ? order[piece] * pieceRowCount : start) - start
      return part.lowerBound + shift..<part.upperBound + shift
    }
    return RowSet(runs: runs.sorted { $0.lowerBound < $1.lowerBound })
  }
}
