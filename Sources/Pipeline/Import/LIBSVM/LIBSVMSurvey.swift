import HDF5

/// What one look through a LIBSVM file says about it; every row has been checked then.
struct LIBSVMSurvey: RowSurvey, Sendable {
  let path: String
  private(set) var rowCount = 0
  /// The rows with a `qid`, which goes unused.
  private(set) var queryCount = 0
  private(set) var smallestIndex = Int.max
  private(set) var largestIndex = -1
  /// The pairs of all rows together.
  private(set) var pairCount = 0
  /// The pairs of the row that has most.
  private(set) var largestPairCount = 0
  private(set) var target = ImportTarget.Survey()
  private(set) var bad = BadRows()
  /// Where some rows begin, in order; none where one process has read the file from its beginning.
  private(set) var places: [RowPlace] = []

  /// A row has all columns once it is in memory: more of them than this are believed only when they are asked for.
  private static let largestColumnCount = 1 << 20

  /// Looks through the file: a plain one with all processes of `crew`, a gzipped one in process 0
  /// alone.
  ///
  /// Collective and blocking; all processes get the same.
  init(
    path: String, options: ImportOptions, crew: any ImportCrew, _ report: ImportReport
  ) throws {
    let isAlone = crew.size == 1
    let isPlain = try crew.agree {
      let source = try ByteSource(path)
      _ = try source.start(1)
      return !source.isCompressed
    }
    let part = isAlone || !isPlain ? nil : try LinePart(of: path, crew, report)
    var own = LIBSVMSurvey(path)
    let all = try crew.share { message in
      if let part {
        try own.look(through: part, options, report)
      } else if crew.rank == 0 {
        try own.lookThrough(options, report)
      }
      if !isAlone { own.write(to: &message) }
    }
    if isAlone {
      self = own
    } else {
      self.init(path)
      for var message in all { merge(&message) }
    }
    guard rowCount > 0 else {
      guard let line = bad.lines.first else { throw PipelineError("\(path): has no rows") }
      throw PipelineError(
        "\(path): none of its \(bad.count) rows can be used: line \(line): \(bad.firstProblem)")
    }
  }

  /// Knows nothing of the rows yet.
  private init(_ path: String) { self.path = path }

  /// Looks through the whole file.
  private mutating func lookThrough(
    _ options: ImportOptions, _ report: ImportReport
  ) throws(PipelineError) {
    let path = path
    let source = try ByteSource(path)
    var rows = LIBSVMRows(source, options.badRows)
    try look(at: &rows, fileByteCount: source.fileByteCount) { (_) throws(PipelineError) in
      try report.advance(path, source.fraction, "looking through")
    }
  }

  /// Looks through the rows of a part, and keeps the places of some.
  private mutating func look(
    through part: LinePart, _ options: ImportOptions, _ report: ImportReport
  ) throws(PipelineError) {
    guard let first = part.first else { return }
    let path = path
    places = [first]
    var rows = LIBSVMRows(part.file, from: first, to: part.end, options.badRows)
    try look(at: &rows, fileByteCount: part.file.byteCount) { (offset) throws(PipelineError) in
      try report.advance(
        path, min(1, Double(offset - first.offset) / Double(part.end - first.offset)),
        "looking through")
    }
    if rowCount == 0 { places = [] }
  }

  /// Takes all `rows` in; tells how far it is now and then.
  private mutating func look(
    at rows: inout LIBSVMRows, fileByteCount: Int,
    _ advance: (_ offset: Int) throws(PipelineError) -> Void
  ) throws(PipelineError) {
    let spacing = RowPlace.spacing(fileByteCount: fileByteCount)
    var nextPlace = places.first.map { $0.offset + spacing } ?? .max
    while try rows.next() {
      rowCount += 1
      if rows.row.hasQuery { queryCount += 1 }
      pairCount += rows.row.pairs.count
      largestPairCount = max(largestPairCount, rows.row.pairs.count)
      if let first = rows.row.pairs.first { smallestIndex = min(smallestIndex, first.index) }
      if let last = rows.row.pairs.last { largestIndex = max(largestIndex, last.index) }
      target.add(rows.row.label)
      let place = rows.place(row: rowCount)
      if place.offset >= nextPlace {
        places.append(place)
        nextPlace = place.offset + spacing
      }
      if rowCount % 1024 == 0 { try advance(place.offset) }
    }
    bad = rows.bad
  }

  /// What processes tell each other of their parts.
  private func write(to message: inout ImportMessage) {
    message.append(rowCount)
    message.append(queryCount)
    message.append(smallestIndex)
    message.append(largestIndex)
    message.append(pairCount)
    message.append(largestPairCount)
    target.write(to: &message)
    bad.write(to: &message)
    places.write(to: &message)
  }

  /// Takes in what the process of the part behind this one says.
  private mutating func merge(_ message: inout ImportMessage.Reader) {
    let firstRow = rowCount
    rowCount += message.number()
    queryCount += message.number()
    smallestIndex = min(smallestIndex, message.number())
    largestIndex = max(largestIndex, message.number())
    pairCount += message.number()
    largestPairCount = max(largestPairCount, message.number())
    target.merge(ImportTarget.Survey(from: &message))
    bad.merge(BadRows(from: &message), behind: firstRow)
    places.merge(&message, behind: firstRow)
  }

  /// Says in a summary what has been left out.
  func tell(_ entry: inout ImportSummary.Entry) {
    entry.badRows = bad
    if queryCount > 0 { entry.notes.append("qid of \(queryCount) rows left out") }
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
          "\(survey?.path ?? ""): has the index \(end - 1), and in memory a row of so many columns takes"
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
