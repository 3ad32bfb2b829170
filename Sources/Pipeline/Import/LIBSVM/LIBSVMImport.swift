import HDF5

/// Writes the rows of one LIBSVM file that has been looked through, every column of them.
struct LIBSVMImport: PreparedImport {
  let survey: LIBSVMSurvey
  /// The indices that become columns.
  let columns: Range<Int>
  let target: ImportTarget
  /// The name of the group of `features` and `target`; empty for none.
  let name: String
  let options: ImportOptions

  func run(into file: borrowing File, _ report: ImportReport) throws -> [ImportSummary.Entry] {
    let width = columns.count
    let plan = try MatrixPlan(
      path: survey.path, name: name, rowCount: survey.rowCount, width: width, target: target,
      options)
    let writer = try MatrixWriter(plan, in: file)
    let block = MatrixBlock(plan)
    var rows = LIBSVMRows(try ByteSource(survey.path), options)
    var first = 0
    for row in 0..<survey.rowCount {
      guard try rows.next() else { throw CSVImport.changed(survey.path) }
      let features = block.features(at: row - first)
      // Zeros are what the file leaves out.
      features.update(repeating: 0, count: width)
      for pair in rows.row.pairs {
        guard columns.contains(pair.index) else { throw CSVImport.changed(survey.path) }
        features[pair.index - columns.lowerBound] = pair.value
      }
      guard block.setTarget(rows.row.label, at: row - first) else {
        throw CSVImport.changed(survey.path)
      }
      guard row + 1 - first == plan.blockRows || row + 1 == survey.rowCount else { continue }
      try writer.write(rows: first..<row + 1, from: block)
      first = row + 1
      try report.advance(survey.path, first, of: survey.rowCount)
    }
    var entries = writer.entries
    entries[0].badRows = survey.bad
    if survey.queryCount > 0 {
      entries[0].notes.append("qid of \(survey.queryCount) rows left out")
    }
    return entries
  }
}
