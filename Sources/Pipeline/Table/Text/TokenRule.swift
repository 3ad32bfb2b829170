import Configuration
import HDF5

/// How a text falls into tokens.
public struct TokenRule: Sendable, Equatable {
  /// What a token is.
  public enum Unit: String, Sendable, CaseIterable {
    /// A run of letters, digits and underscores, as `\w` has them.
    case words
    /// What stands between white space.
    case spaces
    /// A single character (a Unicode scalar).
    case characters
  }

  /// The most tokens that one is made of.
  static let longestGram = 10

  /// What a token is.
  public var unit: Unit
  /// Whether capitals become small letters first.
  public var lowercases: Bool
  /// Words and what stands between spaces have at least so many characters.
  public var leastLength: Int
  /// So many tokens that follow on each other make one.
  public var grams: ClosedRange<Int>

  /// Makes a rule; without arguments that of scikit-learn's `CountVectorizer`.
  public init(
    _ unit: Unit = .words, lowercases: Bool = true, leastLength: Int? = nil,
    grams: ClosedRange<Int> = 1...1
  ) {
    self.unit = unit
    self.lowercases = lowercases
    self.leastLength = leastLength ?? (unit == .words ? 2 : 1)
    self.grams = grams
  }

  /// Takes `tokens`, `lowercase`, `min_length` and, where `hasGrams`, `ngrams`.
  init(options: inout Options, hasGrams: Bool) throws(ConfigurationError) {
    let name = try options.choice(
      "tokens", among: Unit.allCases.map(\.rawValue), default: Unit.words.rawValue)
    unit = Unit(rawValue: name) ?? .words
    lowercases = try options.bool("lowercase", default: true)
    leastLength = try options.int("min_length", default: unit == .words ? 2 : 1, in: 1...1000)
    grams = 1...1
    guard hasGrams else { return }
    let range = try options.ints("ngrams", default: [1], in: 1...Self.longestGram)
    guard (1...2).contains(range.count), let low = range.first, let high = range.last, low <= high
    else {
      throw options.error(
        "expected a number of tokens, or a least and a largest one as in [1, 2]", "ngrams")
    }
    // A single number n is 1 to n.
    grams = range.count == 1 ? 1...high : low...high
  }

  /// The options as the job file has them.
  func entries(hasGrams: Bool) -> [Value.Entry] {
    var entries: [Value.Entry] = [
      .init("tokens", Value(.string(unit.rawValue))), .init("lowercase", Value(.bool(lowercases))),
      .init("min_length", Value(.int(leastLength))),
    ]
    if hasGrams {
      let range = [grams.lowerBound, grams.upperBound].map { Value(.int($0)) }
      entries.append(.init("ngrams", Value(.list(range))))
    }
    return entries
  }

  /// Writes the attributes `tokens`, `lowercase`, `min_length` and `ngrams`.
  func write(to group: borrowing Group) throws(HDF5Error) {
    try group.writeAttribute("tokens", unit.rawValue)
    try group.writeAttribute("lowercase", lowercases ? 1 : 0)
    try group.writeAttribute("min_length", leastLength)
    try group.writeAttribute("ngrams", [grams.lowerBound, grams.upperBound])
  }

  /// Reads what `write(to:)` has written.
  init(from group: borrowing Group) throws(PipelineError) {
    let name: String
    let range: [Int]
    do throws(HDF5Error) {
      name = try group.stringAttribute("tokens")
      range = try group.intsAttribute("ngrams")
    } catch { throw PipelineError(error) }
    guard let unit = Unit(rawValue: name) else {
      throw PipelineError("\(group.place): there are no tokens '\(name)': use a newer sounder")
    }
    guard range.count == 2, range[0] >= 1, range[0] <= range[1], range[1] <= Self.longestGram else {
      throw PipelineError(
        "\(group.place): 'ngrams' is \(range): the model file is damaged, write it again")
    }
    self.init(
      unit, lowercases: try group.flagAttribute("lowercase"),
      leastLength: try group.countAttribute("min_length", in: 1...1000), grams: range[0]...range[1])
  }
}
