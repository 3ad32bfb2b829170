import Configuration
import HDF5

/// Rows that the stage `index` with `unknown: skip` leaves out, and what is the matter with the first of them.
public struct LeftOutRows: Sendable, Equatable {
  /// The rows, among all of their source.
  public let rows: RowSet
  /// What is the matter with the first: `'city' is missing`; empty without one.
  public let firstProblem: String

  private static let mostShown = 10

  /// Names rows; none without.
  public init(_ rows: RowSet = RowSet(runs: []), firstProblem: String = "") {
    (self.rows, self.firstProblem) = (rows, firstProblem)
  }

  /// How many rows there are.
  public var count: Int { rows.count }

  /// The rows in words, the first ten by `number`: `3 rows are left out (unknown: skip), rows 4, 17, 20; row 4:
  /// 'city' is missing`.
  public func words(numbering number: (Int) -> Int = { $0 }) -> String {
    guard count > 0 else { return "no row is left out" }
    let shown = (0..<min(count, Self.mostShown)).map { "\(number(rows.row(at: $0)))" }
    return "\(count) \(count == 1 ? "row is" : "rows are") left out (unknown: skip), rows "
      + shown.joined(separator: ", ") + (count > shown.count ? ", ..." : "")
      + "; row \(shown[0]): \(firstProblem)"
  }
}

extension DataSource {
  /// Rows that are read at a time.
  private static let blockRowCount = 4096

  /// The rows that stages with `unknown: skip` leave out: those with a cell that none of the training rows has, or
  /// that is missing.
  ///
  /// Reads the columns of these stages, block by block; nothing where there are none. Before the stages are
  /// fitted, only what is missing is known. What is found takes 16 bytes for each run of rows that are left out.
  /// - Parameters:
  ///   - stages: what the source's columns are to go through where that is not fitted yet.
  ///   - rows: the rows to look through; nil for all.
  ///   - mostRuns: how many runs may be found.
  ///   - goesOn: called behind each block: others may wait for this process.
  /// - Returns: The rows, and what is the matter with the first.
  /// - Throws: `PipelineError` for files and columns that are not there, and for more runs than may be found.
  public func leftOut(
    by stages: [any TableStage] = [], among rows: RowSet? = nil, mostRuns: Int = 1 << 22,
    goesOn: () -> Void = {}
  ) throws(PipelineError) -> LeftOutRows {
    var columns: [(name: String, categories: TextIndex?)] = []
    switch tableUse {
    case .rows: break
    case .stages(let table): columns = table.skipping
    case .columns where stages.contains(where: \.leavesOut):
      guard let schema = try open().schema else { break }
      columns = try stages.skippingColumns(of: schema).map { ($0, nil) }
    case .columns: break
    }
    guard !columns.isEmpty else { return LeftOutRows() }
    var own = self
    (own.tableUse, own.window, own.targetClasses) = (.columns, nil, nil)
    (own.target, own.targetParts, own.targetColumns, own.weights) = (nil, [], [], nil)
    (own.takesAllColumns, own.featureParts) = (false, [])
    own.featureColumns = columns.map(\.name)
    own.features = own.featureColumns.joined(separator: ", ")
    let opened = try own.openFiles(for: DataSource.tableNeed)
    let cells = (opened.schema?.columns ?? []).enumerated().map { index, column in
      (index: index, column: CellColumn(column.kind, rowCount: Self.blockRowCount))
    }
    var runs: [Range<Int>] = []
    var firstProblem = ""
    var cell = CellText()
    for part in opened.fileRows(rows) {
      var row = part.lowerBound
      while row < part.upperBound {
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
              guard runs.count < mostRuns else {
                throw PipelineError(
                  "\(file): rows are left out (unknown: skip) at more than \(mostRuns) places, the first "
                    + "row \(runs[0].lowerBound): \(firstProblem). Each rank has to know all of them: take "
                    + "these rows out of the file, look at fewer rows at a time (--rows), or choose another "
                    + "rule for unknown cells")
              }
              runs.append(row + place..<row + place + 1)
            }
            break
          }
        }
        row = end
        goesOn()
      }
    }
    return LeftOutRows(RowSet(runs: runs), firstProblem: firstProblem)
  }
}

extension [any TableStage] {
  /// The columns of the table whose missing cells have their rows left out: those of stages with `unknown: skip`.
  ///
  /// - Throws: `PipelineError` for a stage that the columns before it do not fit, and for such a column that
  ///   another stage makes: which rows are left out is known before the stages learn.
  func skippingColumns(of schema: Schema) throws(PipelineError) -> [String] {
    guard contains(where: \.leavesOut) else { return [] }
    var places: [Int?] = Array<Int>(schema.columns.indices)
    var current = schema
    var names: [String] = []
    for stage in self {
      let step = try stage.step(for: current)
      for read in step.reads where stage.leavesOut {
        guard let place = places[read] else {
          throw PipelineError(
            "\(type(of: stage).name): `unknown: skip` is for columns as the table has them, and "
              + "'\(current.columns[read].name)' is what a stage before has made: put it first, or choose error "
              + "or keep")
        }
        names.append(schema.columns[place].name)
      }
      places = step.places(behind: places)
      current = try step.schema(behind: current, stage: type(of: stage).name)
    }
    return names
  }
}

extension FittedTable {
  /// The columns of the table whose unknown cells have their rows left out, and what is known of each.
  var skipping: [(name: String, categories: TextIndex?)] {
    var places: [Int?] = Array(schema.columns.indices)
    var found: [(name: String, categories: TextIndex?)] = []
    for step in steps {
      if let known = (step.stage as? any CategoryStage)?.categories, known.unknown == .skip {
        for (read, categories) in zip(step.step.reads, known.columns) {
          guard let place = places[read] else { continue }
          found.append((schema.columns[place].name, categories))
        }
      }
      places = step.step.places(behind: places)
    }
    return found
  }
}

extension TableStep {
  /// Which column of the table each column behind the step is, from the same before it; nil for what a stage made.
  fileprivate func places(behind places: [Int?]) -> [Int?] {
    results.map { result in
      switch result.origin {
      case .kept(let place): places[place]
      case .made: nil
      }
    }
  }
}
