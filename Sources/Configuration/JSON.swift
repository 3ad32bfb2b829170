private import FoundationEssentials

extension Value: Codable {
  /// Decodes any JSON value.
  public init(from decoder: any Decoder) throws {
    if let keyed = try? decoder.container(keyedBy: JSONKey.self) {
      var entries: [Entry] = []
      for key in keyed.allKeys.sorted(by: { $0.stringValue < $1.stringValue }) {
        entries.append(Entry(key.stringValue, try keyed.decode(Value.self, forKey: key)))
      }
      self.init(.map(entries))
      return
    }
    if var list = try? decoder.unkeyedContainer() {
      var items: [Value] = []
      while !list.isAtEnd { items.append(try list.decode(Value.self)) }
      self.init(.list(items))
      return
    }
    let single = try decoder.singleValueContainer()
    if single.decodeNil() {
      self.init(.null)
    } else if let value = try? single.decode(Bool.self) {
      self.init(.bool(value))
    } else if let value = try? single.decode(Int.self) {
      self.init(.int(value))
    } else if let value = try? single.decode(Double.self) {
      self.init(.number(value))
    } else {
      self.init(.string(try single.decode(String.self)))
    }
  }

  /// Encodes the value as JSON.
  public func encode(to encoder: any Encoder) throws {
    switch kind {
    case .null:
      var single = encoder.singleValueContainer()
      try single.encodeNil()
    case .bool(let value): try value.encode(to: encoder)
    case .int(let value): try value.encode(to: encoder)
    case .number(let value): try value.encode(to: encoder)
    case .string(let value): try value.encode(to: encoder)
    case .list(let items): try items.encode(to: encoder)
    case .map(let entries):
      var keyed = encoder.container(keyedBy: JSONKey.self)
      for entry in entries { try keyed.encode(entry.value, forKey: JSONKey(entry.key)) }
    }
  }

  private struct JSONKey: CodingKey {
    var stringValue: String
    var intValue: Int? { nil }
    init(_ name: String) { stringValue = name }
    init?(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  /// Reads a JSON document.
  ///
  /// - Throws: `ConfigurationError` for text that is no JSON, and for a document of more than two million values.
  public init(json text: String) throws(ConfigurationError) {
    guard Self.hasFewValues(text) else {
      throw ConfigurationError(
        "more than \(Self.largestJSON) values in one JSON document: is it damaged?")
    }
    do { self = try JSONDecoder().decode(Value.self, from: Data(text.utf8)) } catch {
      throw ConfigurationError("not JSON: \(Self.reason(error))")
    }
  }

  private static var largestJSON: Int { 2_000_000 }

  /// Whether the text, if it is JSON, has few enough values: they are counted before memory is taken for each.
  private static func hasFewValues(_ text: String) -> Bool {
    // All but the first take two bytes at least.
    guard text.utf8.count > 2 * largestJSON else { return true }
    var count = 1
    var (isText, isEscaped) = (false, false)
    for byte in text.utf8 {
      switch byte {
      case _ where isEscaped: isEscaped = false
      case UInt8(ascii: "\\") where isText: isEscaped = true
      case UInt8(ascii: "\""): isText.toggle()
      case UInt8(ascii: ","), UInt8(ascii: "["), UInt8(ascii: "{"): if !isText { count += 1 }
      default: break
      }
    }
    return count <= largestJSON
  }

  private static func reason(_ error: any Error) -> String {
    switch error {
    case DecodingError.dataCorrupted(let context): context.debugDescription
    default: "\(error)"
    }
  }

  /// The value as JSON text in one line with sorted keys.
  ///
  /// A number keeps its point when it is whole (Keras refuses a momentum of 0, but takes 0.0); one
  /// that is not finite becomes null, which JSON has in its place.
  public var json: String {
    var text = ""
    write(to: &text)
    return text
  }

  private func write(to text: inout String) {
    switch kind {
    case .null: text += "null"
    case .bool(let value): text += value ? "true" : "false"
    case .int(let value): text += "\(value)"
    case .number(let value): text += value.isFinite ? "\(value)" : "null"
    case .string(let value): Self.write(value, to: &text)
    case .list(let items):
      text += "["
      for (index, item) in items.enumerated() {
        if index > 0 { text += "," }
        item.write(to: &text)
      }
      text += "]"
    case .map(let entries):
      text += "{"
      for (index, entry) in entries.sorted(by: { $0.key < $1.key }).enumerated() {
        if index > 0 { text += "," }
        Self.write(entry.key, to: &text)
        text += ":"
        entry.value.write(to: &text)
      }
      text += "}"
    }
  }

  private static func write(_ string: String, to text: inout String) {
    text += "\""
    for scalar in string.unicodeScalars {
      switch scalar {
      case "\"": text += "\\\""
      case "\\": text += "\\\\"
      case "\n": text += "\\n"
      case "\t": text += "\\t"
      case "\u{0}"..."\u{1f}":
        let digits = String(scalar.value, radix: 16)
        text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: text.unicodeScalars.append(scalar)
      }
    }
    text += "\""
  }
}

extension Value: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
  ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral,
  ExpressibleByNilLiteral
{
  /// A text.
  public init(stringLiteral value: String) { self.init(.string(value)) }
  /// A whole number.
  public init(integerLiteral value: Int) { self.init(.int(value)) }
  /// A number.
  public init(floatLiteral value: Double) { self.init(.number(value)) }
  /// A truth value.
  public init(booleanLiteral value: Bool) { self.init(.bool(value)) }
  /// A list.
  public init(arrayLiteral elements: Value...) { self.init(.list(elements)) }
  /// A map, in the order written.
  public init(dictionaryLiteral elements: (String, Value)...) {
    self.init(.map(elements.map { Entry($0.0, $0.1) }))
  }
  /// Nothing.
  public init(nilLiteral: ()) { self.init(.null) }
}
