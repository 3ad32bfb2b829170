public import Configuration

/// The stage `select`: these columns stay, in this order.
public struct Select: ConfiguredTableStage {
  /// `select`.
  public static let name = "select"
  /// The columns that stay.
  public let columns: [String]

  /// Makes the stage.
  public init(_ columns: [String]) { self.columns = columns }

  /// Takes `columns`.
  public init(options: inout Options) throws(ConfigurationError) {
    columns = try options.names("columns")
  }

  /// `columns`.
  public var value: Value { ["columns": .names(columns)] }

  /// The columns, in this order.
  public func step(for schema: Schema) throws(PipelineError) -> TableStep {
    let places = try schema.indices(of: columns, for: Self.name)
    return TableStep(keeping: zip(places, columns).map { ($0, $1) })
  }

  /// Nothing is made.
  public func fitted(to findings: NoFindings?, columns: [Column]) -> NoColumns { NoColumns() }
}
