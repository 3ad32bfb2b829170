public import HDF5

/// The fitted stages `index` and `ordinal`.
public struct CategoryNumbers: FittedTableStage {
  let categories: Categories
  /// The stage's name, for messages.
  private let stage: String

  init(_ categories: Categories, stage: String) {
    (self.categories, self.stage) = (categories, stage)
  }

  /// A number for each column.
  public var made: [ColumnKind] { categories.columns.map { _ in .number(width: 1) } }

  /// Writes the numbers of categories.
  public func transform(
    _ block: TableBlock, into made: [CellColumn]
  ) throws(PipelineError) {
    for (index, column) in made.enumerated() {
      let numbers = column.numbers
      try categories.forEach(block, column: index, stage: stage) { numbers[$0] = Float($1) }
    }
  }

  /// Writes the categories of each column, and the attribute `kind`.
  public func write(to group: borrowing Group) throws(HDF5Error) {
    try categories.write(to: group)
    try group.writeAttribute("kind", stage)
  }

  /// Reads what `write(to:)` has written.
  public init(from group: borrowing Group, columns: [Column]) throws(PipelineError) {
    categories = try Categories(from: group, count: columns.count)
    do { stage = try group.stringAttribute("kind") } catch { throw PipelineError(error) }
  }
}
