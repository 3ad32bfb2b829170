public import Configuration
import Glibc
import HDF5

/// The stage `tf_idf`: a text becomes how often each term is in it, times how rare the term is, as a row of the
/// length 1.
///
/// A term in d of n texts weighs ln((1 + n) / (1 + d)) + 1, without `smooth` ln(n / d) + 1.
/// - Source: scikit-learn's `TfidfVectorizer`.
public struct TFIDF: TermStage {
  /// `tf_idf`.
  public static let name = "tf_idf"
  /// The columns, each of which has a vocabulary of its own.
  public let columns: [String]
  /// How texts fall into terms.
  public let tokens: TokenRule
  /// Whether weights are as if one text more had all terms.
  public let smooths: Bool
  /// What rows are divided by; nil: nothing.
  public let norm: TermNumbers.Norm?
  private let vocabulary: VocabularyRule

  /// Makes the stage: terms count that at least `leastTexts` texts have, a number of them or below 1 a share;
  /// with `mostTerms` so many of the most frequent.
  public init(
    _ columns: [String], tokens: TokenRule = TokenRule(), leastTexts: Double = 1,
    mostTerms: Int? = nil, smooths: Bool = true, norm: TermNumbers.Norm? = .l2
  ) {
    (self.columns, self.tokens, self.smooths, self.norm) = (columns, tokens, smooths, norm)
    vocabulary = VocabularyRule(leastTexts: leastTexts, mostTerms: mostTerms)
  }

  /// Takes the options of `count`, `smooth` (true) and `norm` (`l2`).
  public init(options: inout Options) throws(ConfigurationError) {
    columns = try options.names("columns")
    tokens = try TokenRule(options: &options, hasGrams: true)
    vocabulary = try VocabularyRule(options: &options)
    smooths = try options.bool("smooth", default: true)
    let name = try options.choice("norm", among: ["l2", "l1", "none"], default: "l2")
    norm = TermNumbers.Norm(rawValue: name)
  }

  /// The options.
  public var value: Value {
    Value(
      .map(
        [.init("columns", .names(columns))] + tokens.entries(hasGrams: true) + vocabulary.entries
          + [
            .init("smooth", Value(.bool(smooths))),
            .init("norm", Value(.string(norm?.rawValue ?? "none"))),
          ]))
  }

  /// The vocabularies with their weights.
  public func fitted(
    to findings: TermCounts?, columns: [Column]
  ) throws(PipelineError) -> TermNumbers {
    let counts = findings ?? TermCounts(columns, tokens, for: Self.name)
    let one = smooths ? 1.0 : 0
    let rowCount = Double(counts.rowCount)
    return try TermNumbers(
      counts, tokens, vocabulary, columns: columns,
      weights: { log((one + rowCount) / (one + Double($0))) + 1 }, norm: norm, stage: Self.name)
  }
}
