import HDF5

/// A way to any row of a CSV file that has been looked through.
struct CSVCursor: ~Copyable {
  private let survey: CSVSurvey
  private let file: FileRegion?
  private var rows: CSVRows
  /// The number of the row that comes next.
  private var row = 0
  /// Where the features of rows go that are passed over, as far as they have to be looked at.
  private let scratch: UnsafeMutablePointer<Float>?

  /// Goes to the first row, or to row `row` where the survey knows places.
  init(_ survey: CSVSurvey, at row: Int = 0) throws(PipelineError) {
    let file = try survey.region()
    let place = file == nil ? nil : RowPlace.last(of: survey.places, notBehind: row)
    rows = try Self.rows(survey.layout, file, place)
    self.survey = survey
    self.file = file
    self.row = place?.row ?? 0
    scratch = survey.layout.makeFeatures()
  }

  private static func rows(
    _ layout: CSVLayout, _ file: FileRegion?, _ place: RowPlace?
  ) throws(PipelineError) -> CSVRows {
    guard let file, let place else { return try CSVRows(ByteSource(layout.path), layout) }
    return CSVRows(file, layout, from: place)
  }

  deinit { scratch?.deallocate() }

  /// Reads rows into `block`, from its beginning on.
  ///
  /// - Throws: `PipelineError` for a row that the survey has not looked at closely, and for a file that
  ///   has changed since.
  mutating func read(
    _ range: Range<Int>, into block: some CSVBlock
  ) throws(PipelineError) {
    try move(to: range.lowerBound)
    for index in 0..<range.count {
      guard try rows.next(block.features(at: index)) else {
        throw CSVImport.changed(survey.path)
      }
      row += 1
      guard block.take(rows, at: index) else { throw CSVImport.changed(survey.path) }
    }
  }

  private mutating func move(to target: Int) throws(PipelineError) {
    if let file, let place = survey.jump(from: row, to: target) {
      rows = CSVRows(file, survey.layout, from: place)
      row = place.row
    }
    precondition(row <= target, "row \(target) of a file that is at row \(row)")
    while row < target {
      guard try rows.next(scratch) else { throw CSVImport.changed(survey.path) }
      row += 1
    }
  }
}
