import HDF5

/// Writes each column of a CSV file that has been looked through as a data set of its own.
///
/// The group has the attributes `columns`, the data sets' names in the file's order or that asked for, and `kind`,
/// `table`. Whole numbers are `int64`, numbers `float64` with NaN where one is missing, texts
/// strings, empty where one is missing.
struct CSVTableImport: SharedImport {
  let survey: CSVSurvey
  /// The group's name.
  let name: String
  let options: ImportOptions
  let crew: any ImportCrew

  /// A column of numbers is a chunk of 128 KB then.
  private static let usualChunkRows = 16_384
  /// What one block may take in memory, whatever the columns are.
  private static let usualBlockByteCount = 64 << 20
  private static let largestBlockByteCount = 256 << 20

  var isShared: Bool { survey.isShared }

  func run(into file: borrowing File, _ report: ImportReport) throws -> [ImportSummary.Entry] {
    let layout = survey.layout
    let group = try file.root().createGroup(name)
    let names = Self.names(layout)
    let blockRows = try blockRows()
    let table = CSVTableBlock(
      survey, blockRows: blockRows, compressor: try options.makeCompressor())
    var writers: [TableColumnWriter] = []
    for (index, column) in table.columns.enumerated() {
      let writer = try TableColumnWriter(
        names[index], column, rowCount: survey.rowCount, gzip: options.gzip, in: group)
      if let original = layout.columnNames?[index], original != names[index] {
        try writer.dataset.writeAttribute("name", original)
      }
      writers.append(writer)
    }
    try group.writeAttribute("kind", "table")
    try group.writeAttribute("columns", layout.order.map { names[$0] })
    try RowTurns(survey, blockRows: blockRows, crew: crew, report)
      .write(survey, table) { rows in
        for writer in writers { try writer.write(rows: rows) }
      } others: { rows, message in
        for writer in writers { try writer.write(rows: rows, from: &message) }
      }
    var entry = ImportSummary.Entry(
      name: name, path: layout.path, shape: [survey.rowCount, names.count], type: .other("table"))
    entry.badRows = survey.bad
    for (index, column) in survey.columns.enumerated() {
      entry.missingCount += column.missingCount
      entry.columns.append(
        ImportSummary.Column(
          name: names[index], type: column.elementType, missingCount: column.missingCount))
    }
    return [entry]
  }

  func assist(_ report: ImportReport) throws {
    let blockRows = try blockRows()
    let compressor = try options.makeCompressor()
    try RowTurns(survey, blockRows: blockRows, crew: crew, report).assist(survey) {
      CSVTableBlock(survey, blockRows: blockRows, compressor: compressor)
    }
  }

  /// The rows of a chunk, and of what is kept in memory of all columns.
  private func blockRows() throws(PipelineError) -> Int {
    let rowByteCount = max(1, survey.columns.reduce(0) { $0 + TableColumn.rowByteCount($1) })
    let usual = max(1, min(Self.usualChunkRows, Self.usualBlockByteCount / rowByteCount))
    let rows = min(options.chunkRows ?? usual, survey.rowCount)
    guard rows <= max(1, Self.largestBlockByteCount / rowByteCount) else {
      throw PipelineError(
        "'\(name)': \(rows) rows of \(rowByteCount) bytes are over"
          + " \(Self.largestBlockByteCount >> 20) MB of memory: use a smaller --chunk-rows")
    }
    return rows
  }

  /// Names that HDF5 takes, each once: the header's, without `/`.
  static func names(_ layout: CSVLayout) -> [String] {
    var taken: Set<String> = []
    // What was tried last for each name that is there several times.
    var counts: [String: Int] = [:]
    return (0..<layout.columnCount).map { column in
      var stem = layout.columnNames?[column] ?? ""
      stem = String(stem.map { $0 == "/" || $0 == "\0" ? "_" : $0 })
      if stem.isEmpty || stem == "." || stem == ".." { stem = "column_\(column)" }
      var name = stem
      while !taken.insert(name).inserted {
        let count = counts[stem, default: 1] + 1
        counts[stem] = count
        name = "\(stem)_\(count)"
      }
      return name
    }
  }
}

/// A block of a table.
final class CSVTableBlock: CSVBlock {
  /// The columns, in order.
  let columns: [TableColumn]
  /// Where the cells of each go: numbers, most of large tables, without a look at its column.
  private let places: [TableColumn.Place]

  init(_ survey: CSVSurvey, blockRows: Int, compressor: ChunkCompressor?) {
    let packing = ChunkPacking(chunkRows: blockRows, compressor)
    columns = survey.columns.map { TableColumn($0, rowCount: survey.rowCount, packing) }
    places = columns.map(\.place)
  }

  func features(at index: Int) -> UnsafeMutablePointer<Float>? { nil }

  func take(_ rows: borrowing CSVRows, at index: Int) -> Bool {
    for column in places.indices {
      let field = rows.records.field(column)
      let place = places[column]
      if case .texts = place {
        guard columns[column].take(field, at: index) else { return false }
      } else {
        guard place.take(field, at: index) else { return false }
      }
    }
    return true
  }

  func pack(_ rowCount: Int, into message: inout ImportMessage) {
    for column in columns { column.pack(rowCount, into: &message) }
  }
}
