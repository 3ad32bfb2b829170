/// Reads the keys of one map, one by one, and knows in the end which were never asked for.
///
/// A type that is configured by a user takes its keys in an `init(options:)` and finishes with
/// `finish()`. So a key is either used or reported, never ignored.
public struct Options {
  private let entries: [Value.Entry]
  private var known: [String] = []
  /// The name of this map in the file, outermost first.
  public let keyPath: [String]
  /// Where the map stands.
  public let origin: Value.Origin

  /// Opens `value`, which must be a map (or nothing: a map without keys).
  public init(_ value: Value, at keyPath: [String] = []) throws(ConfigurationError) {
    switch value.kind {
    case .map(let entries): self.entries = entries
    case .null: entries = []
    default:
      throw ConfigurationError(
        "expected keys with values, found \(value.summary)", at: keyPath, origin: value.origin)
    }
    self.keyPath = keyPath
    origin = value.origin
  }

  /// The raw value of `key`, or nil when the file does not give it.
  ///
  /// An explicit `null` counts as not given.
  public mutating func value(_ key: String) -> Value? {
    if !known.contains(key) { known.append(key) }
    guard let entry = entries.first(where: { $0.key == key }) else { return nil }
    if case .null = entry.value.kind { return nil }
    return entry.value
  }

  /// Whether the file gives `key`, without counting it as used.
  public func contains(_ key: String) -> Bool {
    entries.contains { $0.key == key }
  }

  /// All keys of the map in the order of the file, for maps whose keys are names that a user chose.
  public var keys: [String] { entries.map(\.key) }

  /// A whole number within `range`; `fallback` when the key is absent, an error when that is nil.
  public mutating func int(
    _ key: String, default fallback: Int? = nil, in range: ClosedRange<Int> = Int.min...Int.max
  ) throws(ConfigurationError) -> Int {
    guard let value = value(key) else { return try required(key, fallback) }
    guard let number = value.int else {
      throw error("expected a whole number, found \(value.summary)", key, value)
    }
    guard range.contains(number) else {
      throw error("\(number) is outside \(Self.words(range))", key, value)
    }
    return number
  }

  /// A finite number within `range`; `fallback` when the key is absent, an error when that is nil.
  ///
  /// A quotient of two numbers written as a text, `1/255`, counts as a number.
  public mutating func number(
    _ key: String, default fallback: Double? = nil,
    in range: ClosedRange<Double> = -Double.greatestFiniteMagnitude...Double.greatestFiniteMagnitude
  ) throws(ConfigurationError) -> Double {
    guard let value = value(key) else { return try required(key, fallback) }
    guard let number = value.number else {
      throw error("expected a number, found \(value.summary)", key, value)
    }
    guard number.isFinite else { throw error("\(number) is not a finite number", key, value) }
    guard range.contains(number) else {
      throw error("\(number) is outside \(Self.words(range))", key, value)
    }
    return number
  }

  /// A truth value; `fallback` when the key is absent, an error when that is nil.
  public mutating func bool(
    _ key: String, default fallback: Bool? = nil
  ) throws(ConfigurationError) -> Bool {
    guard let value = value(key) else { return try required(key, fallback) }
    guard case .bool(let truth) = value.kind else {
      throw error("expected true or false, found \(value.summary)", key, value)
    }
    return truth
  }

  /// A text; `fallback` when the key is absent, an error when that is nil.
  public mutating func string(
    _ key: String, default fallback: String? = nil
  ) throws(ConfigurationError) -> String {
    guard let value = value(key) else { return try required(key, fallback) }
    guard case .string(let text) = value.kind else {
      throw error("expected a text, found \(value.summary)", key, value)
    }
    return text
  }

  /// One of `choices`; an unknown word is an error that names the nearest choice.
  public mutating func choice(
    _ key: String, among choices: [String], default fallback: String? = nil
  ) throws(ConfigurationError) -> String {
    guard let value = value(key) else { return try required(key, fallback) }
    guard case .string(let text) = value.kind else {
      throw error(
        "expected one of \(choices.joined(separator: ", ")), found \(value.summary)", key, value)
    }
    guard choices.contains(text) else {
      throw error(
        "unknown value '\(text)': \(Spelling.advice(for: text, among: choices))", key, value)
    }
    return text
  }

  /// A list of whole numbers, each within `range`.
  ///
  /// A single number counts as a list of one.
  public mutating func ints(
    _ key: String, default fallback: [Int]? = nil, in range: ClosedRange<Int> = Int.min...Int.max
  ) throws(ConfigurationError) -> [Int] {
    guard let value = value(key) else { return try required(key, fallback) }
    let items: [Value]
    if case .list(let list) = value.kind { items = list } else { items = [value] }
    var numbers: [Int] = []
    for item in items {
      guard let number = item.int else {
        throw error("expected whole numbers, found \(item.summary)", key, item)
      }
      guard range.contains(number) else {
        throw error("\(number) is outside \(Self.words(range))", key, item)
      }
      numbers.append(number)
    }
    return numbers
  }

  /// The values of a list; a missing key is an empty list.
  public mutating func list(_ key: String) throws(ConfigurationError) -> [Value] {
    guard let value = value(key) else { return [] }
    guard case .list(let items) = value.kind else {
      throw error("expected a list, found \(value.summary)", key, value)
    }
    return items
  }

  /// The options under `key`, or none when the key is absent.
  public mutating func options(_ key: String) throws(ConfigurationError) -> Options? {
    guard let value = value(key) else { return nil }
    return try Options(value, at: keyPath + [key])
  }

  /// The options under `key`, which must be there.
  public mutating func requiredOptions(_ key: String) throws(ConfigurationError) -> Options {
    guard let options = try options(key) else { return try required(key, nil) }
    return options
  }

  /// Throws when the file has a key that was never asked for; names the nearest that was.
  public func finish() throws(ConfigurationError) {
    guard let unknown = entries.first(where: { !known.contains($0.key) }) else { return }
    let advice =
      known.isEmpty
      ? "no keys are known here" : Spelling.advice(for: unknown.key, among: known)
    throw ConfigurationError(
      "unknown key '\(unknown.key)': \(advice)", at: keyPath, origin: unknown.origin)
  }

  /// An error about `key` of this map, for checks that only the caller can make.
  public func error(_ message: String, _ key: String, _ value: Value? = nil) -> ConfigurationError {
    let place = value ?? entries.first { $0.key == key }?.value
    return ConfigurationError(message, at: keyPath + [key], origin: place?.origin ?? origin)
  }

  private func required<T>(_ key: String, _ fallback: T?) throws(ConfigurationError) -> T {
    if let fallback { return fallback }
    throw ConfigurationError("the key '\(key)' is missing", at: keyPath, origin: origin)
  }

  private static func words<T: Comparable>(_ range: ClosedRange<T>) -> String {
    "\(range.lowerBound)...\(range.upperBound)"
  }
}

extension Value {
  /// The value as a whole number, when it is one.
  public var int: Int? {
    switch kind {
    case .int(let value): value
    case .number(let value): Int(exactly: value)
    default: nil
    }
  }

  /// The value as a number: whole, with a fraction, or a quotient such as `1/255`.
  public var number: Double? {
    switch kind {
    case .int(let value): return Double(value)
    case .number(let value): return value
    case .string(let text):
      let parts = text.split(separator: "/", omittingEmptySubsequences: false)
      guard parts.count == 2, let top = Double(parts[0].trimmed),
        let bottom = Double(parts[1].trimmed),
        bottom != 0
      else { return nil }
      return top / bottom
    default: return nil
    }
  }
}

extension Substring {
  fileprivate var trimmed: Substring {
    var text = self
    while text.first == " " { text.removeFirst() }
    while text.last == " " { text.removeLast() }
    return text
  }
}
