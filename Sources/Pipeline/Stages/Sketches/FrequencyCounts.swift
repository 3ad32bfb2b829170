/// How often each number of each column occurs; of many different numbers only the frequent ones.
///
/// Exact for up to 8192 different numbers in a column. Beyond, rare ones are dropped and counts may
/// come out too small, all by no more than a 4097th of the column's rows: the most frequent number that
/// is found occurs at least as often as the true one less that. Missing values do not count.
/// - Source: Misra & Gries 1982, Finding Repeated Elements; merged and pruned as in Agarwal et al. 2012,
///   Mergeable Summaries, section 2.
public struct FrequencyCounts: MergeableStatistics {
  /// The counters that a column keeps when it has too many.
  static let counterCount = 4096

  private var columns: [[Float: Int]]

  /// Makes the counts of no rows of `width` columns.
  public init(width: Int) {
    columns = [[Float: Int]](repeating: [:], count: width)
  }

  /// For each column how many numbers are counted, and then the numbers, ascending, with their counts.
  public var values: [Double] {
    get {
      columns.flatMap { counts in
        [Double(counts.count)]
          + counts.sorted { $0.key < $1.key }.flatMap { [Double($0.key), Double($0.value)] }
      }
    }
    set {
      var place = 0
      for column in columns.indices {
        let count = Int(newValue[place])
        var counts = [Float: Int](minimumCapacity: count)
        for entry in 0..<count {
          counts[Float(newValue[place + 1 + 2 * entry])] = Int(newValue[place + 2 + 2 * entry])
        }
        columns[column] = counts
        place += 1 + 2 * count
      }
    }
  }

  /// Takes in rows, in which NaN is a missing value.
  public mutating func add(_ rows: UnsafePointer<Float>, rowCount: Int) {
    let width = columns.count
    for column in 0..<width {
      for row in 0..<rowCount {
        let value = rows[row * width + column]
        if value.isNaN { continue }
        columns[column][value, default: 0] += 1
        if columns[column].count > 2 * Self.counterCount { prune(column) }
      }
    }
  }

  /// Takes in the counts of other rows.
  public mutating func merge(_ other: FrequencyCounts) {
    precondition(columns.count == other.columns.count)
    for column in columns.indices {
      columns[column].merge(other.columns[column], uniquingKeysWith: +)
      if columns[column].count > 2 * Self.counterCount { prune(column) }
    }
  }

  /// Deducts the largest count that shall not stay from all: at most a (counters + 1)-th of all rows,
  /// whatever the number of prunings, since that many counts lose as much each time.
  private mutating func prune(_ column: Int) {
    let deducted = columns[column].values.sorted(by: >)[Self.counterCount]
    columns[column] = columns[column].compactMapValues { $0 > deducted ? $0 - deducted : nil }
  }

  /// The most frequent number of a column, the smallest of several; nil when it has no numbers.
  public func mostFrequent(column: Int) -> Double? {
    columns[column].max {
      $0.value != $1.value ? $0.value < $1.value : $0.key > $1.key
    }.map { Double($0.key) }
  }
}
