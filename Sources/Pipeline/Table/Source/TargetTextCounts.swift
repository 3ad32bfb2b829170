/// How often each class of a target occurs in some of its rows.
struct TargetTextCounts: MergeableFindings {
  /// The texts of the classes, of which a few more may be there than can be classes.
  private(set) var counts = TextCounts()
  /// Whether all files have numbers in place of texts; the same for whichever rows.
  let areNumbers: Bool

  /// Counts the classes of `rows`, of all files' rows end to end, until there are too many.
  ///
  /// Opens each file, and reads those that have some of the rows.
  /// - Throws: `PipelineError` for a missing file or target.
  init(_ source: DataSource, rows: Range<Int>) throws(PipelineError) {
    var areNumbers = true
    var start = 0
    for path in try source.paths() {
      let reader = try RowNames(source, in: path).cells(source.target ?? "")
      areNumbers = areNumbers && reader.column.kind != .text
      let own = rows.clamped(to: start..<start + reader.rowCount)
      try ClassRows.count(
        reader, rows: own.lowerBound - start..<own.upperBound - start, into: &counts,
        atMost: TextClasses.mostClasses)
      start += reader.rowCount
    }
    self.areNumbers = areNumbers
  }

  var values: [Double] {
    get { counts.values }
    set { _ = counts.take(newValue[...]) }
  }

  mutating func merge(_ other: TargetTextCounts) { counts.merge(other.counts) }
}
