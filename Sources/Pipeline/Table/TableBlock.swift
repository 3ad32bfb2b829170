/// Rows of the columns that a stage reads, as it gets them: at most some thousand at a time.
public struct TableBlock {
  /// The columns, in the order in which the stage asked for them.
  public let columns: [CellColumn]
  /// How many rows there are.
  public let rowCount: Int
  /// The number of the first row among all of the source.
  public let firstRow: Int
  /// The rows' targets, one number each; nil where there are none to learn from.
  public let targets: UnsafePointer<Float>?
  /// The columns' names.
  public let names: [String]

  /// Puts columns together.
  public init(
    _ columns: [CellColumn], names: [String], rowCount: Int, firstRow: Int,
    targets: UnsafePointer<Float>? = nil
  ) {
    self.columns = columns
    self.names = names
    self.rowCount = rowCount
    self.firstRow = firstRow
    self.targets = targets
  }

  /// A cell in words, for messages: `row 12 of the column 'city'`.
  func place(_ row: Int, _ column: Int) -> String {
    "row \(firstRow + row) of the column '\(names[column])'"
  }
}

@available(*, unavailable)
extension TableBlock: Sendable {}
