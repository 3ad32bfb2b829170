import HDF5

/// In how many texts each term of some columns occurs, and how often.
///
/// Exact for up to 2^20 different terms in a column; of more, rare ones are forgotten.
public struct TermCounts: TableFindings {
  /// The terms that a column keeps when it has twice as many.
  private static let mostTerms = 1 << 20

  /// The places of a term's numbers: texts that have it, and occurrences.
  static let texts = 0
  static let occurrences = 1

  /// The counts of each column.
  private(set) var columns: [TextCounts]
  /// How many texts there are.
  private(set) var rowCount = 0
  private let rule: TokenRule
  /// The last text that each term was seen in, for each column.
  private var seen: [[Int]]

  init(_ columns: [Column], _ rule: TokenRule) {
    self.columns = columns.map { _ in TextCounts(kinds: 2) }
    seen = columns.map { _ in [] }
    self.rule = rule
  }

  /// How many texts there are, and the counts of one column behind the other.
  public var values: [Double] {
    get { [Double(rowCount)] + columns.flatMap(\.values) }
    set {
      rowCount = Int(newValue[0])
      var place = 1
      for index in columns.indices { place += columns[index].take(newValue[place...]) }
    }
  }

  /// Takes in texts.
  public mutating func add(_ block: TableBlock) {
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
        if columns[index].count > 2 * Self.mostTerms { prune(index) }
      }
    }
    rowCount += block.rowCount
  }

  /// Takes in the counts of other texts.
  public mutating func merge(_ other: TermCounts) {
    rowCount += other.rowCount
    for index in columns.indices {
      columns[index].merge(other.columns[index])
      if columns[index].count > 2 * Self.mostTerms { prune(index) }
    }
  }

  private mutating func prune(_ index: Int) {
    columns[index].prune(to: Self.mostTerms)
    seen[index] = []
  }
}
