import Configuration

/// Which terms of all count.
struct VocabularyRule: Sendable, Equatable {
  /// Texts that must have a term: a count, or below 1 a share of all.
  var leastTexts: Double
  /// So many of the most frequent terms; nil: all.
  var mostTerms: Int?

  /// More terms make rows that are too long to be dense.
  static let largestCount = 1 << 16

  /// Makes a rule.
  init(leastTexts: Double, mostTerms: Int?) {
    (self.leastTexts, self.mostTerms) = (leastTexts, mostTerms)
  }

  /// Takes `min_df` (1) and `max_features`.
  init(options: inout Options) throws(ConfigurationError) {
    let least = try options.number("min_df", default: 1, in: 0...1e15)
    guard least < 1 || least.rounded() == least else {
      throw options.error(
        "\(least) is neither a number of texts nor a share of them, below 1", "min_df")
    }
    leastTexts = least
    mostTerms =
      options.contains("max_features")
      ? try options.int("max_features", in: 1...Self.largestCount) : nil
  }

  /// The options as the job file has them.
  var entries: [Value.Entry] {
    var entries: [Value.Entry] = [.init("min_df", Value(.number(leastTexts)))]
    if let mostTerms { entries.append(.init("max_features", Value(.int(mostTerms)))) }
    return entries
  }

  /// The numbers of the terms that count, in the order of the alphabet.
  ///
  /// - Throws: `PipelineError` where these are none or too many.
  func terms(
    _ counts: TextCounts, rowCount: Int, column: String, stage: String
  ) throws(PipelineError) -> [Int] {
    let least = leastTexts < 1 ? leastTexts * Double(rowCount) : leastTexts
    func isFrequent(_ number: Int) -> Bool {
      Double(counts.counts(number)[number * counts.kinds + TermCounts.texts]) >= least
    }
    var terms = counts.alphabetical.filter(isFrequent)
    if let mostTerms, terms.count > mostTerms {
      let best = Set(
        counts.byFrequency(kind: TermCounts.occurrences).filter(isFrequent).prefix(mostTerms))
      terms = terms.filter { best.contains($0) }
    }
    guard !terms.isEmpty else {
      throw PipelineError(
        "\(stage): no term of the column '\(column)' is in \(least) of the \(rowCount) texts: lower "
          + "min_df, or drop the column")
    }
    guard terms.count <= Self.largestCount else {
      throw PipelineError(
        "\(stage): the column '\(column)' has \(terms.count) terms, and at most \(Self.largestCount) have "
          + "places of their own: set max_features, raise min_df, or use `hash`")
    }
    return terms
  }
}
