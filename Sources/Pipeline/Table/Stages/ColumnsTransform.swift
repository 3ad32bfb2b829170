import CKernels
public import HDF5

/// A fitted stage of rows of numbers that works on some columns of a table.
public struct ColumnsTransform<Stage: Transformer>: FittedTableStage {
  /// The stage.
  public let stage: Stage
  /// The columns again, or one.
  public let made: [ColumnKind]
  private let width: Int
  private let names: [String]
  private let keeps: Bool

  init(_ stage: Stage, columns: [Column], keeps: Bool) {
    (self.stage, self.keeps) = (stage, keeps)
    width = columns.reduce(0) { $0 + ($1.kind.width ?? 0) }
    names = columns.map(\.name)
    made =
      keeps ? columns.map(\.kind) : [.number(width: stage.outputShape.elementCount)]
  }

  /// Puts the columns side by side, has the stage transform the rows, and takes them apart again.
  public func transform(
    _ block: TableBlock, into made: [CellColumn]
  ) throws(PipelineError) {
    let outputCount = stage.outputShape.elementCount
    let rowCount = block.rowCount
    guard rowCount > 0 else { return }
    // Two blocks of memory for some thousand rows.
    let rows = UnsafeMutablePointer<Float>.allocate(capacity: rowCount * width)
    let isJoined = made.count == 1 && made[0].width == outputCount
    let output =
      isJoined
      ? made[0].numbers.baseAddress : .allocate(capacity: rowCount * outputCount)
    guard let output else { return }
    defer {
      rows.deallocate()
      if !isJoined { output.deallocate() }
    }
    var start = 0
    for column in block.columns {
      for row in 0..<rowCount {
        for place in 0..<column.width {
          rows[row * width + start + place] = column.numbers[row * column.width + place]
        }
      }
      start += column.width
    }
    try check(rows, block)
    do throws(PipelineError) {
      try stage.transform(rows, rowCount: rowCount, into: output)
    } catch {
      throw PipelineError(
        "\(error.description) (in one of the columns \(names.joined(separator: ", ")), rows "
          + "\(block.firstRow) to \(block.firstRow + rowCount - 1))", exitCode: error.exitCode)
    }
    guard !isJoined else { return }
    start = 0
    for column in made {
      for row in 0..<rowCount {
        for place in 0..<column.width {
          column.numbers[row * column.width + place] = output[row * outputCount + start + place]
        }
      }
      start += column.width
    }
  }

  /// Throws for an infinite number, and for a missing one that the stage cannot work with.
  private func check(
    _ rows: UnsafePointer<Float>, _ block: TableBlock
  ) throws(PipelineError) {
    let count = block.rowCount * width
    var place = ck_first_not_finite(rows, count)
    while place < count, rows[place].isNaN, Stage.missing != .refuses {
      place += 1 + ck_first_not_finite(rows + place + 1, count - place - 1)
    }
    guard place < count else { return }
    var (column, rest) = (0, place % width)
    while rest >= block.columns[column].width {
      rest -= block.columns[column].width
      column += 1
    }
    throw PipelineError(
      "\(Stage.name): \(block.place(place / width, column)) is "
        + (rows[place].isNaN
          ? "missing (NaN): put `impute` before, or mend the row"
          : "infinite: mend or remove the row")
    )
  }

  /// Writes what the stage knows, and the attribute `keeps_columns`.
  public func write(to group: borrowing Group) throws(HDF5Error) {
    try group.writeAttribute("keeps_columns", keeps ? 1 : 0)
    try stage.write(to: group)
  }

  /// Reads what `write(to:)` has written.
  public init(from group: borrowing Group, columns: [Column]) throws(PipelineError) {
    let keeps = try group.flagAttribute("keeps_columns")
    let width = columns.reduce(0) { $0 + ($1.kind.width ?? 0) }
    guard width > 0, !columns.contains(where: { $0.kind == .text }) else {
      throw PipelineError(
        "\(group.place): the stage \(Stage.name) reads no numbers: the model file is damaged, write it "
          + "again")
    }
    let stage = try Stage(from: group, shape: [width])
    guard stage.outputShape.allSatisfy({ $0 > 0 }),
      stage.outputShape.reduce(1.0, { $0 * Double($1) }) <= Double(Int32.max),
      !keeps || stage.outputShape == [width]
    else {
      throw PipelineError(
        "\(group.place): the stage \(Stage.name) makes rows of \(stage.outputShape): the model file is "
          + "damaged, write it again")
    }
    self.init(stage, columns: columns, keeps: keeps)
  }
}
