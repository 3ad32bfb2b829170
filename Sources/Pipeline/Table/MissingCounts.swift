import HDF5

/// How many cells of each column of a table are missing: NaN, or an empty text.
package struct MissingCounts: MergeableFindings {
  /// The rows, and behind them the count of each column.
  package var values: [Double]

  /// No rows yet.
  init(columnCount: Int) { values = [Double](repeating: 0, count: columnCount + 1) }

  /// The rows that were looked at.
  package var rowCount: Int { Int(values[0]) }
  /// The missing cells of each column.
  package var counts: [Int] { values.dropFirst().map { Int($0) } }

  /// Takes in rows of a column; of one with several numbers in a row, each counts.
  mutating func add(_ column: CellColumn, rowCount: Int, at index: Int) {
    var count = 0
    if column.isText {
      for row in 0..<rowCount where column.texts.range(row).isEmpty { count += 1 }
    } else {
      for place in 0..<rowCount * column.width where column.numbers[place].isNaN { count += 1 }
    }
    values[index + 1] += Double(count)
  }

  package mutating func merge(_ other: MissingCounts) {
    for index in values.indices { values[index] += other.values[index] }
  }
}

extension PipelineConfiguration {
  /// Counts the missing cells of the table of `source`, as stages are fitted to it, in `rows`, and through
  /// `reducer` in those of all other processes; nil where there are no stages for a table.
  ///
  /// One streaming pass. Collective over the reducer's processes; `rows` may be empty on some of them.
  package func missingCounts(
    of source: DataSource, rows: RowSet? = nil, reducer: any Reducer = InProcessReducer()
  ) throws -> (schema: Schema, missing: MissingCounts)? {
    guard !table.isEmpty else { return nil }
    var columns = source
    columns.tableUse = .columns
    let opened = try columns.open()
    guard let schema = opened.schema else { return nil }
    var missing = MissingCounts(columnCount: schema.columns.count)
    let width = schema.columns.reduce(0) { $0 + ($1.kind.width ?? 8) }
    let blockRowCount = max(1, min(4096, (4 << 20) / max(1, width)))
    let cells = schema.columns.enumerated().map { index, column in
      (index: index, column: CellColumn(column.kind, rowCount: blockRowCount))
    }
    for run in opened.fileRows(rows) {
      var row = run.lowerBound
      while row < run.upperBound {
        let end = min((row / blockRowCount + 1) * blockRowCount, run.upperBound)
        try opened.readCells(row..<end, into: cells)
        for (index, column) in cells { missing.add(column, rowCount: end - row, at: index) }
        missing.values[0] += Double(end - row)
        reducer.goesOn()
        row = end
      }
    }
    return (schema, try reducer.merge(missing))
  }
}
