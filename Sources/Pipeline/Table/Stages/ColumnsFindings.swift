private import CKernels

/// What a stage of rows of numbers finds out about some columns of a table.
public struct ColumnsFindings<Statistics: MergeableStatistics>: TableFindings {
  /// The stage's own statistics.
  public private(set) var statistics: Statistics
  private let rule: MissingRule
  private let width: Int
  private var rows: [Float] = []
  /// The rows that are put together at a time.
  private static var pieceRowCount: Int { 256 }

  init(_ statistics: Statistics, fills rule: MissingRule, width: Int) {
    (self.statistics, self.rule, self.width) = (statistics, rule, width)
  }

  /// The numbers of the statistics.
  public var values: [Double] {
    get { statistics.values }
    set { statistics.values = newValue }
  }

  /// Takes in rows, made of the columns side by side.
  public mutating func add(_ block: TableBlock) throws(PipelineError) {
    for (index, column) in block.columns.enumerated() { try check(column, index, of: block) }
    let (count, width) = (block.rowCount * width, width)
    if rows.count < count { rows += [Float](repeating: 0, count: count - rows.count) }
    rows.withUnsafeMutableBufferPointer { rows in
      // Some rows of all columns: those of one are far from each other, and would leave the cache.
      for first in stride(from: 0, to: block.rowCount, by: Self.pieceRowCount) {
        let piece = first..<min(first + Self.pieceRowCount, block.rowCount)
        var start = 0
        for column in block.columns {
          let (numbers, own) = (column.numbers, column.width)
          if own == 1 {
            for row in piece { rows[row * width + start] = numbers[row] }
          } else {
            for row in piece {
              for place in 0..<own {
                rows[row * width + start + place] = numbers[row * own + place]
              }
            }
          }
          start += own
        }
      }
    }
    rows.withUnsafeBufferPointer { buffer in
      guard let start = buffer.baseAddress else { return }
      statistics.add(start, rowCount: block.rowCount)
    }
  }

  /// Throws for the first number that is infinite, or NaN where the stage fills in none.
  private func check(
    _ column: CellColumn, _ index: Int, of block: TableBlock
  ) throws(PipelineError) {
    let count = block.rowCount * column.width
    guard let numbers = column.numbers.baseAddress else { return }
    var place = ck_first_not_finite(numbers, count)
    if rule != .refuses {
      while place < count, !numbers[place].isInfinite { place += 1 }
    }
    guard place < count else { return }
    let isMissing = numbers[place].isNaN
    throw PipelineError(
      "\(block.place(place / column.width, index)) is \(isMissing ? "missing (NaN)" : "infinite"), and a stage "
        + "learns from it: "
        + (isMissing ? "put `impute` before, or mend the row" : "mend or remove the row"))
  }

  /// Takes in the findings of other rows.
  public mutating func merge(_ other: ColumnsFindings) { statistics.merge(other.statistics) }
}
