/// Where a record of a CSV file begins.
struct CSVPlace: Sendable, Equatable {
  /// The byte of the file, from 0.
  var offset: Int
  /// The line, from 1.
  var line: Int
  /// The count of rows before it that can be used.
  var row: Int
}
