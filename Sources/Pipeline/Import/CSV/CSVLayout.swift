import Configuration

/// What is known of a CSV file from its beginning: names, columns, and what becomes of them.
struct CSVLayout: Sendable {
  let path: String
  /// The file's size on the disk.
  let fileByteCount: Int
  /// Whether the file is what it holds, and so can be read from any place on.
  let isPlain: Bool
  /// Where the records behind the header begin.
  let start: CSVPlace
  let dialect: CSVDialect
  /// The names in the header; nil without one.
  let columnNames: [String]?
  let columnCount: Int
  /// The column that becomes the target.
  let targetColumn: Int?
  /// Whether every column stays on its own, and may hold texts.
  let isTable: Bool
  let badRows: BadRowPolicy

  /// HDF5 takes some 10 KB of memory for each open data set.
  private static let largestTableColumnCount = 1 << 16
  /// No text of a header or of a class is longer, in bytes.
  static let largestNameByteCount = 1024
  /// The names of a header are stored with one length, that of the longest.
  private static let largestNamesByteCount = 64 << 20

  /// Reads the first record of `source`.
  init(_ source: ByteSource, _ options: ImportOptions) throws(PipelineError) {
    path = source.path
    fileByteCount = source.fileByteCount
    dialect = try CSVDialect(source, options)
    isTable = options.isTable
    badRows = options.badRows
    var records = CSVRecords(source, separator: dialect.separator)
    guard try records.next() else { throw PipelineError("\(path): has no rows") }
    if let fault = records.fault { throw records.error(fault) }
    columnCount = records.fieldCount
    isPlain = !source.isCompressed
    start =
      dialect.hasHeader
      ? records.place(row: 0) : CSVPlace(offset: records.byteOrderMarkCount, line: 1, row: 0)
    let names = dialect.hasHeader ? try Self.names(records) : nil
    columnNames = names
    if let target = options.target {
      targetColumn = try Self.column(target, names, records.fieldCount, source.path)
    } else {
      targetColumn = nil
    }
    guard !isTable || columnCount <= Self.largestTableColumnCount else {
      throw PipelineError(
        "\(path): has \(columnCount) columns, and a table at most"
          + " \(Self.largestTableColumnCount): leave --table out, if they are numbers")
    }
    guard targetColumn == nil || columnCount > 1 else {
      throw PipelineError(
        "\(path): has one column only, which leaves no features beside the target")
    }
  }

  /// Room for the features of a row that is only looked at; nil where features need not be.
  ///
  /// The caller deallocates it.
  func makeFeatures() -> UnsafeMutablePointer<Float>? {
    badRows == .skip && !isTable ? .allocate(capacity: columnCount) : nil
  }

  /// The name of a column in messages.
  func name(_ column: Int) -> String {
    columnNames.map { "'\($0[column].excerpt)'" } ?? "\(column)"
  }

  private static func names(_ records: borrowing CSVRecords) throws(PipelineError) -> [String] {
    var names: [String] = []
    var longest = 1
    for column in 0..<records.fieldCount {
      let name = records.text(column)
      longest = max(longest, name.utf8.count)
      guard longest <= largestNameByteCount else {
        throw records.error(
          "the name of column \(column) has over \(largestNameByteCount) bytes: is the first row a"
            + " header? Else use --no-header")
      }
      names.append(name)
    }
    guard names.count * longest <= largestNamesByteCount else {
      throw records.error(
        "\(names.count) names of up to \(longest) bytes are over \(largestNamesByteCount >> 20) MB:"
          + " shorten the names, or use --no-header")
    }
    return names
  }

  /// The index of the column that `name` means: a header's name, or a number from 0 or, below 0,
  /// from the end.
  private static func column(
    _ name: String, _ names: [String]?, _ count: Int, _ path: String
  ) throws(PipelineError) -> Int {
    if let index = names?.firstIndex(of: name) { return index }
    if let number = Int(name) {
      let index = number < 0 ? count + number : number
      guard index >= 0, index < count else {
        throw PipelineError(
          "\(path): there is no column \(number): there are \(count), counted from 0",
          exitCode: ExitCode.data)
      }
      return index
    }
    guard let names else {
      throw PipelineError(
        "\(path): there is no column '\(name)', for there are no names: give its index from 0,"
          + " or --header")
    }
    let advice = Spelling.advice(for: name, among: Array(names.prefix(30)))
    throw PipelineError("\(path): there is no column '\(name)': \(advice)")
  }
}
