/// A tree of settings, read from YAML or JSON, that remembers where each value stood.
public struct Value: Sendable {
  /// What a value is.
  public enum Kind: Sendable {
    /// Nothing: YAML's `null`, `~` or an empty value.
    case null
    /// `true` or `false`.
    case bool(Bool)
    /// A whole number.
    case int(Int)
    /// A number with a fraction or an exponent; may be infinite or not a number.
    case number(Double)
    /// A text.
    case string(String)
    /// Values in order.
    case list([Value])
    /// Keys in the order of the file, each with its value. Keys are unique.
    case map([Entry])
  }

  /// One key of a map, with its value and the place of the key.
  public struct Entry: Sendable {
    /// The key as written.
    public var key: String
    /// What stands behind the key.
    public var value: Value
    /// Where the key stands.
    public var origin: Origin

    /// Makes an entry.
    public init(_ key: String, _ value: Value, origin: Origin = .code) {
      self.key = key
      self.value = value
      self.origin = origin
    }
  }

  /// Where a value came from; names the place in error messages.
  public enum Origin: Sendable, Equatable {
    /// Written by the program itself.
    case code
    /// A line of a file, counted from 1.
    case line(Int, file: String)
    /// A `--set key=value` on the command line.
    case override(String)
  }

  /// What the value is.
  public var kind: Kind
  /// Where it stood.
  public var origin: Origin

  /// Makes a value.
  public init(_ kind: Kind, origin: Origin = .code) {
    self.kind = kind
    self.origin = origin
  }
}

extension Value {
  /// The value behind `key` when this is a map that has it.
  public subscript(key: String) -> Value? {
    guard case .map(let entries) = kind else { return nil }
    return entries.first { $0.key == key }?.value
  }

  /// The value's type in a user's words: "a list", "'abc'".
  public var summary: String {
    switch kind {
    case .null: "nothing"
    case .bool(let value): "\(value)"
    case .int(let value): "\(value)"
    case .number(let value): "\(value)"
    case .string(let value): "'\(value.count > 60 ? value.prefix(57) + "..." : value)'"
    case .list: "a list"
    case .map: "a map"
    }
  }

  /// A scalar without quotation marks, anything else as JSON.
  package var plainText: String {
    if case .string(let text) = kind { return text }
    return json
  }
}

extension Value: Equatable {
  /// Compares contents; where the values stood does not matter.
  public static func == (a: Value, b: Value) -> Bool {
    switch (a.kind, b.kind) {
    case (.null, .null): true
    case (.bool(let x), .bool(let y)): x == y
    case (.int(let x), .int(let y)): x == y
    case (.number(let x), .number(let y)): x == y
    case (.int(let x), .number(let y)), (.number(let y), .int(let x)): Double(x) == y
    case (.string(let x), .string(let y)): x == y
    case (.list(let x), .list(let y)): x == y
    case (.map(let x), .map(let y)):
      x.count == y.count
        && x.allSatisfy { entry in y.contains { $0.key == entry.key && $0.value == entry.value } }
    default: false
    }
  }
}
