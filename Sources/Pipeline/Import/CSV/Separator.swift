/// What a user calls the character between two fields of a CSV file.
package enum Separator {
  /// What is said of one that `byte(_:)` does not know.
  package static let advice = "a single character such as ';', or: tab, space"

  /// The byte that is meant; nil where that is none.
  package static func byte(_ text: String) -> UInt8? {
    switch text {
    case "tab", "\\t": return 9
    case "space": return 32
    default:
      guard text.utf8.count == 1, let byte = text.utf8.first, byte < 0x80,
        byte >= 0x20 || byte == 9,
        byte != UInt8(ascii: "\"")
      else { return nil }
      return byte
    }
  }

  /// The text that means `byte`.
  static func text(_ byte: UInt8) -> String {
    switch byte {
    case 9: "tab"
    case 32: "space"
    default: String(UnicodeScalar(byte))
    }
  }
}
