import HDF5

/// The rows of a CSV file that can be used, one after the other.
///
/// What is wrong with a row ends the reading, or is written down and the row passed over. Both looks
/// at a file go through here, so that they see the same rows: where a bad one ends the reading
/// anyway, the first look only counts them, and leaves the features' numbers to the second.
struct CSVRows: ~Copyable {
  /// The current row's fields.
  private(set) var records: CSVRecords
  /// The target of the current row; nothing without a target, or in a table.
  private(set) var target = CSVCell.missing
  /// The missing features of the current row.
  private(set) var missingCount = 0
  /// The rows that were passed over.
  private(set) var bad = BadRows()
  private let layout: CSVLayout
  /// The rows before the current one that can be used.
  private var count = 0

  /// Reads `source`, which is at its beginning.
  init(_ source: ByteSource, _ layout: CSVLayout) throws(PipelineError) {
    self.layout = layout
    records = CSVRecords(source, separator: layout.dialect.separator)
    if layout.dialect.hasHeader { _ = try records.next() }
  }

  /// Reads `file` from `place` on, up to the last row that begins before byte `end`.
  init(_ file: FileRegion, _ layout: CSVLayout, from place: RowPlace, to end: Int = .max) {
    self.layout = layout
    records = CSVRecords(
      FileRange(file, from: place.offset), separator: layout.dialect.separator, from: place,
      to: end)
  }

  /// Goes to the next row that can be used, whose features go to `features`; false at the end.
  ///
  /// Nothing goes there in a table. Without a place for the features they are not looked at. A
  /// missing feature becomes NaN.
  mutating func next(_ features: UnsafeMutablePointer<Float>?) throws(PipelineError) -> Bool {
    while try records.next() {
      guard let problem = take(features) else {
        count += 1
        return true
      }
      guard layout.badRows == .skip else { throw records.error(problem) }
      bad.add(line: records.lineNumber, place: count, problem)
    }
    return false
  }

  /// An error about the current row.
  func error(_ message: String) -> PipelineError { records.error(message) }

  /// What is wrong with the row.
  private mutating func take(_ features: UnsafeMutablePointer<Float>?) -> String? {
    if let fault = records.fault { return fault }
    let columnCount = layout.columnCount
    guard records.fieldCount == columnCount else {
      return
        "the row has \(records.fieldCount) fields, the first has \(columnCount): mend the row, or"
        + " pass such rows over with --bad-rows skip (in a job data.bad_rows: skip)"
    }
    guard !layout.isTable else { return wrongKind() }
    if let column = layout.targetColumn {
      target = CSVCell(records.field(column))
      guard target != .missing else {
        return "the target \(layout.name(column)) is missing: fill it in or remove the row"
      }
    }
    guard let features else { return nil }
    var place = 0
    missingCount = 0
    for column in layout.featureColumns {
      switch CSVCell(records.field(column)) {
      case .number(let number):
        let value = Float(number.value)
        guard value.isFinite else { return notNumber(column) }
        features[place] = value
      case .missing:
        features[place] = .nan
        missingCount &+= 1
      case .text: return notNumber(column)
      }
      place &+= 1
    }
    return nil
  }

  /// What is wrong with a row of a table whose columns are wanted in some way.
  private func wrongKind() -> String? {
    for column in layout.numberColumns where CSVCell(records.field(column)) == .text {
      return
        "column \(layout.name(column)) holds '\(records.excerpt(column))', and must hold numbers:"
        + " mend the row"
    }
    return nil
  }

  private func notNumber(_ column: Int) -> String {
    "column \(layout.name(column)) holds '\(records.excerpt(column))', which is no finite number:"
      + " make the column the --target, write a --table, or numbers of its texts"
  }
}
