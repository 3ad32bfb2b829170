/// What a stage of rows of numbers finds out about some columns of a table.
public struct ColumnsFindings<Statistics: MergeableStatistics>: TableFindings {
  /// The stage's own statistics.
  public private(set) var statistics: Statistics
  private let rule: MissingRule
  private let width: Int
  private var rows: [Float] = []

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
    let (count, width, rule) = (block.rowCount * width, width, rule)
    if rows.count < count { rows += [Float](repeating: 0, count: count - rows.count) }
    var bad: (row: Int, column: Int, value: Float)?
    rows.withUnsafeMutableBufferPointer { rows in
      var start = 0
      for (index, column) in block.columns.enumerated() {
        let (numbers, own) = (column.numbers, column.width)
        for row in 0..<block.rowCount {
          for place in 0..<own {
            let value = numbers[row * own + place]
            if !value.isFinite, value.isInfinite || rule == .refuses {
              bad = (row, index, value)
              return
            }
            rows[row * width + start + place] = value
          }
        }
        start += own
      }
    }
    if let bad {
      throw PipelineError(
        "\(block.place(bad.row, bad.column)) is \(bad.value.isNaN ? "missing (NaN)" : "infinite"), and a stage "
          + "learns from it: "
          + (bad.value.isNaN ? "put `impute` before, or mend the row" : "mend or remove the row"))
    }
    rows.withUnsafeBufferPointer { buffer in
      guard let start = buffer.baseAddress else { return }
      statistics.add(start, rowCount: block.rowCount)
    }
  }

  /// Takes in the findings of other rows.
  public mutating func merge(_ other: ColumnsFindings) { statistics.merge(other.statistics) }
}
