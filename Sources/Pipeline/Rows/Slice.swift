/// The contiguous positions of a row set that one worker has.
public struct Slice: Sendable, Equatable {
  /// From the first to behind the last.
  public let positions: Range<Int>

  /// Makes a slice.
  public init(_ positions: Range<Int>) {
    self.positions = positions
  }

  /// How many rows the worker has.
  public var count: Int { positions.count }

  /// How much longer than the mean the longest chunk-aligned slice may be before chunks are split.
  private static let unevenness = 0.05

  /// Deals `rowCount` rows to `workerCount` workers, in order, none dropped and none twice.
  ///
  /// Slices are cut between blocks (chunks of the file), so that no chunk is read by two workers.
  /// Where that would let a worker wait for another for more than a twentieth of an epoch, because
  /// there are few blocks, they are cut between rows instead. Fewer rows than workers leave some
  /// slices empty. In each of several files, which begin at `fileStarts`, blocks are counted anew.
  public static func deal(
    rowCount: Int, blockRowCount: Int, workerCount: Int, fileStarts: [Int] = []
  ) -> [Slice] {
    precondition(rowCount >= 0 && blockRowCount > 0 && workerCount > 0)
    let grid = BlockGrid(rowCount: blockRowCount, fileStarts: fileStarts)
    func cut(_ unit: Int) -> [Slice] {
      let units = (rowCount + unit - 1) / unit
      return (0..<workerCount).map { worker in
        let lower = share(worker, of: workerCount, units: units) * unit
        let upper = share(worker + 1, of: workerCount, units: units) * unit
        return Slice(min(lower, rowCount)..<min(upper, rowCount))
      }
    }
    let even = cut(1)
    let aligned =
      grid.isRegular
      ? cut(blockRowCount)
      : even.map {
        Slice(
          grid.cut(
            near: $0.positions.lowerBound, of: rowCount)..<grid.cut(
              near: $0.positions.upperBound, of: rowCount))
      }
    let counts = aligned.map(\.count)
    let mean = Double(rowCount) / Double(workerCount)
    let spread = Double((counts.max() ?? 0) - (counts.min() ?? 0))
    return spread <= unevenness * mean ? aligned : even
  }

  /// Where the share of `worker` begins; `units * worker` may not fit into an `Int`.
  private static func share(_ worker: Int, of workerCount: Int, units: Int) -> Int {
    let (whole, rest) = units.quotientAndRemainder(dividingBy: workerCount)
    return whole * worker + rest * worker / workerCount
  }
}
