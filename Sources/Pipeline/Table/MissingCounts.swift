import HDF5

/// How many cells of each column of a table are missing: NaN, or an empty text.
package struct MissingCounts: MergeableFindings {
  /// The count of each column.
  package var values: [Double]

  /// No rows yet.
  init(columnCount: Int) { values = [Double](repeating: 0, count: columnCount) }

  /// The missing cells of each column.
  package var counts: [Int] { values.map { Int($0) } }

  /// Takes in rows of all columns, by their places; of one with several numbers in a row, each counts.
  mutating func add(_ columns: [(index: Int, column: CellColumn)], rowCount: Int) {
    for (index, column) in columns {
      var count = 0
      if column.isText {
        for row in 0..<rowCount where column.texts.range(row).isEmpty { count += 1 }
      } else {
        for place in 0..<rowCount * column.width where column.numbers[place].isNaN { count += 1 }
      }
      values[index] += Double(count)
    }
  }

  package mutating func merge(_ other: MissingCounts) {
    for index in values.indices { values[index] += other.values[index] }
  }
}
