public import Configuration

/// The stage `index`: each text, or number, of a column becomes the number of its category.
///
/// With `unknown: keep`, what no training row has, and missing cells, get the number behind the last; with
/// `unknown: skip`, their rows are left out (`DataSource.leftOut(by:among:)` finds these).
/// - Source: Spark's `StringIndexer`, whose `handleInvalid` this is.
public struct Index: ConfiguredTableStage {
  /// `index`.
  public static let name = "index"
  /// The columns, each of which has categories of its own.
  public let columns: [String]
  /// How categories are numbered.
  public let order: CategoryOrder
  /// What becomes of others.
  public let unknown: UnknownRule

  /// With `unknown: skip`.
  public var leavesOut: Bool { unknown == .skip }

  /// Makes the stage.
  public init(
    _ columns: [String], order: CategoryOrder = .frequency, unknown: UnknownRule = .error
  ) {
    (self.columns, self.order, self.unknown) = (columns, order, unknown)
  }

  /// Takes `columns`, `order` (`frequency_desc` without) and `unknown` (`error` without).
  public init(options: inout Options) throws(ConfigurationError) {
    columns = try options.names("columns")
    order = try Self.order(&options)
    unknown = try UnknownRule.option(&options, among: [.error, .keep, .skip])
  }

  /// Takes `order`.
  static func order(_ options: inout Options) throws(ConfigurationError) -> CategoryOrder {
    let name = try options.choice(
      "order", among: ["frequency_desc", "alphabetical"], default: "frequency_desc")
    return name == "alphabetical" ? .alphabetical : .frequency
  }

  /// `columns`, `order` and `unknown`.
  public var value: Value {
    [
      "columns": .names(columns),
      "order": Value(.string(order == .frequency ? "frequency_desc" : "alphabetical")),
      "unknown": Value(.string(unknown.rawValue)),
    ]
  }

  /// A number in the place of each cell.
  public func step(for schema: Schema) throws(PipelineError) -> TableStep {
    let reads = try schema.cells(columns, for: Self.name)
    return TableStep(schema, replacing: reads, by: reads.map { _ in .number(width: 1) })
  }

  /// Counts of the different cells.
  public func findings(for columns: [Column]) -> CategoryCounts? {
    CategoryCounts(columns, for: Self.name)
  }

  /// The categories in order.
  public func fitted(
    to findings: CategoryCounts?, columns: [Column]
  ) throws(PipelineError) -> CategoryNumbers {
    let counts = findings ?? CategoryCounts(columns, for: Self.name)
    return CategoryNumbers(
      try Categories(counts, order, unknown: unknown, columns: columns, stage: Self.name),
      stage: Self.name)
  }
}
