internal import Configuration

/// How many ranks work on one trial.
public enum RanksPerTrial: Sendable, Equatable {
  /// Always so many.
  case fixed(Int)
  /// As many of these as are free.
  case range(ClosedRange<Int>)
  /// What the parameter of that name says.
  case searched(String)

  /// Reads a whole number, or a range as a text: `2..8`.
  init(_ value: Value, at keyPath: [String]) throws(ConfigurationError) {
    let most = 1 << 24
    func wrong(_ message: String) -> ConfigurationError {
      ConfigurationError(message, at: keyPath, origin: value.origin)
    }
    if let number = value.int {
      guard (1...most).contains(number) else { throw wrong("\(number) is outside 1...\(most)") }
      self = .fixed(number)
      return
    }
    guard case .string(let text) = value.kind,
      let ends = Self.ends(text), ends.count == 2, ends.allSatisfy((1...most).contains)
    else {
      throw wrong(
        "expected a number of ranks, a range such as 2..8, or a map with `search:`, found "
          + value.summary)
    }
    guard ends[0] <= ends[1] else { throw wrong("\(ends[0]) > \(ends[1]): exchange them") }
    self = .range(ends[0]...ends[1])
  }

  private static func ends(_ text: String) -> [Int]? {
    let parts = text.split(separator: ".", omittingEmptySubsequences: true)
    let ends = parts.compactMap { Int($0.filter { $0 != " " }) }
    return text.contains("..") && ends.count == parts.count ? ends : nil
  }
}

extension SearchJob {
  /// The fewest ranks that some trial takes.
  public var fewestRanks: Int {
    switch configuration.ranksPerTrial {
    case .fixed(let count): return count
    case .range(let range): return range.lowerBound
    case .searched(let name):
      guard let distribution = space[name]?.distribution else { return 1 }
      switch distribution {
      case .int(let low, _, _, _): return low
      case .categorical(let choices), .ordinal(let choices):
        return choices.compactMap(\.int).min() ?? 1
      case .float: return 1
      }
    }
  }
}
