internal import Configuration

/// Reads one line of JSON as Python writes it: `NaN`, `Infinity` and `-Infinity` are numbers.
///
/// Journals have a hundred thousand lines: this reader is ten times as fast as `JSONDecoder`, and
/// keeps each float's bits.
struct JSONReader {
  private let bytes: [UInt8]
  private let end: Int
  private var at: Int
  private var depth = 0

  /// What a line is that is no JSON.
  struct Malformed: Error {}

  private init(_ bytes: [UInt8], _ range: Range<Int>) {
    self.bytes = bytes
    at = range.lowerBound
    end = range.upperBound
  }

  /// The one value that stands in `range` of `bytes`.
  static func value(_ bytes: [UInt8], _ range: Range<Int>) throws(Malformed) -> Value {
    var reader = JSONReader(bytes, range)
    let value = try reader.value()
    reader.skipSpace()
    guard reader.at == reader.end else { throw Malformed() }
    return value
  }

  /// The one value that a text holds.
  static func value(_ text: String) throws(Malformed) -> Value {
    let bytes = Array(text.utf8)
    return try value(bytes, 0..<bytes.count)
  }

  private mutating func skipSpace() {
    while at < end, bytes[at] <= 0x20 {
      guard bytes[at] == 0x20 || bytes[at] == 0x0a || bytes[at] == 0x0d || bytes[at] == 0x09 else {
        return
      }
      at += 1
    }
  }

  private mutating func take(_ byte: Unicode.Scalar) -> Bool {
    guard at < end, bytes[at] == UInt8(ascii: byte) else { return false }
    at += 1
    return true
  }

  private mutating func value() throws(Malformed) -> Value {
    skipSpace()
    guard at < end, depth < 200 else { throw Malformed() }
    switch bytes[at] {
    case UInt8(ascii: "\""): return Value(.string(try string()))
    case UInt8(ascii: "{"): return try map()
    case UInt8(ascii: "["): return try list()
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    case UInt8(ascii: "N"): return try word("NaN", .number(.nan))
    case UInt8(ascii: "I"): return try word("Infinity", .number(.infinity))
    default: return try number()
    }
  }

  private mutating func word(_ word: StaticString, _ kind: Value.Kind) throws(Malformed) -> Value {
    let count = word.utf8CodeUnitCount
    guard at + count <= end else { throw Malformed() }
    for i in 0..<count where bytes[at + i] != word.utf8Start[i] { throw Malformed() }
    at += count
    return Value(kind)
  }

  private mutating func map() throws(Malformed) -> Value {
    at += 1
    depth += 1
    defer { depth -= 1 }
    var entries: [Value.Entry] = []
    skipSpace()
    if take("}") { return Value(.map(entries)) }
    while true {
      skipSpace()
      guard at < end, bytes[at] == UInt8(ascii: "\"") else { throw Malformed() }
      let key = try string()
      skipSpace()
      guard take(":") else { throw Malformed() }
      let value = try value()
      // Of a key that stands twice Python takes the last.
      if let old = entries.firstIndex(where: { $0.key == key }) {
        entries[old].value = value
      } else {
        entries.append(.init(key, value))
      }
      skipSpace()
      if take(",") { continue }
      guard take("}") else { throw Malformed() }
      return Value(.map(entries))
    }
  }

  private mutating func list() throws(Malformed) -> Value {
    at += 1
    depth += 1
    defer { depth -= 1 }
    var items: [Value] = []
    skipSpace()
    if take("]") { return Value(.list(items)) }
    while true {
      items.append(try value())
      skipSpace()
      if take(",") { continue }
      guard take("]") else { throw Malformed() }
      return Value(.list(items))
    }
  }

  private mutating func number() throws(Malformed) -> Value {
    let begin = at
    if take("-"), at < end, bytes[at] == UInt8(ascii: "I") {
      return try word("Infinity", .number(-.infinity))
    }
    var isWhole = true
    var whole = 0
    var overflow = false
    scan: while at < end {
      switch bytes[at] {
      case UInt8(ascii: "0")...UInt8(ascii: "9"):
        let (product, isTooLarge) = whole.multipliedReportingOverflow(by: 10)
        let (sum, isTooLargeToo) = product.addingReportingOverflow(
          Int(bytes[at] - UInt8(ascii: "0")))
        whole = sum
        overflow = overflow || isTooLarge || isTooLargeToo
      case UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E"), UInt8(ascii: "+"),
        UInt8(ascii: "-"):
        isWhole = false
      default: break scan
      }
      at += 1
    }
    let isNegative = bytes[begin] == UInt8(ascii: "-")
    guard at > begin + (isNegative ? 1 : 0) else { throw Malformed() }
    // "-0" is minus zero only as a float; Python reads the whole number 0.
    if isWhole, !overflow { return Value(.int(isNegative ? -whole : whole)) }
    guard let number = Double(String(decoding: bytes[begin..<at], as: UTF8.self)) else {
      throw Malformed()
    }
    return Value(.number(number))
  }

  private mutating func string() throws(Malformed) -> String {
    at += 1
    let begin = at
    while at < end, bytes[at] != UInt8(ascii: "\""), bytes[at] != UInt8(ascii: "\\") { at += 1 }
    guard at < end else { throw Malformed() }
    if bytes[at] == UInt8(ascii: "\"") {
      defer { at += 1 }
      return try text(bytes[begin..<at])
    }
    return try escaped(from: begin)
  }

  private func text(_ bytes: ArraySlice<UInt8>) throws(Malformed) -> String {
    guard let text = String(validating: bytes, as: UTF8.self) else { throw Malformed() }
    return text
  }

  /// The rest of a string that has a backslash in it.
  private mutating func escaped(from begin: Int) throws(Malformed) -> String {
    var result = Array(bytes[begin..<at])
    while at < end {
      let byte = bytes[at]
      at += 1
      if byte == UInt8(ascii: "\"") { return try text(result[...]) }
      guard byte == UInt8(ascii: "\\") else {
        result.append(byte)
        continue
      }
      guard at < end else { throw Malformed() }
      let code = bytes[at]
      at += 1
      switch code {
      case UInt8(ascii: "n"): result.append(0x0a)
      case UInt8(ascii: "t"): result.append(0x09)
      case UInt8(ascii: "r"): result.append(0x0d)
      case UInt8(ascii: "b"): result.append(0x08)
      case UInt8(ascii: "f"): result.append(0x0c)
      case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): result.append(code)
      case UInt8(ascii: "u"): result += Array(String(try scalar()).utf8)
      default: throw Malformed()
      }
    }
    throw Malformed()
  }

  /// The character behind `\u`; two surrogates are one character, a lone one is replaced.
  private mutating func scalar() throws(Malformed) -> Character {
    let first = try hexadecimal()
    if first >> 10 == 0x36, at + 6 <= end, bytes[at] == UInt8(ascii: "\\"),
      bytes[at + 1] == UInt8(ascii: "u")
    {
      let mark = at
      at += 2
      let second = try hexadecimal()
      if second >> 10 == 0x37 {
        let code = 0x10000 + (first & 0x3ff) << 10 + second & 0x3ff
        return Character(Unicode.Scalar(code) ?? "\u{fffd}")
      }
      at = mark
    }
    return Character(Unicode.Scalar(first) ?? "\u{fffd}")
  }

  private mutating func hexadecimal() throws(Malformed) -> UInt32 {
    guard at + 4 <= end,
      let code = UInt32(String(decoding: bytes[at..<at + 4], as: UTF8.self), radix: 16)
    else { throw Malformed() }
    at += 4
    return code
  }
}
