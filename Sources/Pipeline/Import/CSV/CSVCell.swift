/// What a field of a CSV file says.
enum CSVCell: Equatable {
  /// Nothing, or a word that stands for nothing.
  case missing
  /// A finite number.
  case number(Decimal)
  /// Anything else.
  case text

  /// Reads a field that has no spaces around it.
  @inline(__always)
  init(_ field: UnsafeBufferPointer<UInt8>) {
    if let number = Decimal(field) {
      self = .number(number)
    } else {
      self = Self.standsForNothing(field) ? .missing : .text
    }
  }

  /// Whether the field is empty, or `na`, `n/a`, `nan`, `null`, `none` or `?`, in any case.
  static func standsForNothing(_ field: UnsafeBufferPointer<UInt8>) -> Bool {
    guard field.count <= 4 else { return false }
    var word: UInt32 = 0
    for byte in field {
      let isUpper = byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z")
      word = word << 8 | UInt32(isUpper ? byte | 0x20 : byte)
    }
    switch word {
    case 0: return field.isEmpty
    case 0x3f, 0x6e61, 0x6e2f61, 0x6e616e, 0x6e75_6c6c, 0x6e6f_6e65: return true
    default: return false
    }
  }
}
