public import Configuration
public import HDF5

/// The stage `cast`: the cells of columns become numbers, whole numbers or texts.
///
/// Numbers are written with as many digits as tell a `Float` from others, whole ones without a point. A text
/// that is no number is an error, or missing with `invalid: missing`; an empty one is missing.
public struct Cast: ConfiguredTableStage, FittedTableStage {
  /// What cells become.
  public enum Target: String, Sendable, CaseIterable {
    /// Numbers.
    case number
    /// Numbers without what is behind the point.
    case whole
    /// Texts.
    case text
  }

  /// `cast`.
  public static let name = "cast"
  /// The columns.
  public let columns: [String]
  /// What their cells become.
  public let target: Target
  /// Whether texts that are no numbers are missing values, instead of errors.
  public let skipsInvalid: Bool

  /// Makes the stage.
  public init(_ columns: [String], to target: Target, skipsInvalid: Bool = false) {
    (self.columns, self.target, self.skipsInvalid) = (columns, target, skipsInvalid)
  }

  /// Takes `columns`, `to` and `invalid` (`error` without).
  public init(options: inout Options) throws(ConfigurationError) {
    columns = try options.names("columns")
    let name = try options.choice("to", among: Target.allCases.map(\.rawValue))
    target = Target(rawValue: name) ?? .number
    skipsInvalid =
      try options.choice("invalid", among: ["error", "missing"], default: "error") == "missing"
    if target == .text, skipsInvalid {
      throw options.error("everything can be a text: leave invalid out", "invalid")
    }
  }

  /// `columns`, `to` and `invalid`.
  public var value: Value {
    var entries: [Value.Entry] = [
      .init("columns", .names(columns)), .init("to", Value(.string(target.rawValue))),
    ]
    if skipsInvalid { entries.append(.init("invalid", "missing")) }
    return Value(.map(entries))
  }

  /// Cells in the place of cells.
  public func step(for schema: Schema) throws(PipelineError) -> TableStep {
    let reads = try schema.cells(columns, for: Self.name)
    return TableStep(schema, replacing: reads, by: made)
  }

  /// One cell for each column.
  public var made: [ColumnKind] {
    columns.map { _ in target == .text ? .text : .number(width: 1) }
  }

  /// The stage itself.
  public func fitted(to findings: NoFindings?, columns: [Column]) -> Cast { self }

  /// Writes the cells.
  public func transform(
    _ block: TableBlock, into made: [CellColumn]
  ) throws(PipelineError) {
    for (index, column) in block.columns.enumerated() {
      switch target {
      case .text:
        var cell = CellText()
        made[index].texts.removeAll()
        for row in 0..<block.rowCount { cell.append(column, row, to: &made[index].texts) }
      case .number, .whole:
        try numbers(block, index, made[index].numbers)
        guard target == .whole else { continue }
        for row in 0..<block.rowCount {
          made[index].numbers[row] = made[index].numbers[row].rounded(.towardZero)
        }
      }
    }
  }

  private func numbers(
    _ block: TableBlock, _ index: Int, _ output: UnsafeMutableBufferPointer<Float>
  ) throws(PipelineError) {
    let column = block.columns[index]
    guard column.isText else {
      for row in 0..<block.rowCount { output[row] = column.numbers[row] }
      return
    }
    let bad = column.texts.bytes.withUnsafeBufferPointer { bytes -> Int? in
      var bad: Int?
      for row in 0..<block.rowCount {
        let text = UnsafeBufferPointer(rebasing: bytes[column.texts.range(row)])
        output[row] = text.isEmpty ? .nan : Decimal(text).map { Float($0.value) } ?? .nan
        if bad == nil, !text.isEmpty, !output[row].isFinite { bad = row }
        // What is too large for a Float is no number here either.
        if output[row].isInfinite { output[row] = .nan }
      }
      return bad
    }
    guard let bad, !skipsInvalid else { return }
    throw PipelineError(
      "cast: \(block.place(bad, index)) is \(Value(.string(column.texts.text(bad))).summary), which is no "
        + "number: mend the row, or set `invalid: missing`")
  }

  /// Writes the attributes `to` and `invalid_missing`.
  public func write(to group: borrowing Group) throws(HDF5Error) {
    try group.writeAttribute("to", target.rawValue)
    try group.writeAttribute("invalid_missing", skipsInvalid ? 1 : 0)
  }

  /// Reads what `write(to:)` has written.
  public init(from group: borrowing Group, columns: [Column]) throws(PipelineError) {
    let name: String
    do { name = try group.stringAttribute("to") } catch { throw PipelineError(error) }
    guard let target = Target(rawValue: name) else {
      throw PipelineError("\(group.place): cells cannot become '\(name)': use a newer sounder")
    }
    self.init(
      columns.map(\.name), to: target, skipsInvalid: try group.flagAttribute("invalid_missing"))
  }
}
