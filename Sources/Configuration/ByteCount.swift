extension Options {
  /// An amount of memory in bytes: `256 MiB`, `1.5 GB`, or a plain number of bytes.
  ///
  /// `fallback` when the key is absent, an error when that is nil.
  public mutating func byteCount(
    _ key: String, default fallback: Int? = nil, in range: ClosedRange<Int> = 0...Int.max
  ) throws(ConfigurationError) -> Int {
    guard let value = value(key) else {
      if let fallback { return fallback }
      return try int(key)
    }
    guard let count = value.byteCount else {
      throw error(
        "expected an amount of memory such as '256 MiB', found \(value.summary)", key, value)
    }
    guard range.contains(count) else {
      throw error(
        "\(value.summary) is outside \(range.lowerBound)...\(range.upperBound) bytes", key, value)
    }
    return count
  }
}

extension Value {
  /// The value as a number of bytes: a whole number, or a number with a unit from B to TiB.
  public var byteCount: Int? {
    if let int { return int >= 0 ? int : nil }
    guard case .string(let text) = kind,
      let unitStart = text.firstIndex(where: \.isLetter),
      let number = Double(text[..<unitStart].filter { $0 != " " })
    else { return nil }
    let scale: Double
    switch text[unitStart...].lowercased() {
    case "b": scale = 1
    case "kb": scale = 1e3
    case "mb": scale = 1e6
    case "gb": scale = 1e9
    case "tb": scale = 1e12
    case "kib": scale = 1024
    case "mib": scale = 1024 * 1024
    case "gib": scale = 1024 * 1024 * 1024
    case "tib": scale = 1024 * 1024 * 1024 * 1024
    default: return nil
    }
    let byteCount = (number * scale).rounded()
    return byteCount >= 0 ? Int(exactly: byteCount) : nil
  }
}
