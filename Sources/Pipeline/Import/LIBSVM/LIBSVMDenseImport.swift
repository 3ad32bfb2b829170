import HDF5

/// Writes the rows of one LIBSVM file that has been looked through as a matrix, every column of them.
///
/// Chunks are compressed unless `options` have a level of their own: zeros, which are most of sparse rows,
/// take a thousandth of their room then, and the output grows with the pairs.
struct LIBSVMDenseImport: SharedImport {
  let survey: LIBSVMSurvey
  /// The indices that become columns.
  let columns: Range<Int>
  let target: ImportTarget
  /// The name of the group of `features` and `target`; empty for none.
  let name: String
  let options: ImportOptions
  let crew: any ImportCrew

  /// The first at which zlib looks for the longest repetition: below it zeros take four times the room, above
  /// it no less.
  private static let usualLevel = 4

  var isShared: Bool { survey.isShared }

  func run(into file: borrowing File, _ report: ImportReport) throws -> [ImportSummary.Entry] {
    let plan = try plan()
    let writer = try MatrixWriter(plan, in: file)
    let block = MatrixBlock(plan)
    var cursor = try LIBSVMCursor(survey, options.badRows)
    try RowTurns(survey, blockRows: plan.blockRows, crew: crew, report).write { rows in
      try cursor.read(rows) { row, index in take(row, at: index, into: block) }
    } own: { rows in
      try writer.write(rows: rows, from: block)
    } others: { rows, message in
      try writer.write(rows: rows, from: &message)
    }
    var entries = writer.entries
    survey.tell(&entries[0])
    return entries
  }

  func assist(_ report: ImportReport) throws {
    let plan = try plan()
    let turns = RowTurns(survey, blockRows: plan.blockRows, crew: crew, report)
    guard let firstRow = turns.firstRow else { return }
    let block = MatrixBlock(plan)
    var cursor = try LIBSVMCursor(survey, at: firstRow, options.badRows)
    try turns.assist { rows in
      try cursor.read(rows) { row, index in take(row, at: index, into: block) }
    } pack: { count, message in
      block.pack(count, into: &message)
    }
  }

  /// Puts a row into `block`; false for one that was another when the file was looked through.
  private func take(_ row: borrowing LIBSVMRow, at index: Int, into block: MatrixBlock) -> Bool {
    let features = block.features(at: index)
    // Zeros are what the file leaves out.
    features.update(repeating: 0, count: columns.count)
    for pair in row.pairs {
      guard columns.contains(pair.index) else { return false }
      features[pair.index - columns.lowerBound] = pair.value
    }
    return block.setTarget(row.label, at: index)
  }

  private func plan() throws(PipelineError) -> MatrixPlan {
    var options = options
    options.gzip = options.gzip ?? Self.usualLevel
    return try MatrixPlan(
      path: survey.path, name: name, rowCount: survey.rowCount, width: columns.count,
      target: target, options, crewSize: crew.size)
  }
}
