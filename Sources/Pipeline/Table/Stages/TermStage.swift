/// A stage that learns which terms there are in texts.
public protocol TermStage: ConfiguredTableStage where Findings == TermCounts {
  /// The columns, each of which has a vocabulary of its own.
  var columns: [String] { get }
  /// How texts fall into terms.
  var tokens: TokenRule { get }
}

extension TermStage {
  /// As many numbers as the data tell in the place of each text.
  public func step(for schema: Schema) throws(PipelineError) -> TableStep {
    let reads = try schema.texts(columns, for: Self.name)
    return TableStep(schema, replacing: reads, by: reads.map { _ in .number(width: nil) })
  }

  /// Counts of no texts.
  public func findings(for columns: [Column]) -> TermCounts? {
    TermCounts(columns, tokens, for: Self.name)
  }
}
