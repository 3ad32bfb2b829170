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
