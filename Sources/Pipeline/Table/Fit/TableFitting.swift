/// Stages of `pipeline.table` on their way to being fitted.
///
/// In a pass learn all stages that read no column of which a stage still has to learn something.
struct TableFitting {
  /// What is done with the columns of a block in a pass.
  private enum Action {
    case transform(any FittedTableStage, inputs: [Int], outputs: [Int], names: [String])
    case learn(stage: Int, inputs: [Int], names: [String])
  }

  private let stages: [any TableStage]
  private let schema: Schema
  private var fitted: [(any FittedTableStage)?]
  private var learners: [Int: any TableLearner] = [:]
  private var actions: [Action] = []
  private var columns: [CellColumn?] = []
  private var missing: MissingCounts?
  /// Whether the next pass is the one that counts missing cells.
  private var isCounting: Bool
  /// The most rows of a block.
  private(set) var blockRowCount: Int
  private let mostRows: Int

  /// Prepares to fit stages to a table of these columns, in blocks of at most `mostRows` rows, and to count the
  /// missing cells of all of them.
  ///
  /// - Throws: `PipelineError` for stages that the columns do not fit.
  init(
    _ stages: [any TableStage], schema: Schema, mostRows: Int, countsMissing: Bool
  ) throws(PipelineError) {
    (self.stages, self.schema, isCounting) = (stages, schema, countsMissing)
    (self.mostRows, blockRowCount) = (mostRows, mostRows)
    missing = countsMissing ? MissingCounts(columnCount: schema.columns.count) : nil
    fitted = stages.map { _ in nil }
    _ = try stages.row(of: schema)
    try advance()
  }

  /// Whether a pass over the data is needed.
  var needsPass: Bool { isCounting || !learners.isEmpty }

  /// Whether the pass needs targets.
  var needsTargets: Bool { learners.keys.contains { stages[$0].usesTarget } }

  /// The table's columns that the pass needs, with the memory to fill.
  var inputs: [(index: Int, column: CellColumn)] {
    schema.columns.indices.compactMap { index in columns[index].map { (index, $0) } }
  }

  /// Takes in the rows that were put into the columns.
  mutating func add(
    rowCount: Int, firstRow: Int, targets: UnsafePointer<Float>?
  ) throws(PipelineError) {
    func block(_ slots: [Int], _ names: [String]) -> TableBlock {
      TableBlock(
        slots.compactMap { columns[$0] }, names: names, rowCount: rowCount, firstRow: firstRow,
        targets: targets)
    }
    if isCounting {
      let all = inputs
      missing?.add(all, rowCount: rowCount)
    }
    for action in actions {
      switch action {
      case .transform(let stage, let inputs, let outputs, let names):
        try stage.transform(block(inputs, names), into: outputs.compactMap { columns[$0] })
      case .learn(let stage, let inputs, let names):
        // Taken out meanwhile: a second reference to its memory would have it copied.
        guard var learner = learners.removeValue(forKey: stage) else { continue }
        try learner.add(block(inputs, names))
        learners[stage] = learner
      }
    }
  }

  /// Ends the pass: merges with the other processes and goes on to the stages that learn next.
  ///
  /// Collective over the reducer's processes.
  mutating func finishPass(_ reducer: any Reducer) throws {
    for index in learners.keys.sorted() {
      guard var learner = learners.removeValue(forKey: index) else { continue }
      fitted[index] = try learner.finishPass(reducer)
      if fitted[index] == nil { learners[index] = learner }
    }
    if isCounting { missing = try missing.map { try reducer.merge($0) } }
    isCounting = false
    try advance()
  }

  /// Fits what can be fitted without rows, and prepares the next pass.
  private mutating func advance() throws(PipelineError) {
    actions = []
    var kinds = schema.columns.map(\.kind)
    var slots = Array(schema.columns.indices)
    var isReady = [Bool](repeating: true, count: kinds.count)
    var current = schema
    for (index, stage) in stages.enumerated() {
      var step = try stage.step(for: current)
      let inputs = step.reads.map { slots[$0] }
      let read = step.reads.map { current.columns[$0] }
      let names = read.map(\.name)
      let canLearn = inputs.allSatisfy { isReady[$0] }
      if canLearn, fitted[index] == nil, learners[index] == nil {
        if let learner = try Self.learner(stage, read) {
          learners[index] = learner
        } else {
          fitted[index] = try Self.fit(stage, read)
        }
      }
      if let stage = fitted[index] { step.made = stage.made }
      let first = kinds.count
      kinds += step.made
      isReady += step.made.map { _ in canLearn && fitted[index] != nil }
      if canLearn, learners[index] != nil {
        actions.append(.learn(stage: index, inputs: inputs, names: names))
      } else if let stage = fitted[index], !step.made.isEmpty {
        actions.append(
          .transform(
            stage, inputs: inputs, outputs: Array(first..<kinds.count), names: names))
      }
      let before = slots
      slots = step.results.map { result in
        switch result.origin {
        case .kept(let place): before[place]
        case .made(let place): first + place
        }
      }
      current = try step.schema(behind: current, stage: type(of: stage).name)
    }
    keepNeeded(kinds)
  }

  /// Drops what no stage learns from, and makes room for the rest.
  private mutating func keepNeeded(_ kinds: [ColumnKind]) {
    var isNeeded = kinds.indices.map { isCounting && $0 < schema.columns.count }
    var kept: [Action] = []
    for action in actions.reversed() {
      switch action {
      case .learn(_, let inputs, _):
        for slot in inputs { isNeeded[slot] = true }
        kept.append(action)
      case .transform(_, let inputs, let outputs, _):
        guard outputs.contains(where: { isNeeded[$0] }) else { continue }
        for slot in inputs + outputs { isNeeded[slot] = true }
        kept.append(action)
      }
    }
    actions = kept.reversed()
    let width = kinds.indices.reduce(0) { $0 + (isNeeded[$1] ? kinds[$1].width ?? 8 : 0) }
    blockRowCount = max(1, min(mostRows, (4 << 20) / max(1, width)))
    let rowCount = blockRowCount
    columns = kinds.indices.map { slot in
      isNeeded[slot] ? CellColumn(kinds[slot], rowCount: rowCount) : nil
    }
  }

  /// All stages, when no pass is needed any more.
  func result() throws(PipelineError) -> FittedTable {
    var current = schema
    var steps: [FittedTable.Step] = []
    for (index, stage) in stages.enumerated() {
      guard let own = fitted[index] else { preconditionFailure("a stage is not fitted") }
      var step = try stage.step(for: current)
      step.made = own.made
      let name = type(of: stage).name
      steps.append(
        FittedTable.Step(name: name, step: step, stage: step.made.isEmpty ? nil : own))
      current = try step.schema(behind: current, stage: name)
    }
    return try FittedTable(schema: schema, steps: steps, missing: missing)
  }

  private static func fit<S: TableStage>(
    _ stage: S, _ columns: [Column]
  ) throws(PipelineError) -> any FittedTableStage {
    try stage.fitted(to: nil, columns: columns)
  }

  private static func learner<S: TableStage>(
    _ stage: S, _ columns: [Column]
  ) throws(PipelineError) -> (any TableLearner)? {
    stage.findings(for: columns).map {
      TableLearning(stage: stage, columns: columns, findings: $0)
    }
  }
}

/// A stage with its findings, its type forgotten.
private protocol TableLearner {
  mutating func add(_ block: TableBlock) throws(PipelineError)
  /// The stage, or nil when the learner needs another pass, for which it is ready then.
  mutating func finishPass(_ reducer: any Reducer) throws -> (any FittedTableStage)?
}

private struct TableLearning<S: TableStage>: TableLearner {
  let stage: S
  let columns: [Column]
  var findings: S.Findings

  mutating func add(_ block: TableBlock) throws(PipelineError) { try findings.add(block) }

  mutating func finishPass(_ reducer: any Reducer) throws -> (any FittedTableStage)? {
    let merged = try reducer.merge(findings)
    if let next = try stage.findings(after: merged, columns: columns) {
      findings = next
      return nil
    }
    return try stage.fitted(to: merged, columns: columns)
  }
}

extension [any TableStage] {
  /// The columns behind all stages, which side by side are a row of numbers.
  ///
  /// - Throws: what `output(of:)` throws, and where a column of texts is left, or none at all; where `unknown: skip`
  ///   is about a column that a stage makes.
  public func row(of schema: Schema) throws(PipelineError) -> Schema {
    _ = try skippingColumns(of: schema)
    let output = try output(of: schema)
    try FittedTable.checkRow(output)
    return output
  }

  /// The columns behind all stages; no row is read for that, and widths that only data tell are open.
  ///
  /// - Throws: `PipelineError` for a stage that the columns before it do not fit.
  public func output(of schema: Schema) throws(PipelineError) -> Schema {
    var current = schema
    for stage in self {
      current = try stage.step(for: current)
        .schema(behind: current, stage: type(of: stage).name)
    }
    return current
  }
}
