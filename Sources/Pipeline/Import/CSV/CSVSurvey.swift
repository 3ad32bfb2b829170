import Configuration

/// What one look through a CSV file says about it: how many rows it has, and what is in them, as far
/// as that must be known before the first is written.
struct CSVSurvey: RowSurvey, Sendable {
  let layout: CSVLayout
  private(set) var rowCount = 0
  private(set) var bad = BadRows()
  private(set) var target = ImportTarget.Survey()
  /// What the columns of a table hold; empty otherwise.
  private(set) var columns: [CSVColumn] = []
  /// Where some rows begin, in order; none where one process has read the file from its beginning.
  private(set) var places: [RowPlace] = []

  var path: String { layout.path }

  /// Looks through the file: a plain one with all processes of `crew`, another one in process 0 alone.
  ///
  /// Collective and blocking; all processes get the same.
  init(
    path: String, options: ImportOptions, crew: any ImportCrew, _ report: ImportReport
  ) throws {
    let layout = try crew.agree { try CSVLayout(ByteSource(path), options) }
    let isAlone = crew.size == 1
    let part = isAlone || !layout.isPlain ? nil : try CSVPart(of: layout, crew, report)
    var own = CSVSurvey(layout)
    let all = try crew.share { message in
      if let part {
        try own.look(through: part, report)
      } else if crew.rank == 0 {
        try own.lookThrough(report)
      }
      if !isAlone { own.write(to: &message) }
    }
    if isAlone {
      self = own
    } else {
      self.init(layout)
      for var message in all { try merge(&message) }
    }
    guard rowCount > 0 else {
      guard let line = bad.lines.first else {
        throw PipelineError("\(path): has a line of names but no rows")
      }
      throw PipelineError(
        "\(path): none of its \(bad.count) rows can be used: line \(line): \(bad.firstProblem)")
    }
  }

  /// Knows nothing of the rows yet.
  private init(_ layout: CSVLayout) {
    self.layout = layout
    if layout.isTable {
      columns = [CSVColumn](repeating: CSVColumn(), count: layout.columnCount)
      for column in layout.textColumns { columns[column] = CSVColumn(isText: true) }
    }
  }

  /// Makes the columns of the table of the types that hold what `others` have found in columns of the same
  /// names; in a file without names, in the same places.
  mutating func widen(to others: [String: CSVColumn]) {
    for column in columns.indices {
      if let other = others[layout.columnName(column)] { columns[column].widen(to: other) }
    }
  }

  /// Looks through the whole file.
  private mutating func lookThrough(_ report: ImportReport) throws(PipelineError) {
    let path = path
    let source = try ByteSource(path)
    var rows = try CSVRows(source, layout)
    try look(at: &rows) { (_) throws(PipelineError) in
      try report.advance(path, source.fraction, "looking through")
    }
  }

  /// Looks through the rows of a part, and keeps the places of some.
  private mutating func look(
    through part: CSVPart, _ report: ImportReport
  ) throws(PipelineError) {
    guard let first = part.first else { return }
    let path = path
    places = [first]
    var rows = CSVRows(part.file, layout, from: first, to: part.end)
    try look(at: &rows) { (offset) throws(PipelineError) in
      try report.advance(
        path, Double(offset - first.offset) / Double(part.end - first.offset), "looking through")
    }
    if rowCount == 0 { places = [] }
  }

  /// Takes all `rows` in; tells how far it is now and then.
  private mutating func look(
    at rows: inout CSVRows, _ advance: (_ offset: Int) throws(PipelineError) -> Void
  ) throws(PipelineError) {
    let placeByteCount = RowPlace.spacing(fileByteCount: layout.fileByteCount)
    var nextPlace = places.first.map { $0.offset + placeByteCount } ?? .max
    // Which rows are passed over is known only when all of each is read.
    let features = layout.makeFeatures()
    defer { features?.deallocate() }
    while try rows.next(features) {
      rowCount += 1
      if layout.isTable {
        columns.withUnsafeMutableBufferPointer { columns in
          for column in columns.indices { columns[column].add(rows.records.field(column)) }
        }
      } else if let column = layout.targetColumn {
        try addTarget(rows, column)
      }
      let place = rows.records.place(row: rowCount)
      if place.offset >= nextPlace {
        places.append(place)
        nextPlace = place.offset + placeByteCount
      }
      if rowCount % 1024 == 0 { try advance(place.offset) }
    }
    bad = rows.bad
  }

  private mutating func addTarget(
    _ rows: borrowing CSVRows, _ column: Int
  ) throws(PipelineError) {
    switch rows.target {
    case .number(let number): target.add(number.value)
    case .missing, .text: target.areAllNumbers = false
    }
    guard target.words != nil else {
      guard target.areAllNumbers else { throw rows.error(tooManyTexts(column)) }
      return
    }
    let word = rows.records.text(column)
    guard target.areAllNumbers || word.utf8.count <= CSVLayout.largestNameByteCount else {
      throw rows.error(
        "the target \(layout.name(column)) has a text of over \(CSVLayout.largestNameByteCount)"
          + " bytes: choose another column")
    }
    target.words?.insert(word)
    if let count = target.words?.count, count > ImportTarget.largestClassCount {
      target.words = nil
      guard target.areAllNumbers else { throw rows.error(tooManyTexts(column)) }
    }
  }

  private func tooManyTexts(_ column: Int) -> String {
    "the target \(layout.name(column)) has over \(ImportTarget.largestClassCount) different"
      + " texts: choose another column"
  }
}

// What processes tell each other of their parts.
extension CSVSurvey {
  private func write(to message: inout ImportMessage) {
    message.append(rowCount)
    bad.write(to: &message)
    target.write(to: &message)
    for column in columns { column.write(to: &message) }
    places.write(to: &message)
  }

  /// Takes in what the process of the part behind this one says.
  private mutating func merge(
    _ message: inout ImportMessage.Reader
  ) throws(PipelineError) {
    let firstRow = rowCount
    rowCount += message.number()
    bad.merge(BadRows(from: &message), behind: firstRow)
    target.merge(ImportTarget.Survey(from: &message))
    if let column = layout.targetColumn, target.words == nil, !target.areAllNumbers {
      throw PipelineError("\(path): \(tooManyTexts(column))")
    }
    for column in columns.indices { columns[column].merge(CSVColumn(from: &message)) }
    places.merge(&message, behind: firstRow)
  }
}
