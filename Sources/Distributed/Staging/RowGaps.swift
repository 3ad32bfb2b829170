internal import Pipeline

/// Where rows of a file are missing among those that could be read.
package struct RowGaps: Sendable, Equatable {
  /// How many rows could be read before each row that could not, ascending.
  private(set) package var places: [Int] = []
  /// The rows that could be read.
  private(set) package var rowCount = 0
  /// Whether there are gaps whose places are not known: so many that they were not kept.
  private(set) var areMore = false
  /// What was wrong, in one line for each file.
  private(set) package var remarks: [String] = []

  /// No file yet.
  package init() {}

  /// Makes gaps of their places among `rowCount` rows.
  package init(_ places: [Int], rowCount: Int) {
    (self.places, self.rowCount) = (places, rowCount)
  }

  /// Adds the rows of a file, which stand behind those before.
  ///
  /// - Throws: `DistributedError` where there are more gaps than can be told, if their places are needed.
  mutating func append(
    rowCount: Int, bad: BadRows, of path: String, needsPlaces: Bool = true
  ) throws(DistributedError) {
    if bad.count > 0 {
      let lines = bad.lines.prefix(10).map(String.init).joined(separator: ", ")
      remarks.append(
        bad.count == 1
          ? "\(path): 1 row cannot be read, on line \(lines): \(bad.firstProblem)"
          : "\(path): \(bad.count) rows cannot be read, on lines \(lines)\(bad.count > 10 ? ", ..." : ""); the "
            + "first: \(bad.firstProblem)")
    }
    // A reader of one kind tells no places.
    guard !needsPlaces || bad.places.isEmpty || bad.places.count == bad.count else {
      throw DistributedError(
        "\(path): \(bad.count) rows cannot be read, too many to leave them out: line \(bad.lines[0]): "
          + bad.firstProblem)
    }
    areMore = areMore || bad.places.count != bad.count
    places += bad.places.map { self.rowCount + $0 }
    self.rowCount += rowCount
  }

  /// All rows, those that could be read and those that could not.
  package var wholeCount: Int { rowCount + places.count }

  /// The place, among those that could be read, of row `row` of all; of the next one for a gap.
  package func place(of row: Int) -> Int { row - index(from: row) }

  /// The row of all that is at `place` among those that could be read.
  package func row(at place: Int) -> Int {
    var (low, high) = (0, places.count)
    while low < high {
      let middle = (low + high) / 2
      if places[middle] <= place { low = middle + 1 } else { high = middle }
    }
    return place + low
  }

  /// Which gaps are among rows `range` of all; all of them without a range.
  package func indices(in range: Range<Int>?) -> Range<Int> {
    guard let range else { return places.indices }
    return index(from: range.lowerBound)..<index(from: range.upperBound)
  }

  /// The first gap that is not before row `row` of all.
  private func index(from row: Int) -> Int {
    // The k-th gap is row places[k] + k.
    var (low, high) = (0, places.count)
    while low < high {
      let middle = (low + high) / 2
      if places[middle] + middle < row { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
