import Configuration

/// What is known of a CSV file from its beginning: names, columns, and what becomes of them.
struct CSVLayout: Sendable {
  let path: String
  /// The file's size on the disk.
  let fileByteCount: Int
  /// Whether the file is what it holds, and so can be read from any place on.
  let isPlain: Bool
  /// Where the records behind the header begin.
  let start: RowPlace
  let dialect: CSVDialect
  /// The names in the header; nil without one.
  let columnNames: [String]?
  let columnCount: Int
  /// The columns in the order in which they are written.
  let order: [Int]
  /// The column that becomes the target.
  let targetColumn: Int?
  /// The columns that are no target, in the order in which they are written.
  let featureColumns: [Int]
  /// Whether every column stays on its own, and may hold texts.
  let isTable: Bool
  /// The columns of a table that must hold numbers, and those whose numbers are texts.
  let numberColumns, textColumns: [Int]
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
    isTable = options.isTable
    badRows = options.badRows
    var dialect = try CSVDialect(source, options)
    var records = CSVRecords(source, separator: dialect.separator)
    guard try records.next() else { throw PipelineError("\(path): has no rows") }
    if let fault = records.fault { throw records.error(fault) }
    columnCount = records.fieldCount
    isPlain = !source.isCompressed
    let order = options.columnOrder
    if options.hasHeader == nil,
      !options.columnKinds.isEmpty || options.columnNames != nil || !order.isEmpty
    {
      // A line that has the names that are asked for is one of names, whatever it looks like.
      let first = (0..<columnCount).map { records.text($0) }
      let wanted = options.columnNames ?? Array(options.columnKinds.keys) + order
      let hasAll = !wanted.isEmpty && Set(wanted).isSubset(of: first)
      dialect.hasHeader = hasAll || dialect.hasHeader && options.columnNames == nil
    }
    self.dialect = dialect
    start =
      dialect.hasHeader
      ? records.place(row: 0) : RowPlace(offset: records.byteOrderMarkCount, line: 1, row: 0)
    let names = dialect.hasHeader ? try Self.names(records) : options.columnNames
    guard names?.count ?? columnCount == columnCount else {
      throw PipelineError(
        "\(path): has \(columnCount) columns, and \(names?.count ?? 0) were named: name each, in order",
        exitCode: ExitCode.usage)
    }
    columnNames = names
    (numberColumns, textColumns) = try Self.places(
      of: options.columnKinds, names, columnCount, path)
    let places = try Self.places(inOrder: order, names, columnCount, path)
    self.order = places
    if let target = options.target {
      // An index counts the columns as they are written.
      let ordered = names.map { names in places.map { names[$0] } }
      targetColumn = places[try Self.column(target, ordered, columnCount, path)]
    } else {
      targetColumn = nil
    }
    let targetColumn = targetColumn
    featureColumns = places.filter { $0 != targetColumn }
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

  /// The places of columns that are asked for: those of numbers, and those of texts.
  private static func places(
    of kinds: [String: ColumnKind], _ names: [String]?, _ count: Int, _ path: String
  ) throws(PipelineError) -> (numbers: [Int], texts: [Int]) {
    guard !kinds.isEmpty else { return ([], []) }
    let all = names ?? (0..<count).map { "column_\($0)" }
    var places: [String: Int] = [:]
    for (index, name) in all.enumerated() where places[name] == nil { places[name] = index }
    var found: (numbers: [Int], texts: [Int]) = ([], [])
    for (name, kind) in kinds.sorted(by: { $0.key < $1.key }) {
      guard let place = places[name] else {
        guard names != nil else {
          throw PipelineError(
            "\(path): has no line of names, and a column '\(name)' is asked for: name its \(count) columns"
              + " in order with --columns, in a job with csv.columns, or begin it with a line of names",
            exitCode: ExitCode.missingInput)
        }
        throw missingColumn(name, among: all, of: path, "column")
      }
      if kind == .text { found.texts.append(place) } else { found.numbers.append(place) }
    }
    return found
  }

  /// The places of the columns called `order`; all as they stand where none are, and in a file without names.
  ///
  /// - Throws: `PipelineError` for a column that is missing or one too many, naming the nearest.
  private static func places(
    inOrder order: [String], _ names: [String]?, _ count: Int, _ path: String
  ) throws(PipelineError) -> [Int] {
    let all = Array(0..<count)
    guard !order.isEmpty, order != names else { return all }
    guard let names else {
      guard count == order.count else {
        throw PipelineError(
          "\(path): has \(count) columns and no line of names, and the columns \(words(order)) are asked for: "
            + "give it as many, or a line of names")
      }
      return all
    }
    var places: [String: Int] = [:]
    for (index, name) in names.enumerated() where places[name] == nil { places[name] = index }
    for name in order where places[name] == nil {
      throw missingColumn(name, among: names, of: path, "column")
    }
    let wanted = Set(order)
    for name in names where !wanted.contains(name) {
      let nearest = Spelling.nearest(to: name, among: order)
      throw PipelineError(
        "\(path): has a column '\(name)', which is none of \(words(order)): "
          + "\(nearest.map { "did you mean '\($0)'? R" } ?? "r")emove or rename it")
    }
    guard wanted.count == order.count, names.count == order.count else {
      throw PipelineError(
        "\(path): two columns have the same name, and not in the order \(words(order)): rename one")
    }
    return order.compactMap { places[$0] }
  }

  private static func words(_ names: [String]) -> String {
    names.prefix(12).joined(separator: ", ") + (names.count > 12 ? ", ..." : "")
  }

  /// Room for the features of a row that is only looked at; nil where features need not be.
  ///
  /// The caller deallocates it.
  func makeFeatures() -> UnsafeMutablePointer<Float>? {
    badRows == .skip && !isTable ? .allocate(capacity: columnCount) : nil
  }

  /// The name of a column: `column_0` and so on in a file without names.
  func columnName(_ column: Int) -> String { columnNames?[column] ?? "column_\(column)" }

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
    if names == nil, name.hasPrefix("column_"), let index = Int(name.dropFirst(7)), index >= 0,
      index < count
    {
      return index
    }
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
