extension PipelineConfiguration {
  /// Fits all stages to `rows` of `source` and, through `reducer`, to those of all other processes.
  ///
  /// One streaming pass for each stage that learns, features and target together, and more where a
  /// stage asks for them (`power`); none when no stage learns. Shapes are checked before a row is read.
  /// Collective over the reducer's processes; `rows` may be empty on some of them.
  /// - Throws: `PipelineError` for NaN, infinite values, and data that a stage cannot work with.
  public func fitted(
    to source: any RowSource, rows: RowSet? = nil, reducer: any Reducer = InProcessReducer()
  ) throws -> FittedPipeline {
    let layout = source.layout
    let rows = rows ?? RowSet(rowCount: layout.rowCount)
    // Shapes first: what cannot work is said before a row is read.
    _ = try featureShape(for: layout.featureShape)
    try checkAugmented(layout)
    if let shape = layout.targetShape { _ = try targetShape(for: shape) }
    let checks = RowChecks(
      acceptsMissingFeatures: acceptsMissingFeatures, acceptsMissingTargets: acceptsMissingTargets)
    let blockRowCount = RowBlocks.rowCount(layout)
    var features = try Fitting(
      self.features, inputShape: layout.featureShape, blockRowCount: blockRowCount)
    var target = try Fitting(
      self.target, inputShape: layout.targetShape ?? [], blockRowCount: blockRowCount)
    while features.needsPass || target.needsPass {
      let needs = (features: features.needsPass, target: target.needsPass)
      try RowBlocks.forEach(source, rows, features: needs.features, targets: needs.target) {
        (block) throws(PipelineError) in
        if needs.features, let start = block.features.baseAddress {
          try checks.checkFeatures(
            block.features, width: layout.featureCount, firstRow: block.rows.lowerBound,
            of: source.featureName)
          try features.add(start, rowCount: block.rows.count)
        }
        if needs.target, layout.targetShape != nil, let start = block.targets.baseAddress {
          try checks.checkTargets(
            block.targets, width: layout.targetCount, firstRow: block.rows.lowerBound,
            of: source.targetName)
          try target.add(start, rowCount: block.rows.count)
        }
        reducer.goesOn()
      }
      if needs.features { try features.finishPass(reducer) }
      if needs.target { try target.finishPass(reducer) }
    }
    return FittedPipeline(features: features.fitted, target: target.fitted)
  }
}
