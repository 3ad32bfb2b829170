import HDF5

/// Writes the rows of one LIBSVM file that has been looked through as a sparse matrix: the pairs that it has.
struct LIBSVMImport: SharedImport {
  let survey: LIBSVMSurvey
  /// The indices that become columns.
  let columns: Range<Int>
  let target: ImportTarget
  /// The name of the group of `features` and `target`; empty for none.
  let name: String
  let options: ImportOptions
  let crew: any ImportCrew

  var isShared: Bool { survey.isShared }

  func run(into file: borrowing File, _ report: ImportReport) throws -> [ImportSummary.Entry] {
    let plan = try plan()
    let writer = try SparseWriter(plan, in: file)
    let block = SparseBlock(plan)
    var cursor = try LIBSVMCursor(survey, options.badRows)
    try RowTurns(survey, blockRows: plan.blockRows, crew: crew, report).write { rows in
      try read(rows, by: &cursor, into: block)
    } own: { rows in
      try writer.write(rows: rows, from: block)
    } others: { rows, message in
      try writer.write(rows: rows, from: &message)
    }
    try writer.finish()
    var entries = writer.entries
    survey.tell(&entries[0])
    return entries
  }

  func assist(_ report: ImportReport) throws {
    let plan = try plan()
    let turns = RowTurns(survey, blockRows: plan.blockRows, crew: crew, report)
    guard let firstRow = turns.firstRow else { return }
    let block = SparseBlock(plan)
    var cursor = try LIBSVMCursor(survey, at: firstRow, options.badRows)
    try turns.assist { rows in
      try read(rows, by: &cursor, into: block)
    } pack: { count, message in
      block.pack(count, into: &message)
    }
  }

  private func read(
    _ rows: Range<Int>, by cursor: inout LIBSVMCursor, into block: SparseBlock
  ) throws(PipelineError) {
    block.clear()
    try cursor.read(rows) { row, index in
      for pair in row.pairs {
        guard columns.contains(pair.index) else { return false }
        block.append(pair.value, column: pair.index - columns.lowerBound)
      }
      return block.endRow(target: row.label, at: index)
    }
  }

  private func plan() throws(PipelineError) -> SparsePlan {
    try SparsePlan(
      path: survey.path, name: name, rowCount: survey.rowCount, width: columns.count,
      pairCount: survey.pairCount, largestPairCount: survey.largestPairCount, target: target,
      options, crewSize: crew.size)
  }
}
