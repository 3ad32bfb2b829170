import Glibc

/// What a field of a CSV file says.
enum CSVCell: Equatable {
  /// Nothing, or a word that stands for nothing.
  case missing
  /// A finite number.
  case number(Double)
  /// Anything else.
  case text

  /// Whether the field can be stored as a `Float`.
  var isFiniteFloat: Bool {
    guard case .number(let number) = self else { return false }
    return Float(number).isFinite
  }

  private static let missingWords: Set<String> = ["", "na", "n/a", "nan", "null", "none", "?"]
  private static let powers: [Double] = [
    1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
  ]

  /// Reads a field that has no spaces around it.
  init(_ field: ArraySlice<UInt8>) {
    if let number = Self.short(field) ?? Self.long(field) {
      self = .number(number)
    } else if field.count <= 4,
      Self.missingWords.contains(String(decoding: field, as: UTF8.self).lowercased())
    {
      self = .missing
    } else {
      self = .text
    }
  }

  /// At most 15 digits with a point or not: both parts of the quotient are exact, so it rounds once.
  private static func short(_ field: ArraySlice<UInt8>) -> Double? {
    var digits = field
    let isNegative = digits.first == UInt8(ascii: "-")
    if isNegative || digits.first == UInt8(ascii: "+") { digits.removeFirst() }
    guard !digits.isEmpty, digits.count <= 16 else { return nil }
    var value = 0
    var digitCount = 0
    var fraction: Int?
    for byte in digits {
      if byte == UInt8(ascii: ".") {
        guard fraction == nil else { return nil }
        fraction = digitCount
      } else {
        guard byte >= 48, byte <= 57 else { return nil }
        value = 10 * value + Int(byte - 48)
        digitCount += 1
      }
    }
    guard digitCount > 0, digitCount <= 15 else { return nil }
    let number = Double(value) / powers[fraction.map { digitCount - $0 } ?? 0]
    return isNegative ? -number : number
  }

  /// Any decimal number; strtod alone would take `0x1p3`, `inf` and `nan(1)` as well.
  private static func long(_ field: ArraySlice<UInt8>) -> Double? {
    guard !field.isEmpty, field.count < 400 else { return nil }
    for byte in field {
      switch byte {
      case 48...57, UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "e"),
        UInt8(ascii: "E"):
        continue
      default: return nil
      }
    }
    var text = field.map { CChar(bitPattern: $0) }
    text.append(0)
    return text.withUnsafeBufferPointer { buffer in
      guard let start = buffer.baseAddress else { return nil }
      var end: UnsafeMutablePointer<CChar>?
      let number = strtod(start, &end)
      guard let end, UnsafePointer(end) == start + field.count, number.isFinite else { return nil }
      return number
    }
  }
}
