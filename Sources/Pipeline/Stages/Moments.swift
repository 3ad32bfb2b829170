import CKernels

/// Count, mean and sum of squared deviations of each column.
///
/// - Source: Chan, Golub & LeVeque 1983, Algorithms for Computing the Sample Variance, eq. 2.1.
public struct Moments: MergeableStatistics {
  /// Count of rows; then all means; then all sums of squared deviations from the mean.
  public var values: [Double]
  private let width: Int

  /// Makes the moments of no rows of `width` columns.
  public init(width: Int) {
    self.width = width
    values = [Double](repeating: 0, count: 1 + 2 * width)
  }

  /// How many rows were seen.
  public var count: Double { values[0] }
  /// The mean of each column.
  public var mean: ArraySlice<Double> { values[1..<1 + width] }
  /// The sum of squared deviations from the mean of each column.
  public var squares: ArraySlice<Double> { values[(1 + width)...] }

  /// Takes in rows.
  public mutating func add(_ rows: UnsafePointer<Float>, rowCount: Int) {
    let width = width
    withUnsafeTemporaryAllocation(of: Double.self, capacity: 2 * width + 1) { scratch in
      values.withUnsafeMutableBufferPointer { values in
        guard let numbers = values.baseAddress, let scratch = scratch.baseAddress else { return }
        ck_add_moments(
          rows, rowCount, width, numbers[0], numbers + 1, numbers + 1 + width, scratch)
        numbers[0] += Double(rowCount)
      }
    }
  }

  /// Takes in the moments of other rows.
  public mutating func merge(_ other: Moments) {
    precondition(width == other.width, "moments of \(width) and of \(other.width) columns")
    let total = count + other.count
    guard other.count > 0 else { return }
    for column in 1...width where width > 0 {
      let delta = other.values[column] - values[column]
      values[column] += delta * other.count / total
      values[column + width] +=
        other.values[column + width] + delta * delta * count * other.count / total
    }
    values[0] = total
  }
}
