/// Where the cells of each column are kept while stages run: a column that a stage makes has memory of its
/// own, and stages that only choose and name columns need none.
struct TablePlan {
  /// A stage that makes columns.
  struct Run {
    /// The stage's place among all.
    let stage: Int
    /// The names of the columns that it reads.
    let names: [String]
    /// The memory that it reads and writes.
    let inputs, outputs: [Int]
  }

  /// What each memory holds.
  private(set) var kinds: [ColumnKind]
  /// The stages that run: those that a row is made of.
  private(set) var runs: [Run] = []
  /// The memory of the columns of a row, in order.
  private(set) var results: [Int] = []
  /// The places of the table's columns that are read, ascending; their memory has the same numbers.
  private(set) var sources: [Int] = []

  /// Plans fitted stages.
  init(schema: Schema, steps: [FittedTable.Step]) {
    kinds = schema.columns.map(\.kind)
    var slots = Array(schema.columns.indices)
    var current = schema
    var all: [Run] = []
    for (index, step) in steps.enumerated() {
      let first = kinds.count
      kinds += step.step.made
      if step.stage != nil {
        all.append(
          Run(
            stage: index, names: step.step.reads.map { current.columns[$0].name },
            inputs: step.step.reads.map { slots[$0] },
            outputs: Array(first..<kinds.count)))
      }
      let before = slots
      slots = step.step.results.map { result in
        switch result.origin {
        case .kept(let place): before[place]
        case .made(let place): first + place
        }
      }
      // Names were checked when the stages were put together.
      if let next = try? step.step.schema(behind: current, stage: step.name) { current = next }
    }
    results = slots
    var isNeeded = [Bool](repeating: false, count: kinds.count)
    for slot in results { isNeeded[slot] = true }
    for run in all.reversed() where run.outputs.contains(where: { isNeeded[$0] }) {
      for slot in run.inputs { isNeeded[slot] = true }
      runs.append(run)
    }
    runs.reverse()
    sources = schema.columns.indices.filter { isNeeded[$0] }
  }

  /// The memory that is written or read at all.
  var used: Set<Int> {
    Set(sources + results + runs.flatMap { $0.inputs + $0.outputs })
  }
}
