import Configuration

/// What one look through a CSV file says about it; every row has been checked then.
struct CSVSurvey {
  let path: String
  let dialect: CSVDialect
  /// The names in the header; nil without one.
  let columnNames: [String]?
  let columnCount: Int
  private(set) var rowCount = 0
  private(set) var missingCount = 0
  /// The column that becomes the target.
  let targetColumn: Int?
  private(set) var target = Target()

  /// What stands in the target's column.
  struct Target {
    var areAllNumbers = true
    var areAllWhole = true
    var range: ClosedRange<Double>?
    /// The different texts, as long as they could be classes.
    var words: Set<String>? = []
  }

  private static let largestClassCount = 65_536

  /// Looks through the file.
  init(path: String, options: ImportOptions, _ report: ImportReport) throws(PipelineError) {
    let source = try ByteSource(path)
    dialect = try CSVDialect(source, options)
    self.path = path
    var records = try CSVRecords(source, separator: dialect.separator)
    guard try records.next() else { throw PipelineError("\(path): has no rows") }
    columnCount = records.fieldCount
    let names = dialect.hasHeader ? (0..<records.fieldCount).map { records.text($0) } : nil
    columnNames = names
    var targetColumn: Int?
    if let name = options.target {
      targetColumn = try Self.column(name, names, records.fieldCount, path)
    }
    self.targetColumn = targetColumn
    guard targetColumn == nil || columnCount > 1 else {
      throw PipelineError(
        "\(path): has one column only, which leaves no features beside the target")
    }
    var hasRecord = dialect.hasHeader ? try records.next() : true
    while hasRecord {
      try check(records)
      rowCount += 1
      if rowCount % 1024 == 0 {
        try report.advance(path, source.fraction, "looking through")
      }
      hasRecord = try records.next()
    }
    guard rowCount > 0 else { throw PipelineError("\(path): has a line of names but no rows") }
  }

  /// The name of a column in messages.
  private func name(_ column: Int) -> String {
    columnNames.map { "'\($0[column])'" } ?? "\(column)"
  }

  private mutating func check(_ records: CSVRecords) throws(PipelineError) {
    guard records.fieldCount == columnCount else {
      throw records.error(
        "the row has \(records.fieldCount) fields, the first has \(columnCount): mend the row")
    }
    for column in 0..<columnCount {
      let cell = CSVCell(records.field(column))
      if column == targetColumn {
        try addTarget(cell, records, column)
      } else if cell == .missing {
        missingCount += 1
      } else if !cell.isFiniteFloat {
        throw records.error(
          "column \(name(column)) holds '\(records.excerpt(column))', which is no finite"
            + " number: make the column the --target, or numbers of its texts")
      }
    }
  }

  private mutating func addTarget(
    _ cell: CSVCell, _ records: CSVRecords, _ column: Int
  ) throws(PipelineError) {
    switch cell {
    case .missing:
      throw records.error("the target \(name(column)) is missing: fill it in or remove the row")
    case .text: target.areAllNumbers = false
    case .number(let number):
      if number != number.rounded() || abs(number) > 0x1p53 { target.areAllWhole = false }
      let range = target.range ?? number...number
      target.range = min(range.lowerBound, number)...max(range.upperBound, number)
    }
    target.words?.insert(records.text(column))
    if let count = target.words?.count, count > Self.largestClassCount { target.words = nil }
    guard target.areAllNumbers || target.words != nil else {
      throw records.error(
        "the target \(name(column)) has over \(Self.largestClassCount) different texts:"
          + " choose another column")
    }
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
