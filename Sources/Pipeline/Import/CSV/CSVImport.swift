import HDF5

/// Writes the rows of one CSV file that has been looked through as a matrix of numbers.
struct CSVImport: SharedImport {
  let survey: CSVSurvey
  let target: ImportTarget
  /// The data set's name; with a target, that of the group of `features` and `target`.
  let name: String
  let options: ImportOptions
  let crew: any ImportCrew

  var isShared: Bool { survey.isShared }

  func run(into file: borrowing File, _ report: ImportReport) throws -> [ImportSummary.Entry] {
    let layout = survey.layout
    let targetColumn = layout.targetColumn
    let names = layout.columnNames
    let plan = try plan()
    let writer = try MatrixWriter(
      plan, in: file,
      featureNames: names.map { names in layout.featureColumns.map { names[$0] } },
      targetName: targetColumn.flatMap { names?[$0] })
    let block = CSVMatrixBlock(plan, targetColumn: targetColumn)
    var missingCount = 0
    try turns(plan, report).write(survey, block) { rows in
      missingCount += block.missingCount
      try writer.write(rows: rows, from: block.matrix)
    } others: { rows, message in
      missingCount += message.number()
      try writer.write(rows: rows, from: &message)
    }
    var entries = writer.entries
    entries[0].missingCount = missingCount
    entries[0].badRows = survey.bad
    return entries
  }

  func assist(_ report: ImportReport) throws {
    let plan = try plan()
    try turns(plan, report).assist(survey) {
      CSVMatrixBlock(plan, targetColumn: survey.layout.targetColumn)
    }
  }

  private func plan() throws(PipelineError) -> MatrixPlan {
    let layout = survey.layout
    return try MatrixPlan(
      path: layout.path, name: name, rowCount: survey.rowCount,
      width: layout.columnCount - (layout.targetColumn == nil ? 0 : 1),
      target: layout.targetColumn == nil ? nil : target, options, crewSize: crew.size)
  }

  private func turns(_ plan: MatrixPlan, _ report: ImportReport) -> RowTurns {
    RowTurns(survey, blockRows: plan.blockRows, crew: crew, report)
  }

  static func changed(_ path: String) -> PipelineError {
    PipelineError("\(path): the file changed while it was read: convert it again")
  }
}

/// A block of a CSV file of numbers.
final class CSVMatrixBlock: CSVBlock {
  /// The numbers.
  let matrix: MatrixBlock
  /// The missing features of the block.
  private(set) var missingCount = 0
  private let targetColumn: Int?
  /// The numbers of the texts that targets are; empty where they are numbers.
  private let classes: [String: Double]

  init(_ plan: MatrixPlan, targetColumn: Int?) {
    matrix = MatrixBlock(plan)
    self.targetColumn = targetColumn
    var classes: [String: Double] = [:]
    if case .classes(let names) = plan.target {
      for (index, name) in names.enumerated() { classes[name] = Double(index) }
    }
    self.classes = classes
  }

  func features(at index: Int) -> UnsafeMutablePointer<Float>? { matrix.features(at: index) }

  func take(_ rows: borrowing CSVRows, at index: Int) -> Bool {
    if index == 0 { missingCount = 0 }
    missingCount += rows.missingCount
    guard let targetColumn else { return true }
    if !classes.isEmpty {
      guard let value = classes[rows.records.text(targetColumn)] else { return false }
      return matrix.setTarget(value, at: index)
    }
    guard case .number(let number) = rows.target else { return false }
    return matrix.setTarget(number.value, at: index)
  }

  func pack(_ rowCount: Int, into message: inout ImportMessage) {
    message.append(missingCount)
    matrix.pack(rowCount, into: &message)
  }
}
