internal import Configuration
internal import Distributed

/// Lists on a command line: numbers, and values as in a job file.
enum ListOption {
  /// The pieces between the commas that stand outside of braces.
  static func words(_ text: String) -> [String] {
    var words = [""]
    var depth = 0
    for character in text {
      if character == "{" { depth += 1 } else if character == "}" { depth -= 1 }
      if character == ",", depth == 0 {
        words.append("")
      } else if character != " " || !words[words.count - 1].isEmpty {
        words[words.count - 1].append(character)
      }
    }
    return words
  }

  /// Whole numbers, as in `1,2,4`.
  static func counts(
    _ text: String, _ option: String, in range: ClosedRange<Int> = 1...Int.max
  ) throws(CommandError) -> [Int] {
    var counts: [Int] = []
    for word in words(text) {
      guard let count = Int(word), range.contains(count) else {
        let bounds =
          range.upperBound == .max
          ? "above \(range.lowerBound - 1)" : "from \(range.lowerBound) to \(range.upperBound)"
        throw .usage("\(option) '\(text)': '\(word)' is no whole number \(bounds)")
      }
      counts.append(count)
    }
    return counts
  }

  /// Modes by name, alone or with options: `hogwild, easgd: {interval: 8}`, a list of YAML without its
  /// brackets; nil for `all`.
  static func modes(_ text: String) throws(CommandError) -> [any ExchangeMode]? {
    if text == "all" { return nil }
    let tree = try? Value(yaml: "[\(text)]", file: "--modes")
    guard case .list(let items)? = tree?.kind, !items.isEmpty else {
      throw .usage(
        "--modes \(text) is no list of modes: name them as in hogwild,sync or \"hogwild, easgd: "
          + "{interval: 8}\"")
    }
    var modes: [any ExchangeMode] = []
    for item in items {
      do { modes.append(try ModeRegistry.mode(item, at: ["--modes"])) } catch {
        throw .usage("\(error)")
      }
    }
    return modes
  }

  /// Every mode with its defaults, but for `own`, which stays as it is.
  static func allModes(
    _ own: (any ExchangeMode)? = nil
  ) throws(ConfigurationError) -> [any ExchangeMode] {
    var modes: [any ExchangeMode] = []
    for type in ModeRegistry.all {
      var none = try Options(Value(.null))
      let plain = try type.init(options: &none)
      modes.append(own.map { Swift.type(of: $0) == type ? $0 : plain } ?? plain)
    }
    return modes
  }
}
