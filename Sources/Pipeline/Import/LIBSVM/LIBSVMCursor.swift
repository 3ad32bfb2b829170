import HDF5

/// A way to any row of a LIBSVM file that has been looked through.
struct LIBSVMCursor: ~Copyable {
  private let survey: LIBSVMSurvey
  private let policy: BadRowPolicy
  private let file: FileRegion?
  private var rows: LIBSVMRows
  /// The number of the row that comes next.
  private var row = 0

  /// Goes to the first row, or to row `row` where the survey knows places.
  init(
    _ survey: LIBSVMSurvey, at row: Int = 0, _ policy: BadRowPolicy
  ) throws(PipelineError) {
    let file = try survey.region()
    let place = file == nil ? nil : RowPlace.last(of: survey.places, notBehind: row)
    rows = try Self.rows(survey.path, file, place, policy)
    self.survey = survey
    self.policy = policy
    self.file = file
    self.row = place?.row ?? 0
  }

  private static func rows(
    _ path: String, _ file: FileRegion?, _ place: RowPlace?, _ policy: BadRowPolicy
  ) throws(PipelineError) -> LIBSVMRows {
    guard let file, let place else { return LIBSVMRows(try ByteSource(path), policy) }
    return LIBSVMRows(file, from: place, policy)
  }

  /// Reads rows, and gives each to `take` with its number, counted from the first of them.
  ///
  /// - Throws: `PipelineError` for a file that has changed since it was looked through: it ends too early, or `take`
  ///   says that a row is not what it was.
  mutating func read(
    _ range: Range<Int>, _ take: (borrowing LIBSVMRow, Int) -> Bool
  ) throws(PipelineError) {
    try move(to: range.lowerBound)
    for index in 0..<range.count {
      try next()
      guard take(rows.row, index) else { throw CSVImport.changed(survey.path) }
    }
  }

  private mutating func next() throws(PipelineError) {
    guard try rows.next() else { throw CSVImport.changed(survey.path) }
    row += 1
  }

  private mutating func move(to target: Int) throws(PipelineError) {
    if let file, let place = survey.jump(from: row, to: target) {
      rows = LIBSVMRows(file, from: place, policy)
      row = place.row
    }
    precondition(row <= target, "row \(target) of a file that is at row \(row)")
    while row < target { try next() }
  }
}
