import Configuration
import HDF5

/// The categories of some columns, and what becomes of others: what `index`, `ordinal` and `one_hot` know.
struct Categories: Sendable {
  /// The categories of each column, in the order of their numbers.
  let columns: [TextIndex]
  /// What becomes of others.
  let unknown: UnknownRule

  /// The categories of all rows.
  ///
  /// - Throws: `PipelineError` for a column that has none.
  init(
    _ counts: CategoryCounts, _ order: CategoryOrder, unknown: UnknownRule, columns: [Column],
    stage: String
  ) throws(PipelineError) {
    try counts.check()
    var found: [TextIndex] = []
    for (index, column) in columns.enumerated() {
      let categories = order.categories(
        counts.columns[index], areNumbers: column.kind != .text)
      guard categories.count > 0 else {
        throw PipelineError(
          "\(stage): the column '\(column.name)' has only missing values, or there are no rows: drop it"
        )
      }
      found.append(categories)
    }
    self.columns = found
    self.unknown = unknown
  }

  /// Categories that are given, the same for all columns.
  init(_ categories: [String], count: Int, unknown: UnknownRule) {
    columns = [TextIndex](repeating: TextIndex(categories), count: count)
    self.unknown = unknown
  }

  /// Calls `body` with the row and the number of each cell of a column; the number of categories stands for
  /// one that is none of them.
  ///
  /// - Throws: `PipelineError` for such a cell where the rule is `error`; where it is `skip`, too: its row was to
  ///   be left out.
  func forEach(
    _ block: TableBlock, column index: Int, stage: String,
    _ body: (_ row: Int, _ number: Int) -> Void
  ) throws(PipelineError) {
    let (column, categories) = (block.columns[index], columns[index])
    var cell = CellText()
    for row in 0..<block.rowCount {
      let number = cell.number(column, row, in: categories)
      if number == nil, unknown == .error || unknown == .skip {
        throw refusal(block, row, index, stage)
      }
      body(row, number ?? categories.count)
    }
  }

  private func refusal(
    _ block: TableBlock, _ row: Int, _ index: Int, _ stage: String
  ) -> PipelineError {
    let column = block.columns[index]
    let rule = unknown == .skip ? "leave the row out" : "set `unknown: keep`"
    if CellText.isMissing(column, row) {
      return PipelineError(
        "\(stage): \(block.place(row, index)) is missing: put `impute` before, or \(rule)")
    }
    return PipelineError(
      "\(stage): \(block.place(row, index)) is "
        + Self.words(CellText.text(column, row), noneOf: columns[index])
        + ": mend the row, or \(rule)")
  }

  /// Says that a cell's text is none of `categories`, and which is the nearest.
  static func words(_ text: String, noneOf categories: TextIndex) -> String {
    let texts = categories.texts
    let near = Spelling.nearest(to: text, among: (0..<min(texts.count, 1000)).map(texts.text))
    return "\(Value(.string(text)).summary), which is none of the \(texts.count) categories"
      + (near.map { " (the nearest is '\($0)')" } ?? "")
  }

  /// Writes the data sets `categories_0`, `categories_1` and so on, and the attribute `unknown`.
  func write(to group: borrowing Group) throws(HDF5Error) {
    for (index, column) in columns.enumerated() {
      try group.writeTexts("categories_\(index)", column.texts)
    }
    try group.writeAttribute("unknown", unknown.rawValue)
  }

  /// Reads what `write(to:)` has written.
  init(from group: borrowing Group, count: Int) throws(PipelineError) {
    var found: [TextIndex] = []
    for index in 0..<count {
      let categories = try group.readIndex("categories_\(index)")
      guard categories.count > 0 else {
        throw PipelineError(
          "\(group.place): 'categories_\(index)' is empty: the model file is damaged, write it again"
        )
      }
      found.append(categories)
    }
    columns = found
    unknown = try UnknownRule.read(from: group)
  }
}
