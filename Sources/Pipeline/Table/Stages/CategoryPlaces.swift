public import HDF5

/// The fitted stage `one_hot` of a table.
public struct CategoryPlaces: FittedTableStage {
  /// More categories make rows that are too long to be dense.
  static let mostPlaces = 65_536

  let categories: Categories
  /// Whether the last category has no place.
  public let dropsLast: Bool

  init(_ categories: Categories, dropsLast: Bool) {
    (self.categories, self.dropsLast) = (categories, dropsLast)
  }

  /// The places of a column; the last of all categories, those that are kept for unknown ones among them, may
  /// have none.
  public var made: [ColumnKind] {
    categories.columns.map {
      .number(width: $0.count + (categories.unknown == .keep ? 1 : 0) - (dropsLast ? 1 : 0))
    }
  }

  /// Writes zeros and ones.
  public func transform(
    _ block: TableBlock, into made: [CellColumn]
  ) throws(PipelineError) {
    for (index, column) in made.enumerated() {
      let (numbers, width) = (column.numbers, column.width)
      numbers.update(repeating: 0)
      try categories.forEach(block, column: index, stage: OneHotTexts.name) { row, number in
        if number < width { numbers[row * width + number] = 1 }
      }
    }
  }

  /// Writes the categories of each column, and the attribute `drop_last`.
  public func write(to group: borrowing Group) throws(HDF5Error) {
    try categories.write(to: group)
    try group.writeAttribute("drop_last", dropsLast ? 1 : 0)
  }

  /// Reads what `write(to:)` has written.
  public init(from group: borrowing Group, columns: [Column]) throws(PipelineError) {
    categories = try Categories(from: group, count: columns.count)
    dropsLast = try group.flagAttribute("drop_last")
    guard made.allSatisfy({ (1...Self.mostPlaces + 1).contains($0.width ?? 0) }) else {
      throw PipelineError(
        "\(group.place): the stage one_hot has no categories: the model file is damaged, write it again"
      )
    }
  }
}
