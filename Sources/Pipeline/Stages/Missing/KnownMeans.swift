/// The mean of each column's numbers, missing ones aside.
///
/// - Source: Chan, Golub & LeVeque 1983, eq. 2.1a.
public struct KnownMeans: MergeableStatistics {
  /// How many numbers each column has, then their means.
  public var values: [Double]
  private let width: Int

  /// Makes the means of no rows of `width` columns.
  public init(width: Int) {
    self.width = width
    values = [Double](repeating: 0, count: 2 * width)
  }

  /// Takes in rows, in which NaN is a missing value.
  public mutating func add(_ rows: UnsafePointer<Float>, rowCount: Int) {
    var block = KnownMeans(width: width)
    block.values.withUnsafeMutableBufferPointer { sums in
      for row in 0..<rowCount {
        for column in 0..<width {
          let value = rows[row * width + column]
          if value.isNaN { continue }
          sums[column] += 1
          sums[width + column] += Double(value)
        }
      }
      for column in 0..<width { sums[width + column] /= max(1, sums[column]) }
    }
    merge(block)
  }

  /// Takes in the means of other rows.
  public mutating func merge(_ other: KnownMeans) {
    precondition(width == other.width, "means of \(width) and of \(other.width) columns")
    for column in 0..<width where other.values[column] > 0 {
      let total = values[column] + other.values[column]
      values[width + column] +=
        (other.values[width + column] - values[width + column]) * other.values[column] / total
      values[column] = total
    }
  }

  /// The mean of a column; nil when it has no numbers.
  func mean(column: Int) -> Double? {
    values[column] > 0 ? values[width + column] : nil
  }
}
