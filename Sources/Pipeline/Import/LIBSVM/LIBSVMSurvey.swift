/// What one look through a LIBSVM file says about it; every row has been checked then.
struct LIBSVMSurvey: Sendable {
  let path: String
  private(set) var rowCount = 0
  /// The rows with a `qid`, which goes unused.
  private(set) var queryCount = 0
  private(set) var smallestIndex = Int.max
  private(set) var largestIndex = -1
  private(set) var target = ImportTarget.Survey()
  private(set) var bad = BadRows()

  /// A dense row has all columns: more of them than this are believed only when they are asked for.
  private static let largestColumnCount = 1 << 20

  /// Looks through the file.
  init(path: String, options: ImportOptions, _ report: ImportReport) throws(PipelineError) {
    self.path = path
    let source = try ByteSource(path)
    var rows = LIBSVMRows(source, options)
    while try rows.next() {
      rowCount += 1
      if rows.row.hasQuery { queryCount += 1 }
      if let first = rows.row.pairs.first { smallestIndex = min(smallestIndex, first.index) }
      if let last = rows.row.pairs.last { largestIndex = max(largestIndex, last.index) }
      target.add(rows.row.label)
      if rowCount % 1024 == 0 { try report.advance(path, source.fraction, "looking through") }
    }
    bad = rows.bad
    guard rowCount > 0 else {
      guard let line = bad.lines.first else { throw PipelineError("\(path): has no rows") }
      throw PipelineError(
        "\(path): none of its \(bad.count) rows can be used: line \(line): \(bad.firstProblem)")
    }
  }

  /// The columns that the files of an import have together, and the index of the first.
  ///
  /// An index 0 anywhere means that they count from 0.
  static func columns(
    _ surveys: [LIBSVMSurvey], _ options: ImportOptions
  ) throws(PipelineError) -> Range<Int> {
    let first = surveys.contains { $0.smallestIndex == 0 } ? 0 : 1
    var end = first + 1
    for survey in surveys where survey.largestIndex >= end { end = survey.largestIndex + 1 }
    guard let count = options.columns else {
      guard end - first <= largestColumnCount else {
        let survey = surveys.first { $0.largestIndex == end - 1 }
        throw PipelineError(
          "\(survey?.path ?? ""): has the index \(end - 1), and a dense row of so many columns takes"
            + " \((end - first) >> 18) MB: say --columns \(end - first) if that is meant")
      }
      return first..<end
    }
    for survey in surveys where survey.largestIndex >= first + count {
      throw PipelineError(
        "\(survey.path): has the index \(survey.largestIndex), counted from \(first), which is"
          + " beyond --columns \(count)")
    }
    return first..<first + count
  }
}

/// The rows of a LIBSVM file that can be used, one after the other.
struct LIBSVMRows: ~Copyable {
  /// The current row.
  private(set) var row = LIBSVMRow()
  /// The rows that were passed over.
  private(set) var bad = BadRows()
  private var lines: TextLines
  private let policy: BadRowPolicy

  /// Reads `source`, which is at its beginning.
  init(_ source: ByteSource, _ options: ImportOptions) {
    lines = TextLines(source)
    policy = options.badRows
  }

  /// Goes to the next row that can be used; false at the end.
  mutating func next() throws(PipelineError) -> Bool {
    while try lines.next() {
      switch row.read(lines.line) {
      case .blank: continue
      case .row: return true
      case .bad(let problem):
        guard policy == .skip else { throw lines.error(problem) }
        bad.add(line: lines.lineNumber, problem)
      }
    }
    return false
  }
}
