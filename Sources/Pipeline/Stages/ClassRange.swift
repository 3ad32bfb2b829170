/// The smallest and the largest class number, and whether a value was none.
public struct ClassRange: MergeableStatistics {
  /// Class numbers are exact as floats up to here.
  public static let maximumClassCount = 1 << 24
  /// Smallest, largest, 1 when a value is no whole number.
  public var values: [Double] = [.infinity, -.infinity, 0]
  private let width: Int

  /// Makes the range of no rows.
  public init(width: Int) {
    self.width = width
  }

  /// Takes in rows.
  public mutating func add(_ rows: UnsafePointer<Float>, rowCount: Int) {
    var (low, high) = (Float(values[0]), Float(values[1]))
    for index in 0..<rowCount * width {
      low = min(low, rows[index])
      high = max(high, rows[index])
      if rows[index].rounded(.towardZero) != rows[index] { values[2] = 1 }
    }
    values[0] = Double(low)
    values[1] = Double(high)
  }

  /// Takes in the range of other rows.
  public mutating func merge(_ other: ClassRange) {
    values[0] = min(values[0], other.values[0])
    values[1] = max(values[1], other.values[1])
    values[2] = max(values[2], other.values[2])
  }

  /// How many classes the rows have.
  func classCount() throws(PipelineError) -> Int {
    guard values[0] <= values[1] else {
      throw PipelineError("one_hot: there are no rows to count classes in; give 'classes'")
    }
    guard values[2] == 0, values[0] >= 0, values[1] < Double(Self.maximumClassCount) else {
      throw PipelineError(
        "one_hot: the values range from \(values[0]) to \(values[1])"
          + (values[2] == 0 ? "" : " and are not all whole numbers")
          + ", but class numbers count from 0: number the classes first")
    }
    return Int(values[1]) + 1
  }
}
