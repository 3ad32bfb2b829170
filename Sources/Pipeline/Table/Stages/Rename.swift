public import Configuration

/// The stage `rename`: columns get other names.
public struct Rename: ConfiguredTableStage {
  /// `rename`.
  public static let name = "rename"
  /// Names of before and of after.
  public let names: [(old: String, new: String)]

  /// Makes the stage.
  public init(_ names: [(old: String, new: String)]) { self.names = names }

  /// Takes the names of before as keys, and those of after as values.
  public init(options: inout Options) throws(ConfigurationError) {
    var names: [(old: String, new: String)] = []
    for key in options.keys {
      let new = try options.string(key)
      guard !new.isEmpty else { throw options.error("a column needs a name", key) }
      names.append((key, new))
    }
    guard !names.isEmpty else {
      throw ConfigurationError(
        "name at least one column, as in `rename: {old: new}`", at: options.keyPath,
        origin: options.origin)
    }
    self.names = names
  }

  /// The names of before with those of after.
  public var value: Value {
    Value(.map(names.map { Value.Entry($0.old, Value(.string($0.new))) }))
  }

  /// The same columns.
  public func step(for schema: Schema) throws(PipelineError) -> TableStep {
    var columns = schema.columns.indices.map { ($0, schema.columns[$0].name) }
    for (old, new) in names { columns[try schema.index(of: old, for: Self.name)].1 = new }
    return TableStep(keeping: columns)
  }

  /// Nothing is made.
  public func fitted(to findings: NoFindings?, columns: [Column]) -> NoColumns { NoColumns() }
}
