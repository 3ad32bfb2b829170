/// A number of 8 to 17 bytes, `[+-]digits[.digits]` with at most 8 digits on either side of the point, as two words
/// of eight digits each: most numbers of large files are such, and take no loop.
///
/// Without a point the first 8 digits are the first word. Bytes in a word stand in the order of the text, the first one
/// lowest, less the digit zero (D. Lemire, "Number Parsing at a Gigabyte per Second", 2021, section 5).
struct DecimalWords {
  /// Whether there is a point.
  let hasPoint: Bool
  private let isNegative: Bool
  /// Begins with the digits before the point.
  private let head: UInt64
  private let headCount: Int
  /// Ends with the digits behind it; zeros before these.
  private let tail: UInt64
  private let tailCount: Int

  /// Looks at a text; nil where it is anything else, perhaps another number.
  @inline(__always)
  init?(_ text: UnsafeBufferPointer<UInt8>) {
    guard text.count >= 8, let bytes = text.baseAddress else { return nil }
    isNegative = bytes[0] == UInt8(ascii: "-")
    let first = isNegative || bytes[0] == UInt8(ascii: "+") ? 1 : 0
    let count = text.count &- first
    guard count >= 8, count <= 17 else { return nil }
    head = Self.word(bytes + first)
    headCount = Self.others(head).trailingZeroBitCount >> 3
    let next = headCount < count ? bytes[first &+ headCount] : 0
    hasPoint = next == UInt8(ascii: ".")
    tailCount = count &- headCount &- (hasPoint ? 1 : 0)
    guard tailCount <= 8, hasPoint || headCount == 8 else { return nil }
    tail = Self.behind(Self.word(bytes + (text.count &- 8)), tailCount)
    guard Self.others(tail) == 0 else { return nil }
  }

  /// The digits without the point: below 10^16.
  @inline(__always)
  var mantissa: UInt64 {
    let head = Self.number(headCount == 0 ? 0 : head &<< UInt64(64 &- 8 &* headCount))
    return head &* Self.powers[tailCount] &+ Self.number(tail)
  }

  /// The power of ten with which the mantissa is multiplied, 0 to -8 where there is a point.
  @inline(__always)
  var power: Int { -tailCount }

  /// The number without a point.
  @inline(__always)
  var whole: Int { signed(Int(truncatingIfNeeded: mantissa)) }

  /// `value` with the text's sign.
  @inline(__always)
  func signed<Number: SignedNumeric>(_ value: Number) -> Number { isNegative ? -value : value }

  @inline(__always)
  private static func word(_ bytes: UnsafePointer<UInt8>) -> UInt64 {
    let word = UnsafeRawPointer(bytes).loadUnaligned(as: UInt64.self)
    return UInt64(littleEndian: word) ^ 0x3030_3030_3030_3030
  }

  /// The highest bit of each byte that is no digit.
  @inline(__always)
  private static func others(_ word: UInt64) -> UInt64 {
    ((word & 0x7f7f_7f7f_7f7f_7f7f) &+ 0x7676_7676_7676_7676 | word) & 0x8080_8080_8080_8080
  }

  /// The last `count` bytes, 0 to 8, and zeros before them.
  @inline(__always)
  private static func behind(_ word: UInt64, _ count: Int) -> UInt64 {
    count == 0 ? 0 : word & ~0 &<< UInt64(64 &- 8 &* count)
  }

  /// The number that eight digits say: pairs of them, then pairs of pairs, and of those.
  @inline(__always)
  private static func number(_ word: UInt64) -> UInt64 {
    let pairs = word &* 10 &+ word &>> 8
    let mask: UInt64 = 0xff_0000_00ff
    let high = (pairs & mask) &* (100 + 1_000_000 << 32)
    return (high &+ (pairs &>> 16 & mask) &* (1 + 10_000 << 32)) &>> 32
  }

  private static let powers: [UInt64] = [
    1, 10, 100, 1000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000,
  ]
}
