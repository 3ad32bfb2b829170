public import Configuration

/// A stage of rows of numbers that works on some columns of a table, side by side.
///
/// Where it keeps the columns of a row, as scalers do, they stay columns. Where it makes others of them, as
/// `pca` does, these are one column, `into`, in the place of the first.
public struct ColumnsStage<Stage: Estimator>: ConfiguredTableStage {
  /// The stage.
  public let stage: Stage
  /// The columns that it works on, in this order.
  public let columns: [String]
  /// The name of what it makes; nil: that of the column, or of the stage where there are several.
  public let into: String?

  /// The stage's own.
  public static var name: String { Stage.name }

  /// Makes a stage of `stage`.
  public init(_ stage: Stage, columns: [String], into: String? = nil) {
    (self.stage, self.columns, self.into) = (stage, columns, into)
  }

  /// Takes `columns`, `into`, and the stage's own keys.
  public init(options: inout Options) throws(ConfigurationError) {
    columns = try options.names("columns")
    into = options.contains("into") ? try options.string("into") : nil
    stage = try Stage(options: &options)
    if let into, stage.keepsColumns {
      throw options.error("\(Stage.name) keeps its columns: leave '\(into)' out", "into")
    }
  }

  /// `columns`, `into`, and the stage's own keys.
  public var value: Value {
    var entries: [Value.Entry] = [.init("columns", .names(columns))]
    if let into { entries.append(.init("into", Value(.string(into)))) }
    if case .map(let own) = stage.value.kind { entries += own }
    return Value(.map(entries))
  }

  /// The columns again, or one.
  public func step(for schema: Schema) throws(PipelineError) -> TableStep {
    let reads = try schema.numbers(columns, for: Stage.name)
    let kinds = reads.map { schema.columns[$0].kind }
    if stage.keepsColumns { return TableStep(schema, replacing: reads, by: kinds) }
    let name = into ?? (columns.count == 1 ? columns[0] : Stage.name)
    return TableStep(
      schema, joining: reads, as: name,
      .number(
        width: try Self.width(kinds).flatMap { (width) throws(PipelineError) in
          try stage.outputShape(for: [width])?.elementCount
        }))
  }

  /// What the stage finds out about rows of so many numbers.
  public func findings(for columns: [Column]) -> ColumnsFindings<Stage.Statistics>? {
    let width = Self.knownWidth(columns)
    return stage.statistics(for: [width]).map {
      ColumnsFindings($0, fills: Stage.missingRule, width: width)
    }
  }

  /// What the stage asks for.
  public func findings(
    after findings: ColumnsFindings<Stage.Statistics>, columns: [Column]
  ) throws(PipelineError) -> ColumnsFindings<Stage.Statistics>? {
    let width = Self.knownWidth(columns)
    return try stage.statistics(after: findings.statistics, shape: [width]).map {
      ColumnsFindings($0, fills: Stage.missingRule, width: width)
    }
  }

  /// The stage for rows of so many numbers.
  public func fitted(
    to findings: ColumnsFindings<Stage.Statistics>?, columns: [Column]
  ) throws(PipelineError) -> ColumnsTransform<Stage.Fitted> {
    let shape = [Self.knownWidth(columns)]
    // What only data told may still be no shape for the stage.
    _ = try stage.outputShape(for: shape)
    return ColumnsTransform(
      try stage.fitted(to: findings?.statistics, shape: shape), columns: columns,
      keeps: stage.keepsColumns)
  }

  private static func width(_ kinds: [ColumnKind]) -> Int? {
    var sum = 0
    for kind in kinds {
      guard let width = kind.width else { return nil }
      sum += width
    }
    return sum
  }

  /// The numbers of columns whose widths are known once rows are read.
  private static func knownWidth(_ columns: [Column]) -> Int {
    guard let width = width(columns.map(\.kind)) else {
      preconditionFailure("columns of unknown width")
    }
    return width
  }
}
