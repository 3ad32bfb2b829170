public import Configuration

/// The stage `drop`: these columns go.
public struct Drop: ConfiguredTableStage {
  /// `drop`.
  public static let name = "drop"
  /// The columns that go.
  public let columns: [String]

  /// Makes the stage.
  public init(_ columns: [String]) { self.columns = columns }

  /// Takes `columns`.
  public init(options: inout Options) throws(ConfigurationError) {
    columns = try options.names("columns")
  }

  /// `columns`.
  public var value: Value { ["columns": .names(columns)] }

  /// The other columns.
  public func step(for schema: Schema) throws(PipelineError) -> TableStep {
    let gone = Set(try schema.indices(of: columns, for: Self.name))
    return TableStep(
      keeping: schema.columns.indices.filter { !gone.contains($0) }.map {
        ($0, schema.columns[$0].name)
      })
  }

  /// Nothing is made.
  public func fitted(to findings: NoFindings?, columns: [Column]) -> NoColumns { NoColumns() }
}
