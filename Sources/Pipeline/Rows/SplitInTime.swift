extension Holdout {
  /// Holds out the last share `fraction` (0 < fraction < 1) of `rowCount` rows, at least one row.
  ///
  /// For rows in the order of time: what is measured comes after all that was trained on. `gap` rows, at least
  /// 0, between the two parts are in neither: as many as a row's target looks ahead.
  /// - Throws: `PipelineError` where no row to train on is left.
  public init(
    latest fraction: Double, gap: Int, of rowCount: Int, blockRowCount: Int
  ) throws(PipelineError) {
    precondition(blockRowCount > 0 && fraction > 0 && fraction < 1 && gap >= 0)
    let held = max(1, Int((fraction * Double(rowCount)).rounded()))
    guard gap < rowCount - held else {
      throw PipelineError(
        "cannot hold out the last \(held) of \(rowCount) row(s) behind a gap of \(gap): no row to train "
          + "on is left; hold out less, or make the gap smaller")
    }
    self.init(
      training: RowSet(rowCount: rowCount - held - gap),
      validation: RowSet(runs: [rowCount - held..<rowCount]), blockRowCount: blockRowCount)
  }

  /// Holds out one of `foldCount` (2 or more) stretches of the same length at the end of `rowCount` rows; the
  /// rows before it are trained on.
  ///
  /// A stretch has n / (folds + 1) rows, rounded down; the last fold holds out the last of them, and the
  /// first fold trains on what is before all of them. So later folds train on more rows. `gap` rows, at least
  /// 0, between the two parts are in neither.
  /// - Throws: `PipelineError` where the first fold has no row to train on.
  /// - Source: scikit-learn 1.x, `TimeSeriesSplit(n_splits, gap=gap)`, which makes the same parts.
  public init(
    latestFold fold: Int, foldCount: Int, gap: Int, of rowCount: Int, blockRowCount: Int
  ) throws(PipelineError) {
    precondition(
      blockRowCount > 0 && foldCount > 1 && (0..<foldCount).contains(fold) && gap >= 0)
    let count = rowCount / (foldCount + 1)
    let first = rowCount - foldCount * count
    guard count > 0, gap < first else {
      throw PipelineError(
        "cannot make \(foldCount) folds in time of \(rowCount) row(s) with a gap of \(gap): the first "
          + "would have no row to train on; ask for fewer folds, or make the gap smaller")
    }
    let lower = first + fold * count
    self.init(
      training: RowSet(rowCount: lower - gap),
      validation: RowSet(runs: [lower..<lower + count]), blockRowCount: blockRowCount)
  }
}
