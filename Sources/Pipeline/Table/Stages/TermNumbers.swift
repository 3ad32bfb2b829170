public import HDF5

/// The fitted stages `count` and `tf_idf`.
public struct TermNumbers: FittedTableStage {
  /// What a row is divided by.
  public enum Norm: String, Sendable {
    /// The root of the sum of squares.
    case l2
    /// The sum.
    case l1
  }

  private let tokens: TokenRule
  private let vocabularies: [TextIndex]
  /// The weight of each term; nil: all count the same.
  private let weights: [[Double]]?
  private let norm: Norm?

  /// The vocabularies of all texts; `weights` makes a term's weight of the number of texts that have it.
  init(
    _ counts: TermCounts, _ tokens: TokenRule, _ rule: VocabularyRule, columns: [Column],
    weights: ((Int) -> Double)?, norm: Norm?, stage: String
  ) throws(PipelineError) {
    (self.tokens, self.norm) = (tokens, norm)
    try counts.check()
    var vocabularies: [TextIndex] = []
    var found: [[Double]] = []
    for (index, column) in counts.columns.enumerated() {
      let terms = try rule.terms(
        column, rowCount: counts.rowCount, column: columns[index].name, stage: stage)
      var vocabulary = TextIndex()
      let texts = column.index.texts
      for term in terms { _ = vocabulary.insert(texts.bytes.span, texts.range(term)) }
      vocabularies.append(vocabulary)
      if let weights {
        found.append(
          terms.map { weights(column.counts[$0 * column.kinds + TermCounts.texts]) })
      }
    }
    self.vocabularies = vocabularies
    self.weights = weights == nil ? nil : found
  }

  /// A place for each term.
  public var made: [ColumnKind] { vocabularies.map { .number(width: $0.count) } }

  /// Counts terms, and weighs them.
  public func transform(_ block: TableBlock, into made: [CellColumn]) {
    var tokenizer = Tokenizer(tokens)
    for (index, column) in block.columns.enumerated() {
      let (output, width) = (made[index].numbers, made[index].width)
      output.update(repeating: 0)
      for row in 0..<block.rowCount {
        tokenizer.read(column.texts, row)
        for token in tokenizer.tokens {
          guard let term = vocabularies[index].number(tokenizer.bytes.span, token) else { continue }
          output[row * width + term] += 1
        }
        if let weights {
          weigh(
            UnsafeMutableBufferPointer(rebasing: output[row * width..<(row + 1) * width]),
            weights[index])
        }
      }
    }
  }

  private func weigh(_ row: UnsafeMutableBufferPointer<Float>, _ weights: [Double]) {
    var sum = 0.0
    for term in row.indices where row[term] != 0 {
      let value = Double(row[term]) * weights[term]
      row[term] = Float(value)
      sum += norm == .l1 ? abs(value) : value * value
    }
    guard let norm, sum > 0 else { return }
    let factor = 1 / (norm == .l1 ? sum : sum.squareRoot())
    for term in row.indices where row[term] != 0 { row[term] = Float(Double(row[term]) * factor) }
  }

  /// Writes the data sets `terms_0` and, with weights, `weights_0` and so on, how texts fall into terms, and
  /// the attribute `norm`.
  public func write(to group: borrowing Group) throws(HDF5Error) {
    try tokens.write(to: group)
    try group.writeAttribute("weighted", weights == nil ? 0 : 1)
    try group.writeAttribute("norm", norm?.rawValue ?? "none")
    for (index, vocabulary) in vocabularies.enumerated() {
      try group.writeTexts("terms_\(index)", vocabulary.texts)
      if let weights { try group.writeNumbers("weights_\(index)", weights[index]) }
    }
  }

  /// Reads what `write(to:)` has written.
  public init(from group: borrowing Group, columns: [Column]) throws(PipelineError) {
    tokens = try TokenRule(from: group)
    let name: String
    do { name = try group.stringAttribute("norm") } catch { throw PipelineError(error) }
    norm = Norm(rawValue: name)
    guard norm != nil || name == "none", columns.allSatisfy({ $0.kind == .text }) else {
      throw PipelineError(
        "\(group.place): norm '\(name)' of \(columns.map(\.description)): the model file is damaged, "
          + "write it again")
    }
    let isWeighted = try group.flagAttribute("weighted")
    var vocabularies: [TextIndex] = []
    var weights: [[Double]] = []
    for index in columns.indices {
      let vocabulary = try group.readIndex("terms_\(index)")
      guard (1...VocabularyRule.largestCount).contains(vocabulary.count) else {
        throw PipelineError(
          "\(group.place): \(vocabulary.count) terms are not possible: the model file is damaged, write it "
            + "again")
      }
      vocabularies.append(vocabulary)
      if isWeighted {
        weights.append(
          try group.readNumbers("weights_\(index)", count: vocabulary.count, stage: TFIDF.name))
      }
    }
    self.vocabularies = vocabularies
    self.weights = isWeighted ? weights : nil
  }
}
