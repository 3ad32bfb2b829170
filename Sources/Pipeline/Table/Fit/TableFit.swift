extension PipelineConfiguration {
  /// The same source as it is read before the pipeline is fitted: with the columns of its table, if there are
  /// stages for them, and its target's texts as classes.
  ///
  /// Reads all targets where `target` begins with `index`, unless `source` has its classes already.
  /// - Throws: `PipelineError` for files and targets that are not there.
  public func prepared(_ source: DataSource) throws(PipelineError) -> DataSource {
    if let fitted = try fittedBefore() {
      if fitted.table != nil { try source.requireFiles(for: DataSource.tableNeed) }
      guard fitted.table == nil || source.table != nil else {
        throw PipelineError(
          "\(source.file): the stages of pipeline.file work on the columns of a table: name one, as in `table: "
            + "houses`")
      }
      return source.bound(to: fitted)
    }
    var copy = source
    copy.window = window
    if !table.isEmpty {
      try source.requireFiles(for: DataSource.tableNeed)
      guard source.table != nil else {
        throw PipelineError(
          "\(source.file): pipeline.table works on the columns of a table: name one, as in `table: houses`"
        )
      }
      copy.tableUse = .columns
    }
    if let targetClasses, copy.targetClasses == nil {
      copy.targetClasses = try TextClasses(learning: source, order: targetClasses)
    }
    return copy
  }

  /// The pipeline of `file`; nil where there is none.
  ///
  /// - Throws: `PipelineError` for a file that cannot be read.
  public func fittedBefore() throws(PipelineError) -> FittedPipeline? {
    guard let file else { return nil }
    return try FittedPipeline(reading: file)
  }

  /// The form of the rows of `source` before the stages of `features`; no row is read, but for the target's
  /// classes.
  ///
  /// - Returns: The form; the columns of the table, where there are stages for them; whether only the data tell
  ///   how many numbers these make of a row.
  /// - Throws: `PipelineError` for columns that the stages do not fit.
  public func form(
    of source: DataSource
  ) throws(PipelineError) -> (layout: RowLayout, schema: Schema?, isOpen: Bool) {
    let opened = try prepared(source).open()
    var layout = opened.layout
    guard let schema = opened.schema else { return (layout, nil, false) }
    let output = try table.row(of: schema)
    let widths = output.columns.compactMap(\.kind.width)
    guard widths.count == output.columns.count else { return (layout, schema, true) }
    let shape = [widths.reduce(0, +)]
    layout.featureShape = window?.shape(of: shape) ?? shape
    return (layout, schema, false)
  }

  /// Fits the stages of `table` to `rows` of `source` and, through `reducer`, to those of all other processes;
  /// nil where there are none.
  ///
  /// One streaming pass for all stages that need no other's fit, and one more for each that waits for another.
  /// The columns are checked against all stages before a row is read. Collective over the reducer's processes;
  /// `rows` may be empty on some of them. With `countsMissing` the first pass reads all columns, and counts their
  /// missing cells.
  /// - Throws: `PipelineError` for columns that the stages do not fit, and for cells that they cannot work with.
  public func fittedTable(
    to source: DataSource, rows: RowSet? = nil, reducer: any Reducer = InProcessReducer(),
    countsMissing: Bool = false
  ) throws -> FittedTable? {
    guard !table.isEmpty else { return nil }
    var columns = source
    columns.tableUse = .columns
    let opened = try columns.openFiles(for: DataSource.tableNeed)
    guard let schema = opened.schema else { preconditionFailure("a source without a table") }
    let layout = opened.layout
    let mostRows = try opened.cellRowCount()
    var fitting = try TableFitting(
      table, schema: schema, mostRows: mostRows, countsMissing: countsMissing)
    try checkTargets(source, layout, opened.targetName)
    let runs = opened.fileRows(rows)
    let targets = UnsafeMutableBufferPointer<Float>.allocate(capacity: mostRows)
    defer { targets.deallocate() }
    while fitting.needsPass {
      for run in runs {
        var row = run.lowerBound
        while row < run.upperBound {
          let end = min(
            (row / fitting.blockRowCount + 1) * fitting.blockRowCount, run.upperBound)
          try opened.readCells(row..<end, into: fitting.inputs)
          if fitting.needsTargets {
            let block = UnsafeMutableBufferPointer(rebasing: targets.prefix(end - row))
            try opened.readRowTargets(row..<end, into: block)
          }
          try fitting.add(
            rowCount: end - row, firstRow: row,
            targets: fitting.needsTargets ? targets.baseAddress.map { UnsafePointer($0) } : nil)
          reducer.goesOn()
          row = end
        }
      }
      try fitting.finishPass(reducer)
    }
    return try fitting.result()
  }

  /// Throws where a stage learns from targets, and these are not one number each.
  private func checkTargets(
    _ source: DataSource, _ layout: RowLayout, _ name: String
  ) throws(PipelineError) {
    guard let stage = table.first(where: \.usesTarget) else { return }
    let stageName = type(of: stage).name
    guard layout.targetCount == 1 else {
      throw PipelineError(
        "\(stageName): \(name) has \(layout.targetCount) numbers in each row, and the stage learns from one: "
          + "name another target, or leave the stage out")
    }
    guard let classes = source.targetClasses, classes.names.count > 2 else { return }
    throw PipelineError(
      "\(stageName): the target has \(classes.names.count) classes, whose numbers have no mean: use `index` or "
        + "`one_hot` in place of the stage")
  }
}
