/// Fitted stages of `pipeline.table`: what makes a row of numbers of the columns of a table, by their names.
///
/// Part of a model. Two are equal when they come from the same fit or file.
public final class FittedTable: Sendable, Equatable {
  /// A stage beside what it does to the columns.
  struct Step: Sendable {
    /// The stage's name.
    let name: String
    /// What it does to the columns before it.
    let step: TableStep
    /// The stage; nil where no column is made.
    let stage: (any FittedTableStage)?
  }

  /// The columns of the table that the stages were fitted to.
  public let schema: Schema
  /// The stages in order.
  let steps: [Step]
  /// The columns behind the stages, which side by side are a row.
  public let output: Schema
  /// The columns that must be there, in the table's order: those that something is made of.
  public let needed: [Column]
  /// Numbers in a row.
  public let width: Int
  /// The missing cells of the rows that the stages were fitted to; nil where they were not counted.
  package let missing: MissingCounts?

  /// Puts stages together, each fitted to the columns that those before it leave.
  ///
  /// - Throws: `PipelineError` where a column of texts is left, or none at all.
  init(
    schema: Schema, steps: [Step], missing: MissingCounts? = nil
  ) throws(PipelineError) {
    var output = schema
    for step in steps { output = try step.step.schema(behind: output, stage: step.name) }
    (self.schema, self.steps, self.output, self.missing) = (schema, steps, output, missing)
    try Self.checkRow(output)
    width = output.columns.reduce(0) { $0 + ($1.kind.width ?? 0) }
    guard width <= Int(Int32.max) else {
      throw PipelineError(
        "pipeline.table: a row would have \(width) numbers, and must fit into memory: drop columns, or "
          + "make them narrower")
    }
    let plan = TablePlan(schema: schema, steps: steps)
    needed = plan.sources.map { schema.columns[$0] }
  }

  /// Throws unless all columns hold numbers, and there is one.
  static func checkRow(_ output: Schema) throws(PipelineError) {
    let texts = output.columns.filter { $0.kind == .text }
    guard texts.isEmpty else {
      let names = texts.prefix(8).map { "'\($0.name)'" }.joined(separator: ", ")
      throw PipelineError(
        "pipeline.table: behind its stages \(names) \(texts.count == 1 ? "is a text column" : "are text columns")"
          + ", and a row is made of numbers: put `index`, `one_hot` or another stage for texts there, or "
          + "`drop`")
    }
    guard !output.columns.isEmpty else {
      throw PipelineError("pipeline.table: no column is left behind its stages: keep one")
    }
  }

  /// Throws unless the columns that are needed hold what they did when the stages were fitted; `found` has them
  /// in the same order.
  func check(_ found: Schema, of place: String) throws(PipelineError) {
    for (column, other) in zip(needed, found.columns) where column.kind != other.kind {
      throw PipelineError(
        "\(place): the column '\(column.name)' holds \(other.kind), and held \(column.kind) when the pipeline "
          + "was fitted: name a table whose columns hold the same")
    }
  }

  /// Whether both come from the same fit.
  public static func == (a: FittedTable, b: FittedTable) -> Bool { a === b }
}
