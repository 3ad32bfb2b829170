/// The smallest and the largest number of each column.
public struct ColumnRanges: MergeableStatistics {
  /// All smallest numbers, then all largest ones; infinite, and the wrong way round, without rows.
  public var values: [Double]
  private let width: Int

  /// Makes the ranges of no rows of `width` columns.
  public init(width: Int) {
    self.width = width
    values =
      [Double](repeating: .infinity, count: width) + [Double](repeating: -.infinity, count: width)
  }

  /// The smallest number of each column.
  public var low: ArraySlice<Double> { values[..<width] }
  /// The largest number of each column.
  public var high: ArraySlice<Double> { values[width...] }

  /// Takes in rows.
  public mutating func add(_ rows: UnsafePointer<Float>, rowCount: Int) {
    let width = width
    values.withUnsafeMutableBufferPointer { values in
      for row in 0..<rowCount {
        for column in 0..<width {
          let value = Double(rows[row * width + column])
          values[column] = min(values[column], value)
          values[width + column] = max(values[width + column], value)
        }
      }
    }
  }

  /// Takes in the ranges of other rows.
  public mutating func merge(_ other: ColumnRanges) {
    precondition(width == other.width, "ranges of \(width) and of \(other.width) columns")
    for column in 0..<width {
      values[column] = min(values[column], other.values[column])
      values[width + column] = max(values[width + column], other.values[width + column])
    }
  }

  /// The ranges, when there was a row.
  ///
  /// - Throws: `PipelineError` that names `stage` when there was none.
  static func required(
    _ ranges: ColumnRanges?, by stage: String
  ) throws(PipelineError) -> ColumnRanges {
    guard let ranges, zip(ranges.low, ranges.high).allSatisfy({ $0 <= $1 }) else {
      throw PipelineError("\(stage): there are no rows to learn from")
    }
    return ranges
  }
}

extension Estimator where Statistics == ColumnRanges {
  /// The ranges of no rows.
  public func statistics(for shape: [Int]) -> ColumnRanges? {
    ColumnRanges(width: shape.elementCount)
  }
}
