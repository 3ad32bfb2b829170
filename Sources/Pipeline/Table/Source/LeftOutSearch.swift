extension DataSource {
  /// The rows that stages with `unknown: skip` leave out: those with a cell that none of the training rows has, or
  /// that is missing.
  ///
  /// Reads the columns of these stages, block by block; nothing where there are none. Before the stages are
  /// fitted, only what is missing is known. Each process of `crew` looks through a part of the rows, and all get
  /// what all have found: 16 bytes for each run of rows that are left out. Collective over `crew` and blocking.
  /// - Parameters:
  ///   - stages: what the source's columns are to go through where that is not fitted yet.
  ///   - rows: the rows to look through, the same on all processes; nil for all.
  ///   - mostRuns: how many runs may be found.
  ///   - crew: the processes that look.
  /// - Returns: The rows, and what is the matter with the first.
  /// - Throws: on all processes `PipelineError` where one of them does not have the files and columns, and for more
  ///   runs than may be found.
  public func leftOut(
    by stages: [any TableStage] = [], among rows: RowSet? = nil, mostRuns: Int = 1 << 22,
    with crew: any ImportCrew = LoneImporter()
  ) throws -> LeftOutRows {
    // Whether rows may be left out is said by the stages, which all processes have: no one waits for the others alone.
    switch tableUse {
    case .rows: return LeftOutRows()
    case .stages(let table): if table.skipping.isEmpty { return LeftOutRows() }
    case .columns: if !stages.contains(where: \.leavesOut) { return LeftOutRows() }
    }
    guard let (opened, columns) = try crew.agree({ try openSkipping(stages) }) else {
      return LeftOutRows()
    }
    try crew.requireAlike([("rows", opened.layout.rowCount)], of: file)
    let all = rows ?? RowSet(rowCount: opened.layout.rowCount)
    let slices = Slice.deal(rowCount: all.count, blockRowCount: 1, workerCount: crew.size)
    let part = RowSet(runs: all.rows(at: slices[crew.rank].positions))
    var search = LeftOutSearch(columns: columns, mostRuns: mostRuns)
    let parts = try crew.share { message in
      try search.look(through: part, of: opened, goesOn: crew.goesOn)
      search.writeSummary(to: &message)
    }
    let firstProblem = try LeftOutSearch.firstProblem(of: parts, mostRuns: mostRuns, in: file)
    // Together no more than each of them may keep.
    let runs = try crew.share { message in search.writeRuns(to: &message) }.flatMap {
      var message = $0
      return LeftOutSearch.runs(from: &message)
    }
    return LeftOutRows(RowSet(runs: runs), firstProblem: firstProblem)
  }

  /// The columns of the stages with `unknown: skip`, opened, and what is known of each, if anything is; nil where there
  /// are none.
  private func openSkipping(
    _ stages: [any TableStage]
  ) throws(PipelineError) -> (opened: HDF5Source, columns: [LeftOutSearch.Column])? {
    var columns: [LeftOutSearch.Column] = []
    if case .stages(let table) = tableUse {
      columns = table.skipping
    } else if let schema = try open().schema {
      columns = try stages.skippingColumns(of: schema).map { ($0, nil) }
    }
    guard !columns.isEmpty else { return nil }
    var own = self
    (own.tableUse, own.window, own.targetClasses) = (.columns, nil, nil)
    (own.target, own.targetParts, own.targetColumns, own.weights) = (nil, [], [], nil)
    (own.takesAllColumns, own.featureParts) = (false, [])
    own.featureColumns = columns.map(\.name)
    own.features = own.featureColumns.joined(separator: ", ")
    return (try own.openFiles(for: DataSource.tableNeed), columns)
  }
}

/// What one process finds of the rows that are left out.
private struct LeftOutSearch {
  /// A column, and the categories that are known; nil where these are not known yet.
  typealias Column = (name: String, categories: TextIndex?)

  private let columns: [Column]
  private let mostRuns: Int
  private var runs: [Range<Int>] = []
  private var firstProblem = ""

  /// Rows that are read at a time.
  private static let blockRowCount = 4096

  init(columns: [Column], mostRuns: Int) {
    (self.columns, self.mostRuns) = (columns, mostRuns)
  }

  /// Looks through `rows`, until there are more runs than there may be.
  mutating func look(
    through rows: RowSet, of opened: HDF5Source, goesOn: () -> Void
  ) throws(PipelineError) {
    let cells = (opened.schema?.columns ?? []).enumerated().map { index, column in
      (index: index, column: CellColumn(column.kind, rowCount: Self.blockRowCount))
    }
    var cell = CellText()
    for part in opened.fileRows(rows) {
      var row = part.lowerBound
      while row < part.upperBound, runs.count <= mostRuns {
        let end = min(row + Self.blockRowCount, part.upperBound)
        try opened.readCells(row..<end, into: cells)
        for place in 0..<end - row {
          for (index, column) in cells {
            let categories = columns[index].categories
            let isMissing = CellText.isMissing(column, place)
            guard
              isMissing || categories.map({ cell.number(column, place, in: $0) == nil }) == true
            else { continue }
            if runs.isEmpty {
              firstProblem = "'\(columns[index].name)' is "
              if let categories, !isMissing {
                firstProblem += Categories.words(CellText.text(column, place), noneOf: categories)
              } else {
                firstProblem += "missing"
              }
            }
            if let last = runs.last, last.upperBound == row + place {
              runs[runs.count - 1] = last.lowerBound..<row + place + 1
            } else {
              runs.append(row + place..<row + place + 1)
            }
            break
          }
        }
        row = end
        goesOn()
      }
    }
  }

  /// Appends what the runs begin and end with, and what is the matter with the first.
  func writeSummary(to message: inout ImportMessage) {
    message.append(runs.count)
    message.append(runs.first?.lowerBound ?? 0)
    message.append(runs.last?.upperBound ?? 0)
    message.append(firstProblem)
  }

  /// What is the matter with the first row of all parts, which are in order.
  ///
  /// - Throws: `PipelineError` for more runs than may be.
  static func firstProblem(
    of parts: [ImportMessage.Reader], mostRuns: Int, in file: String
  ) throws(PipelineError) -> String {
    var count = 0
    var end: Int?
    var first: (row: Int, problem: String)?
    for part in parts {
      var message = part
      let (own, lower, upper) = (message.number(), message.number(), message.number())
      guard own > 0 else { continue }
      // A run may go on in the next part.
      count += end == lower ? own - 1 : own
      end = upper
      if first == nil { first = (lower, message.text()) }
    }
    guard let first else { return "" }
    guard count <= mostRuns else {
      throw PipelineError(
        "\(file): rows are left out (unknown: skip) at more than \(mostRuns) places, the first "
          + "row \(first.row): \(first.problem). Each rank has to know all of them: take "
          + "these rows out of the file, look at fewer rows at a time (--rows), or choose another "
          + "rule for unknown cells")
    }
    return first.problem
  }

  /// Appends the runs.
  func writeRuns(to message: inout ImportMessage) {
    let bounds = runs.flatMap { [$0.lowerBound, $0.upperBound] }
    bounds.withUnsafeBytes { message.append($0) }
  }

  /// Reads what `writeRuns(to:)` has appended.
  static func runs(from message: inout ImportMessage.Reader) -> [Range<Int>] {
    message.some { bytes in
      let bounds = bytes.bindMemory(to: Int.self)
      return stride(from: 0, to: bounds.count, by: 2).map { bounds[$0]..<bounds[$0 + 1] }
    }
  }
}
