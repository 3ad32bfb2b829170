/// What a look through all rows of a table says about its columns.
public struct TableSummary: Sendable {
  /// What a column holds.
  public struct Entry: Sendable {
    /// The column's name and kind.
    public let column: Column
    /// How many cells are missing; of a cell of several numbers each counts.
    public let missingCount: Int
    /// Whether all numbers that are there are whole; false for texts.
    public let areWhole: Bool
    /// The different cells, by the alphabet or by size, and how often each occurs; nil where these are more than
    /// `mostCategories`, or cells have several numbers.
    public let categories: [Category]?
  }

  /// One of the different cells of a column.
  public struct Category: Sendable, Equatable {
    /// The cell's text.
    public let text: String
    /// How often it occurs.
    public let count: Int
  }

  /// More different cells in a column are not told apart.
  public static let mostCategories = 1024

  /// How many rows there are.
  public let rowCount: Int
  /// The columns, in the table's order.
  public let columns: [Entry]

  /// The names and kinds of all columns.
  public var schema: [Column] { columns.map(\.column) }

  /// Looks through `rows`, without them all, of the table of `source` and, through `reducer`, of all other
  /// processes.
  ///
  /// One streaming pass. Collective over the reducer's processes; `rows` may be empty on some of them.
  /// - Throws: `PipelineError` for a file or table that is not there.
  public init(
    of source: DataSource, rows: RowSet? = nil, reducer: any Reducer = InProcessReducer()
  ) throws {
    var all = source
    all.tableUse = .columns
    all.takesAllColumns = true
    (all.target, all.weights, all.leftOut) = (nil, nil, [])
    let opened = try all.openFiles(for: "a table has columns of files")
    guard let schema = opened.schema else { preconditionFailure("a source without a table") }
    let width = schema.columns.reduce(0) { $0 + ($1.kind.width ?? 8) }
    let blockRowCount = max(1, min(try opened.cellRowCount(), (4 << 20) / max(1, width)))
    let cells = schema.columns.map { CellColumn($0.kind, rowCount: blockRowCount) }
    let inputs = cells.enumerated().map { (index: $0.offset, column: $0.element) }
    var findings = TableSurvey(schema.columns)
    for run in opened.fileRows(rows) {
      var row = run.lowerBound
      while row < run.upperBound {
        let end = min((row / blockRowCount + 1) * blockRowCount, run.upperBound)
        try opened.readCells(row..<end, into: inputs)
        findings.add(
          TableBlock(
            cells, names: schema.columns.map(\.name), rowCount: end - row, firstRow: row))
        reducer.goesOn()
        row = end
      }
    }
    let merged = try reducer.merge(findings)
    rowCount = merged.rowCount
    columns = zip(schema.columns, merged.columns).map { column, found in
      Entry(
        column: column, missingCount: found.missingCount, areWhole: found.areWhole,
        categories: found.categories(areNumbers: column.kind != .text))
    }
  }
}
