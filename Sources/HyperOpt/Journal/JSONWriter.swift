internal import Configuration

/// Writes JSON as Python's `json` does with `separators=(",", ":")`: NaN and infinities have names.
struct JSONWriter {
  /// What was written.
  private(set) var bytes: [UInt8] = []

  /// Writes text that is JSON already.
  mutating func raw(_ text: StaticString) {
    text.withUTF8Buffer { bytes.append(contentsOf: $0) }
  }

  /// Writes text that is JSON already.
  mutating func raw(_ text: String) { bytes.append(contentsOf: text.utf8) }

  /// The shortest digits that give the same bits.
  mutating func number(_ value: Double) {
    if value.isFinite {
      raw(value.description)
    } else {
      raw(value.isNaN ? "NaN" : value > 0 ? "Infinity" : "-Infinity")
    }
  }

  /// A quoted text.
  mutating func string(_ text: String) {
    bytes.append(UInt8(ascii: "\""))
    defer { bytes.append(UInt8(ascii: "\"")) }
    // Nearly every text is written as it is.
    if text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x22 && $0 != 0x5c && $0 != 0x7f }) {
      return raw(text)
    }
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""): raw("\\\"")
      case UInt8(ascii: "\\"): raw("\\\\")
      case 0x0a: raw("\\n")
      case 0..<0x20, 0x7f:
        let digits = String(byte, radix: 16)
        raw("\\u00" + (digits.utf8.count == 1 ? "0" : "") + digits)
      default: bytes.append(byte)
      }
    }
  }

  /// Numbers in brackets.
  mutating func numbers(_ values: [Double]) {
    list(values) { $0.number($1) }
  }

  /// Any value; maps keep their order.
  mutating func value(_ value: Value) {
    switch value.kind {
    case .null: raw("null")
    case .bool(let truth): raw(truth ? "true" : "false")
    case .int(let whole): raw(whole.description)
    case .number(let number): self.number(number)
    case .string(let text): string(text)
    case .list(let items): list(items) { $0.value($1) }
    case .map(let entries):
      object(entries.lazy.map { ($0.key, $0.value) }) { $0.value($1) }
    }
  }

  /// Elements in brackets.
  mutating func list<T>(_ items: [T], _ write: (inout JSONWriter, T) -> Void) {
    raw("[")
    for (index, item) in items.enumerated() {
      if index > 0 { raw(",") }
      write(&self, item)
    }
    raw("]")
  }

  /// Keys and values in braces.
  mutating func object<T>(
    _ pairs: some Sequence<(String, T)>, _ write: (inout JSONWriter, T) -> Void
  ) {
    raw("{")
    var isFirst = true
    for (key, value) in pairs {
      if !isFirst { raw(",") }
      isFirst = false
      string(key)
      raw(":")
      write(&self, value)
    }
    raw("}")
  }
}

extension Value {
  /// The value as JSON that keeps NaN and infinities, which `json` cannot.
  var journalText: String {
    var writer = JSONWriter()
    writer.value(self)
    return String(decoding: writer.bytes, as: UTF8.self)
  }
}
