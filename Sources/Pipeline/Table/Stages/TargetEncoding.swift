public import HDF5

/// The fitted stage `target_encode`.
public struct TargetEncoding: FittedTableStage {
  private let columns: [(categories: TextIndex, means: [Double])]
  /// The mean target of all training rows.
  public let mean: Double

  init(_ columns: [(categories: [String], means: [Double])], mean: Double) {
    self.columns = columns.map { (TextIndex($0.categories), $0.means) }
    self.mean = mean
  }

  /// A number for each column.
  public var made: [ColumnKind] { columns.map { _ in .number(width: 1) } }

  /// Writes the means of categories.
  public func transform(_ block: TableBlock, into made: [CellColumn]) {
    var cell = CellText()
    for (index, column) in block.columns.enumerated() {
      let (categories, means) = columns[index]
      for row in 0..<block.rowCount {
        let number = cell.number(column, row, in: categories)
        made[index].numbers[row] = Float(number.map { means[$0] } ?? mean)
      }
    }
  }

  /// Writes the data sets `categories_0` and `means_0` and so on, and the attribute `mean`.
  public func write(to group: borrowing Group) throws(HDF5Error) {
    try group.writeAttribute("mean", mean)
    for (index, column) in columns.enumerated() {
      try group.writeTexts("categories_\(index)", column.categories.texts)
      try group.writeNumbers("means_\(index)", column.means)
    }
  }

  /// Reads what `write(to:)` has written.
  public init(from group: borrowing Group, columns: [Column]) throws(PipelineError) {
    do { mean = try group.numberAttribute("mean") } catch { throw PipelineError(error) }
    var found: [(categories: TextIndex, means: [Double])] = []
    for index in columns.indices {
      let categories = try group.readIndex("categories_\(index)")
      found.append(
        (
          categories,
          try group.readNumbers(
            "means_\(index)", count: categories.count, stage: TargetEncode.name)
        ))
    }
    self.columns = found
    guard mean.isFinite else {
      throw PipelineError(
        "\(group.place): the mean of target_encode is \(mean): the model file is damaged, write it again"
      )
    }
  }
}
