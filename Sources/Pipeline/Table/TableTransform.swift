/// Fitted stages with the memory for a block of rows: columns in, rows of numbers out.
///
/// A block allocates nothing. Not sendable: each thread has its own.
final class TableTransform {
  /// About so much memory a block may take.
  private static let blockByteCount = 16 << 20
  private static let mostRows = 4096

  /// The memory of a block: of each column that is read or made, and what runs over it.
  private struct Memory {
    let inputs: [CellColumn]
    let results: [CellColumn]
    let runs: [(stage: any FittedTableStage, block: TableBlock, made: [CellColumn])]

    init(_ table: FittedTable, _ plan: TablePlan, rowCount: Int) {
      var columns: [Int: CellColumn] = [:]
      for slot in plan.used { columns[slot] = CellColumn(plan.kinds[slot], rowCount: rowCount) }
      func all(_ slots: [Int]) -> [CellColumn] { slots.compactMap { columns[$0] } }
      inputs = all(plan.sources)
      results = all(plan.results)
      runs = plan.runs.compactMap { run in
        guard let stage = table.steps[run.stage].stage else { return nil }
        let block = TableBlock(all(run.inputs), names: run.names, rowCount: 0, firstRow: 0)
        return (stage, block, all(run.outputs))
      }
    }
  }

  private let table: FittedTable
  private let plan: TablePlan
  // Not before rows are read: then a file has columns of these widths.
  private lazy var memory = Memory(table, plan, rowCount: rowCount)
  /// The most rows of a block.
  let rowCount: Int
  /// Numbers in a row.
  var width: Int { table.width }

  /// Plans a block.
  init(_ table: FittedTable) {
    let plan = TablePlan(schema: table.schema, steps: table.steps)
    let width = plan.used.reduce(0) { $0 + (plan.kinds[$1].width ?? 8) }
    rowCount = max(
      1, min(Self.mostRows, Self.blockByteCount / (MemoryLayout<Float>.size * max(1, width))))
    (self.table, self.plan) = (table, plan)
  }

  /// The columns that a reader fills before `transform`: those that the table needs, in its order.
  var inputs: [CellColumn] { memory.inputs }

  /// Makes rows of what is in the columns that were filled.
  ///
  /// - Parameters:
  ///   - rowCount: at most `self.rowCount`.
  ///   - firstRow: the number of the first of them, for messages.
  ///   - output: room for as many rows of the table's width.
  /// - Throws: `PipelineError` for a cell that a stage cannot work with.
  func transform(
    _ rowCount: Int, firstRow: Int, into output: UnsafeMutablePointer<Float>
  ) throws(PipelineError) {
    precondition(rowCount <= self.rowCount, "\(rowCount) rows, room for \(self.rowCount)")
    for run in memory.runs {
      try run.stage.transform(run.block.with(rowCount, firstRow), into: run.made)
    }
    var start = 0
    for column in memory.results {
      guard let source = column.numbers.baseAddress else { continue }
      let width = column.width
      if width == 1 {
        for row in 0..<rowCount { output[row * table.width + start] = source[row] }
      } else {
        for row in 0..<rowCount {
          (output + row * table.width + start).update(from: source + row * width, count: width)
        }
      }
      start += width
    }
  }
}

@available(*, unavailable)
extension TableTransform: Sendable {}

extension TableBlock {
  /// The same columns with other rows in them.
  func with(_ rowCount: Int, _ firstRow: Int, targets: UnsafePointer<Float>? = nil) -> TableBlock {
    TableBlock(
      columns, names: names, rowCount: rowCount, firstRow: firstRow, targets: targets)
  }
}
