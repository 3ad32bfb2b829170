/// What CSV files hold that are read one behind the other: all are looked through before one is written, so that a
/// column, and a target, is of one type in all of them.
package struct CSVSurveys: Sendable {
  private var surveys: [String: CSVSurvey] = [:]

  /// Looks through the files at `paths`.
  ///
  /// Their beginnings first: a column that is missing in the last one is told of before the first one is read.
  /// Collective over the crew and blocking; all processes get the same.
  /// - Throws: `PipelineError` for a file that cannot be read.
  package init(
    _ paths: [String], options: ImportOptions, with crew: any ImportCrew,
    progress: (ImportProgress) -> Bool
  ) throws {
    _ = try crew.agree {
      for path in paths { _ = try CSVLayout(ByteSource(path), options) }
    }
    try withoutActuallyEscaping(progress) { progress in
      let report = ImportReport(progress: progress)
      for path in paths where surveys[path] == nil {
        surveys[path] = try CSVSurvey(path: path, options: options, crew: crew, report)
      }
    }
    widen(to: columns)
  }

  /// Makes columns of one name in these and in other files one of texts where they hold some in any of the files.
  package mutating func unify(with other: inout CSVSurveys) {
    let (own, others) = (columns, other.columns)
    widen(to: others)
    other.widen(to: own)
  }

  /// What was found in a file.
  subscript(path: String) -> CSVSurvey? { surveys[path] }

  /// What stands as target in the files.
  var targets: [ImportTarget.Survey] {
    surveys.values.filter { $0.layout.targetColumn != nil }.map(\.target)
  }

  /// The columns of all tables, by name.
  private var columns: [String: CSVColumn] {
    var all: [String: CSVColumn] = [:]
    for survey in surveys.values {
      for (index, column) in survey.columns.enumerated() {
        let name = survey.layout.columnName(index)
        if all[name] == nil { all[name] = column } else { all[name]?.widen(to: column) }
      }
    }
    return all
  }

  private mutating func widen(to columns: [String: CSVColumn]) {
    for path in surveys.keys { surveys[path]?.widen(to: columns) }
  }
}
