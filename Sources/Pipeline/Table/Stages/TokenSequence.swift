public import Configuration
import HDF5

/// The stage `sequence`: a text becomes the numbers of its first tokens, for `embedding`.
///
/// 0 fills up texts that are shorter, 1 stands for a token that is not among the `vocabulary` - 2 most frequent
/// ones, which are 2 and so on. Longer texts are cut at the end.
/// - Source: Keras' `TextVectorization` with `output_mode="int"`.
public struct TokenSequence: TermStage {
  /// `sequence`.
  public static let name = "sequence"
  /// Numbers are exact as floats up to here.
  private static let largestVocabulary = 1 << 20
  private static let longest = 1 << 16

  /// The columns, each of which has a vocabulary of its own.
  public let columns: [String]
  /// How many numbers a text becomes.
  public let length: Int
  /// How many different numbers there are, 0 and 1 among them.
  public let vocabularySize: Int
  /// How texts fall into tokens.
  public let tokens: TokenRule

  /// Makes the stage; a token may be a single character.
  public init(
    _ columns: [String], length: Int, vocabulary: Int = 20_000,
    tokens: TokenRule = TokenRule(leastLength: 1)
  ) {
    (self.columns, self.length, self.tokens) = (columns, length, tokens)
    vocabularySize = vocabulary
  }

  /// Takes `columns`, `length`, `vocabulary`, `tokens`, `lowercase` and `min_length` (1 without).
  public init(options: inout Options) throws(ConfigurationError) {
    columns = try options.names("columns")
    length = try options.int("length", in: 1...Self.longest)
    vocabularySize = try options.int("vocabulary", default: 20_000, in: 3...Self.largestVocabulary)
    let isGiven = options.contains("min_length")
    var tokens = try TokenRule(options: &options, hasGrams: false)
    // Word for word: a short one is one, too.
    if !isGiven { tokens.leastLength = 1 }
    self.tokens = tokens
  }

  /// The options.
  public var value: Value {
    Value(
      .map(
        [
          .init("columns", .names(columns)), .init("length", Value(.int(length))),
          .init("vocabulary", Value(.int(vocabularySize))),
        ] + tokens.entries(hasGrams: false)))
  }

  /// As many numbers in the place of each text.
  public func step(for schema: Schema) throws(PipelineError) -> TableStep {
    let reads = try schema.texts(columns, for: Self.name)
    return TableStep(schema, replacing: reads, by: reads.map { _ in .number(width: length) })
  }

  /// The vocabularies.
  public func fitted(
    to findings: TermCounts?, columns: [Column]
  ) throws(PipelineError) -> TokenNumbers {
    let counts = findings ?? TermCounts(columns, tokens, for: Self.name)
    try counts.check()
    return TokenNumbers(
      counts.columns.map { column in
        var vocabulary = TextIndex()
        let texts = column.index.texts
        for term in column.byFrequency(kind: TermCounts.occurrences).prefix(vocabularySize - 2) {
          _ = vocabulary.insert(texts.bytes.span, texts.range(term))
        }
        return vocabulary
      }, length: length, tokens)
  }
}
