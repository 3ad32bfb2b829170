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
    let count = block.rowCount * width
    while rows.count < count { rows.append(0) }
    var start = 0
    for (index, column) in block.columns.enumerated() {
      for row in 0..<block.rowCount {
        for place in 0..<column.width {
          let value = column.numbers[row * column.width + place]
          if !value.isFinite, value.isInfinite || rule == .refuses {
            throw PipelineError(
              "\(block.place(row, index)) is \(value.isNaN ? "missing (NaN)" : "infinite"), and a stage "
                + "learns from it: "
                + (value.isNaN ? "put `impute` before, or mend the row" : "mend or remove the row"))
          }
          rows[row * width + start + place] = value
        }
      }
      start += column.width
    }
    rows.withUnsafeBufferPointer { buffer in
      guard let start = buffer.baseAddress else { return }
      statistics.add(start, rowCount: block.rowCount)
    }
  }

  /// Takes in the findings of other rows.
  public mutating func merge(_ other: ColumnsFindings) { statistics.merge(other.statistics) }
}
