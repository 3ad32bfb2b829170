public import Configuration
import HDF5

/// The stage `count`: a text becomes how often each term of a vocabulary is in it.
///
/// The vocabulary is learnt, and stands in the order of the alphabet.
/// - Source: scikit-learn's `CountVectorizer`.
public struct CountTerms: TermStage {
  /// `count`.
  public static let name = "count"
  /// The columns, each of which has a vocabulary of its own.
  public let columns: [String]
  /// How texts fall into terms.
  public let tokens: TokenRule
  private let vocabulary: VocabularyRule

  /// Makes the stage: terms count that at least `leastTexts` texts have, a number of them or below 1 a share;
  /// with `mostTerms` so many of the most frequent.
  public init(
    _ columns: [String], tokens: TokenRule = TokenRule(), leastTexts: Double = 1,
    mostTerms: Int? = nil
  ) {
    (self.columns, self.tokens) = (columns, tokens)
    vocabulary = VocabularyRule(leastTexts: leastTexts, mostTerms: mostTerms)
  }

  /// Takes `columns`, and what says which terms there are: `tokens`, `lowercase`, `min_length`, `ngrams`,
  /// `min_df` and `max_features`.
  public init(options: inout Options) throws(ConfigurationError) {
    columns = try options.names("columns")
    tokens = try TokenRule(options: &options, hasGrams: true)
    vocabulary = try VocabularyRule(options: &options)
  }

  /// The options.
  public var value: Value {
    Value(
      .map(
        [.init("columns", .names(columns))] + tokens.entries(hasGrams: true) + vocabulary.entries))
  }

  /// The vocabularies.
  public func fitted(
    to findings: TermCounts?, columns: [Column]
  ) throws(PipelineError) -> TermNumbers {
    let counts = findings ?? TermCounts(columns, tokens, for: Self.name)
    return try TermNumbers(
      counts, tokens, vocabulary, columns: columns, weights: nil, norm: nil, stage: Self.name)
  }
}
