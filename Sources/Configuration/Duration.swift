extension Options {
  /// A span of time in seconds: `90 s`, `10 min`, `2 h`, `1 d`, `2:00:00`, or a plain number of
  /// seconds; nil when the key is absent.
  public mutating func duration(
    _ key: String, in range: ClosedRange<Double> = 0...1e10
  ) throws(ConfigurationError) -> Double? {
    guard let value = value(key) else { return nil }
    guard let seconds = value.seconds else {
      throw error(
        "expected a span of time such as '90 s', '10 min' or '2 h', found \(value.summary)", key,
        value)
    }
    guard range.contains(seconds) else {
      throw error(
        "\(value.summary) is outside \(range.lowerBound)...\(range.upperBound) seconds", key, value)
    }
    return seconds
  }
}

extension Value {
  /// The value as a number of seconds: a number, a number with a unit from ms to d, or `H:MM:SS`.
  public var seconds: Double? {
    switch kind {
    case .int(let number): return Double(number)
    case .number(let number): return number.isFinite ? number : nil
    case .string(let text):
      if text.contains(":") { return Self.clock(text) }
      guard let unitStart = text.firstIndex(where: \.isLetter),
        let number = Double(text[..<unitStart].filter { $0 != " " })
      else { return nil }
      let scale: Double
      switch text[unitStart...] {
      case "ms": scale = 1e-3
      case "s", "sec", "second", "seconds": scale = 1
      case "min", "minute", "minutes": scale = 60
      case "h", "hour", "hours": scale = 3600
      case "d", "day", "days": scale = 86_400
      default: return nil
      }
      return number * scale
    default: return nil
    }
  }

  /// `MM:SS` and `H:MM:SS`, as Slurm has them.
  private static func clock(_ text: String) -> Double? {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false).map { Int($0) }
    guard (2...3).contains(parts.count) else { return nil }
    var seconds = 0
    for (index, part) in parts.enumerated() {
      guard let part, part >= 0, part < 1_000_000, index == 0 || part < 60 else { return nil }
      seconds = seconds * 60 + part
    }
    return Double(seconds)
  }
}
