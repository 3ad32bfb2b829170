public import HDF5

/// The fitted stage `sequence`.
public struct TokenNumbers: FittedTableStage {
  private let vocabularies: [TextIndex]
  private let length: Int
  private let tokens: TokenRule

  init(_ vocabularies: [TextIndex], length: Int, _ tokens: TokenRule) {
    (self.vocabularies, self.length, self.tokens) = (vocabularies, length, tokens)
  }

  /// As many numbers for each text.
  public var made: [ColumnKind] { vocabularies.map { _ in .number(width: length) } }

  /// Writes the numbers of tokens.
  public func transform(_ block: TableBlock, into made: [CellColumn]) {
    var tokenizer = Tokenizer(tokens)
    for (index, column) in block.columns.enumerated() {
      let output = made[index].numbers
      for row in 0..<block.rowCount {
        tokenizer.read(column.texts, row)
        for place in 0..<length {
          output[row * length + place] =
            place < tokenizer.tokens.count
            ? Float(
              vocabularies[index].number(tokenizer.bytes.span, tokenizer.tokens[place])
                .map { $0 + 2 } ?? 1) : 0
        }
      }
    }
  }

  /// Writes the data sets `tokens_0` and so on, and the attribute `length`.
  public func write(to group: borrowing Group) throws(HDF5Error) {
    try tokens.write(to: group)
    try group.writeAttribute("length", length)
    for (index, vocabulary) in vocabularies.enumerated() {
      try group.writeTexts("tokens_\(index)", vocabulary.texts)
    }
  }

  /// Reads what `write(to:)` has written.
  public init(from group: borrowing Group, columns: [Column]) throws(PipelineError) {
    guard columns.allSatisfy({ $0.kind == .text }) else {
      throw PipelineError(
        "\(group.place): the stage sequence reads numbers: the model file is damaged, write it again"
      )
    }
    tokens = try TokenRule(from: group)
    length = try group.countAttribute("length", in: 1...1 << 16)
    var found: [TextIndex] = []
    for index in columns.indices { found.append(try group.readIndex("tokens_\(index)")) }
    vocabularies = found
  }
}
