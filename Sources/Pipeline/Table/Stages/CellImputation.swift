public import HDF5

/// The fitted stage `impute` of a table.
public struct CellImputation: FittedTableStage {
  private let kinds: [ColumnKind]
  /// What takes the place of missing numbers, one column behind the other.
  public let numbers: [Double]
  /// What takes the place of missing texts, for each column.
  public let texts: [String]
  private let flags: Bool

  init(_ columns: [Column], numbers: [Double], texts: [String], flags: Bool) {
    kinds = columns.map(\.kind)
    (self.numbers, self.texts, self.flags) = (numbers, texts, flags)
  }

  /// The columns again, and flags.
  public var made: [ColumnKind] {
    kinds + (flags ? kinds.map { $0 == .text ? .number(width: 1) : $0 } : [])
  }

  /// Writes cells, none of which is missing, and flags.
  public func transform(_ block: TableBlock, into made: [CellColumn]) {
    var start = 0
    for (index, column) in block.columns.enumerated() {
      let marks = flags ? made[block.columns.count + index].numbers : nil
      if column.isText {
        let fill = Array(texts[index].utf8)
        made[index].texts.removeAll()
        for row in 0..<block.rowCount {
          let isMissing = column.texts.range(row).isEmpty
          if isMissing {
            made[index].texts.append(fill)
          } else {
            made[index].texts.append(row, of: column.texts)
          }
          marks?[row] = isMissing ? 1 : 0
        }
        continue
      }
      for place in 0..<column.width {
        let fill = Float(numbers[start + place])
        for row in 0..<block.rowCount {
          let value = column.numbers[row * column.width + place]
          made[index].numbers[row * column.width + place] = value.isNaN ? fill : value
          marks?[row * column.width + place] = value.isNaN ? 1 : 0
        }
      }
      start += column.width
    }
  }

  /// Writes the data set `fill`, of numbers or of texts, and the attribute `flag`.
  public func write(to group: borrowing Group) throws(HDF5Error) {
    if texts.isEmpty {
      try group.writeNumbers("fill", numbers)
    } else {
      try group.writeTexts("fill", TextRows(texts))
    }
    try group.writeAttribute("flag", flags ? 1 : 0)
  }

  /// Reads what `write(to:)` has written.
  public init(from group: borrowing Group, columns: [Column]) throws(PipelineError) {
    let flags = try group.flagAttribute("flag")
    let textCount = columns.count { $0.kind == .text }
    guard textCount > 0 else {
      self.init(
        columns,
        numbers: try group.readNumbers(
          "fill", count: columns.reduce(0) { $0 + ($1.kind.width ?? 0) }, stage: ImputeCells.name),
        texts: [], flags: flags)
      return
    }
    let fill = try group.readTexts("fill")
    guard textCount == columns.count, fill.count == textCount else {
      throw PipelineError(
        "\(group.place): \(fill.count) texts for \(columns.count) columns: the model file is damaged, "
          + "write it again")
    }
    self.init(columns, numbers: [], texts: (0..<fill.count).map(fill.text), flags: flags)
  }
}
