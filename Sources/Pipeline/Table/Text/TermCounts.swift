import HDF5

/// In how many texts each term of some columns occurs, and how often.
///
/// Exact, and so the same on any number of processes: more different terms than can be counted are an error.
public struct TermCounts: TableFindings {
  /// More different terms of a column are not counted.
  private static let mostTerms = 1 << 21

  /// The places of a term's numbers: texts that have it, and occurrences.
  static let texts = 0
  static let occurrences = 1

  /// The counts of each column.
  private(set) var columns: [TextCounts]
  /// How many texts there are.
  private(set) var rowCount = 0
  private let rule: TokenRule
  private let names: [String]
  private let stage: String
  /// A column that has too many terms together with other rows, of which no more are kept then.
  private var excess: Int?
  /// The last text that each term was seen in, for each column.
  private var seen: [[Int]]

  init(_ columns: [Column], _ rule: TokenRule, for stage: String) {
    names = columns.map(\.name)
    self.stage = stage
    self.columns = columns.map { _ in TextCounts(kinds: 2) }
    seen = columns.map { _ in [] }
    self.rule = rule
  }

  /// How many texts there are, which column has too many terms (-1: none), and the counts of one column behind
  /// the other.
  public var values: [Double] {
    get { [Double(rowCount), Double(excess ?? -1)] + columns.flatMap(\.values) }
    set {
      rowCount = Int(newValue[0])
      excess = newValue[1] < 0 ? nil : Int(newValue[1])
      var place = 2
      for index in columns.indices { place += columns[index].take(newValue[place...]) }
    }
  }

  /// Takes in texts.
  public mutating func add(_ block: TableBlock) throws(PipelineError) {
    var tokenizer = Tokenizer(rule)
    for (index, column) in block.columns.enumerated() {
      for row in 0..<block.rowCount {
        tokenizer.read(column.texts, row)
        for token in tokenizer.tokens {
          let place = columns[index].place(tokenizer.bytes.span, token)
          columns[index].add(1, to: place, kind: Self.occurrences)
          while seen[index].count <= place { seen[index].append(-1) }
          guard seen[index][place] != rowCount + row else { continue }
          seen[index][place] = rowCount + row
          columns[index].add(1, to: place, kind: Self.texts)
        }
        guard columns[index].count <= Self.mostTerms else { throw tooMany(index) }
      }
    }
    rowCount += block.rowCount
  }

  /// Takes in the counts of other texts.
  public mutating func merge(_ other: TermCounts) {
    rowCount += other.rowCount
    for index in columns.indices {
      columns[index].merge(other.columns[index])
      guard columns[index].count > Self.mostTerms else { continue }
      columns[index] = TextCounts(kinds: 2)
      excess = index
    }
    if let other = other.excess { excess = other }
  }

  /// Throws for a column with too many different terms in all rows.
  func check() throws(PipelineError) {
    if let excess { throw tooMany(excess) }
  }

  private func tooMany(_ index: Int) -> PipelineError {
    PipelineError(
      "\(stage): the column '\(names[index])' has more than \(Self.mostTerms) different terms, too many to "
        + "be counted: ask for shorter ngrams, use `hash`, or drop it")
  }
}
