/// Whether a place of a CSV file lies within a quoted field: what that place's bytes mean depends on
/// this and on the byte before it.
///
/// The same rules as those of `CSVRecords`, for who begins to read in the middle of a file.
enum QuoteState: Int, CaseIterable, Sendable {
  /// It does not.
  case outside
  /// It does.
  case inside
  /// It lies behind a quote within a quoted field, which ends there unless another quote follows.
  case behindQuote

  /// The bytes that change the state, or end a line.
  static let marks: (UInt8, UInt8, UInt8, UInt8) = (lineFeed, carriageReturn, quote, quote)
  static let quote = UInt8(ascii: "\"")
  static let lineFeed: UInt8 = 10
  static let carriageReturn: UInt8 = 13

  /// Goes on to behind `byte`, one of `marks`, before which `previous` stands.
  ///
  /// - Returns: Whether the byte ends a line that nothing before it has ended.
  mutating func pass(_ byte: UInt8, behind previous: UInt8, separator: UInt8) -> Bool {
    settle(behind: previous)
    switch byte {
    case Self.quote:
      switch self {
      case .outside:
        // Elsewhere than at a field's beginning it is a character like others.
        let opens =
          previous == separator || previous == Self.lineFeed || previous == Self.carriageReturn
        if opens { self = .inside }
      case .inside: self = .behindQuote
      case .behindQuote: self = .inside
      }
      return false
    case Self.lineFeed:
      if self == .inside { return true }
      self = .outside
      return previous != Self.carriageReturn
    default:
      if self == .inside { return false }
      self = .outside
      return true
    }
  }

  /// Takes into account that the byte before the place may not be the quote any more.
  mutating func settle(behind previous: UInt8) {
    if self == .behindQuote, previous != Self.quote { self = .outside }
  }
}
