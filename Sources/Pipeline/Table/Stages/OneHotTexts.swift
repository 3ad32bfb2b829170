public import Configuration

/// The stage `one_hot` of a table: each text, or number, becomes a row of zeros with a one at the place of its
/// category.
///
/// Categories stand in the order of the alphabet, or of their size: those of a column behind `index` in that
/// of their numbers. With `drop_last`, the last category is a row of zeros.
/// - Source: scikit-learn's `OneHotEncoder`, and Spark's for `drop_last` and `unknown: keep`.
public struct OneHotTexts: ConfiguredTableStage {
  /// `one_hot`.
  public static let name = "one_hot"
  /// The columns, each of which has categories of its own.
  public let columns: [String]
  /// Whether the last category has no place.
  public let dropsLast: Bool
  /// What becomes of others.
  public let unknown: UnknownRule

  /// Makes the stage.
  public init(_ columns: [String], dropsLast: Bool = false, unknown: UnknownRule = .error) {
    (self.columns, self.dropsLast, self.unknown) = (columns, dropsLast, unknown)
  }

  /// Takes `columns`, `drop_last` (false) and `unknown` (`error`, `ignore` or `keep`).
  public init(options: inout Options) throws(ConfigurationError) {
    columns = try options.names("columns")
    dropsLast = try options.bool("drop_last", default: false)
    unknown = try UnknownRule.option(&options, among: [.error, .ignore, .keep])
  }

  /// `columns`, `drop_last` and `unknown`.
  public var value: Value {
    [
      "columns": .names(columns), "drop_last": Value(.bool(dropsLast)),
      "unknown": Value(.string(unknown.rawValue)),
    ]
  }

  /// As many numbers as the data tell in the place of each cell.
  public func step(for schema: Schema) throws(PipelineError) -> TableStep {
    let reads = try schema.cells(columns, for: Self.name)
    return TableStep(schema, replacing: reads, by: reads.map { _ in .number(width: nil) })
  }

  /// Counts of the different cells.
  public func findings(for columns: [Column]) -> CategoryCounts? {
    CategoryCounts(columns, for: Self.name)
  }

  /// The categories in order.
  public func fitted(
    to findings: CategoryCounts?, columns: [Column]
  ) throws(PipelineError) -> CategoryPlaces {
    let counts = findings ?? CategoryCounts(columns, for: Self.name)
    let categories = try Categories(
      counts, .alphabetical, unknown: unknown, columns: columns, stage: Self.name)
    for (index, column) in columns.enumerated() {
      let count = categories.columns[index].count
      guard count <= CategoryPlaces.mostPlaces else {
        throw PipelineError(
          "one_hot: the column '\(column.name)' has \(count) categories, and at most "
            + "\(CategoryPlaces.mostPlaces) have places of their own: use `hash` or `index`")
      }
      guard !dropsLast || count > 1 || unknown == .keep else {
        throw PipelineError(
          "one_hot: the column '\(column.name)' has one category, of which drop_last leaves nothing: drop "
            + "the column")
      }
    }
    return CategoryPlaces(categories, dropsLast: dropsLast)
  }
}
