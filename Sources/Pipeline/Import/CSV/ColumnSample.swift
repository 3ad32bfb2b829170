import Configuration

/// The columns of a table by the beginning of a CSV file: names, and kinds as far as the first rows tell.
package struct ColumnSample: Sendable {
  /// The names, or `column_0` and so on.
  package let names: [String]
  /// Whether the names are the file's, or `ImportOptions.columnNames`.
  package let areNamed: Bool
  /// The names of the data sets that the columns become, which a job may name, too.
  private let childNames: [String]
  private let columns: [CSVColumn]
  private let path: String

  private static let rowCount = 1000

  /// Reads the beginning of the file at `path`; what is wrong with its rows is told when all are read.
  ///
  /// - Throws: `PipelineError` for a file that is not there, or whose first line cannot be read.
  package init(_ path: String, _ options: ImportOptions) throws(PipelineError) {
    self.path = path
    let source = try ByteSource(path)
    let layout = try CSVLayout(source, options)
    names = (0..<layout.columnCount).map(layout.columnName)
    areNamed = layout.columnNames != nil
    childNames = CSVTableImport.names(layout)
    var columns = [CSVColumn](repeating: CSVColumn(), count: names.count)
    try source.rewind()
    var records = CSVRecords(source, separator: layout.dialect.separator)
    if layout.dialect.hasHeader { _ = try records.next() }
    for _ in 0..<Self.rowCount {
      guard (try? records.next()) == true else { break }
      guard records.fault == nil, records.fieldCount == names.count else { continue }
      for column in columns.indices { columns[column].add(records.field(column)) }
    }
    self.columns = columns
  }

  /// Throws for a column that the job names and that is not there, naming the nearest.
  ///
  /// It is one of `source`, or one that a stage of `table` reads; fitted stages read columns that are known. What
  /// else does not fit a stage is told when all rows are known: a column that begins with numbers may yet hold texts.
  package func check(
    _ source: DataSource, for table: [any TableStage], areFitted: Bool = false
  ) throws(PipelineError) {
    let features = areFitted ? [] : source.namedFeatures
    for name in features + source.leftOut
    where !names.contains(name) && !childNames.contains(name) {
      // A target may be the number of a column.
      guard name == source.target, Int(name) != nil, table.isEmpty else {
        throw missingColumn(name, among: names, of: path, "column")
      }
    }
    guard !table.isEmpty else { return }
    let wanted =
      source.takesAllColumns
      ? names.filter { !source.leftOut.contains($0) } : features
    var found: [Column] = []
    for name in wanted {
      guard let place = names.firstIndex(of: name) else { continue }
      found.append(Column(name, columns[place].areAllNumbers ? .number(width: 1) : .text))
    }
    do throws(PipelineError) {
      _ = try table.output(of: Schema(found, of: path))
    } catch {
      guard error.exitCode == ExitCode.missingInput else { return }
      throw PipelineError("\(path): \(error.description)", exitCode: error.exitCode)
    }
  }
}
