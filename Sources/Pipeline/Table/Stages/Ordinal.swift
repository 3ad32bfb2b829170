public import Configuration

/// The stage `ordinal`: each text, or number, of a column becomes its place in an order, from 0.
///
/// The order is given, the same for all columns, or that of the alphabet, or of size, of the cells that there
/// are. With `unknown: keep`, others get the number behind the last.
/// - Source: scikit-learn's `OrdinalEncoder`.
public struct Ordinal: ConfiguredTableStage {
  /// `ordinal`.
  public static let name = "ordinal"
  /// The columns.
  public let columns: [String]
  /// The texts in order; nil for that of the alphabet.
  public let order: [String]?
  /// What becomes of others.
  public let unknown: UnknownRule

  /// Makes the stage.
  public init(_ columns: [String], order: [String]? = nil, unknown: UnknownRule = .error) {
    (self.columns, self.order, self.unknown) = (columns, order, unknown)
  }

  /// Takes `columns`, `order` and `unknown` (`error` without).
  public init(options: inout Options) throws(ConfigurationError) {
    columns = try options.names("columns")
    var order: [String] = []
    for item in try options.list("order") {
      let text = item.plainText
      switch item.kind {
      case .string, .int, .number, .bool: break
      default:
        throw options.error("expected texts or numbers, found \(item.summary)", "order", item)
      }
      guard !order.contains(text) else {
        throw options.error("'\(text)' is there twice", "order", item)
      }
      order.append(text)
    }
    self.order = order.isEmpty ? nil : order
    unknown = try UnknownRule.option(&options, among: [.error, .keep])
  }

  /// `columns`, `order` and `unknown`.
  public var value: Value {
    var entries: [Value.Entry] = [
      .init("columns", .names(columns)), .init("unknown", Value(.string(unknown.rawValue))),
    ]
    if let order { entries.append(.init("order", .names(order))) }
    return Value(.map(entries))
  }

  /// A number in the place of each cell.
  public func step(for schema: Schema) throws(PipelineError) -> TableStep {
    let reads = try schema.cells(columns, for: Self.name)
    return TableStep(schema, replacing: reads, by: reads.map { _ in .number(width: 1) })
  }

  /// Counts of the different cells, or nothing where the order is given.
  public func findings(for columns: [Column]) -> CategoryCounts? {
    order == nil ? CategoryCounts(columns, for: Self.name) : nil
  }

  /// The categories in order.
  public func fitted(
    to findings: CategoryCounts?, columns: [Column]
  ) throws(PipelineError) -> CategoryNumbers {
    if let order {
      return CategoryNumbers(
        Categories(order, count: columns.count, unknown: unknown), stage: Self.name)
    }
    let counts = findings ?? CategoryCounts(columns, for: Self.name)
    return CategoryNumbers(
      try Categories(counts, .alphabetical, unknown: unknown, columns: columns, stage: Self.name),
      stage: Self.name)
  }
}
