import Glibc

/// A finite number that a text says.
enum Decimal: Equatable {
  /// Digits alone, with or without a sign.
  case whole(Int)
  /// Any other number, rounded once: the nearest `Double`, ties to even.
  case number(Double)

  /// The number as a `Double`.
  var value: Double {
    switch self {
    case .whole(let value): Double(value)
    case .number(let value): value
    }
  }

  /// No number is written with more bytes.
  private static let longest = 400

  /// Reads `[+-]digits[.digits][e[+-]digits]`; nil where `text` is anything else, or too large.
  ///
  /// Up to 19 digits are taken as a whole number m and a power of ten p, both exact. Where both fit
  /// a `Double` exactly, one operation rounds once (W. Clinger, "How to Read Floating Point Numbers
  /// Accurately", 1990); else the first 64 bits of m × 10^p are found with whole numbers, and the
  /// rest decides a tie. What is beyond that is left to strtod, which alone would take `0x1p3`,
  /// `inf` and `nan(1)` as well.
  @inline(__always)
  init?(_ text: UnsafeBufferPointer<UInt8>) {
    if let words = DecimalWords(text) {
      guard words.hasPoint else {
        self = .whole(words.whole)
        return
      }
      if let value = Self.product(words.mantissa, words.power) {
        self = .number(words.signed(value))
        return
      }
    }
    guard let bytes = text.baseAddress, !text.isEmpty else { return nil }
    let count = text.count
    var index = 0
    let isNegative = bytes[0] == UInt8(ascii: "-")
    if isNegative || bytes[0] == UInt8(ascii: "+") { index = 1 }
    var mantissa: UInt64 = 0
    let first = index
    while index < count {
      let digit = bytes[index] &- 48
      guard digit < 10 else { break }
      mantissa = mantissa &* 10 &+ UInt64(digit)
      index &+= 1
    }
    var digitCount = index - first
    if index == count {
      guard digitCount > 0 else { return nil }
      // 18 digits fit; more may, and are looked at without hurry.
      if digitCount <= 18 {
        self = .whole(isNegative ? -Int(mantissa) : Int(mantissa))
        return
      }
      self.init(slow: text)
      return
    }
    var power = 0
    if bytes[index] == UInt8(ascii: ".") {
      index &+= 1
      let first = index
      while index < count {
        let digit = bytes[index] &- 48
        guard digit < 10 else { break }
        mantissa = mantissa &* 10 &+ UInt64(digit)
        index &+= 1
      }
      power = first - index
      digitCount -= power
    }
    guard digitCount > 0 else { return nil }
    if index < count {
      guard bytes[index] | 0x20 == UInt8(ascii: "e"),
        let exponent = Self.exponent(bytes, index + 1, count)
      else { return nil }
      power += exponent
    }
    // More digits than that may have run over; leading zeros are not worth a test of their own.
    guard digitCount <= 19, let value = Self.product(mantissa, power) else {
      self.init(slow: text)
      return
    }
    self = .number(isNegative ? -value : value)
  }

  /// The exponent in `bytes[index..<count]`; nil where that is none.
  private static func exponent(
    _ bytes: UnsafePointer<UInt8>, _ start: Int, _ count: Int
  ) -> Int? {
    guard start < count else { return nil }
    let isNegative = bytes[start] == UInt8(ascii: "-")
    var index = isNegative || bytes[start] == UInt8(ascii: "+") ? start + 1 : start
    guard index < count else { return nil }
    var exponent = 0
    while index < count {
      let digit = bytes[index] &- 48
      guard digit < 10 else { return nil }
      exponent = min(100_000, 10 * exponent + Int(digit))
      index += 1
    }
    return isNegative ? -exponent : exponent
  }

  /// m × 10^p, rounded once; nil where |p| is too large to tell.
  @inline(__always)
  private static func product(_ mantissa: UInt64, _ power: Int) -> Double? {
    if mantissa < 1 << 53, power >= -22, power <= 22 {
      return power < 0
        ? Double(mantissa) / exactPowers[-power] : Double(mantissa) * exactPowers[power]
    }
    return longProduct(mantissa, power)
  }

  @inline(never)
  private static func longProduct(_ mantissa: UInt64, _ power: Int) -> Double? {
    guard mantissa > 0, power >= -19, power <= 19 else { return mantissa == 0 ? 0 : nil }
    let ten = wholePowers[abs(power)]
    var bits: UInt64
    var rest: UInt64
    var exponent: Int
    if power < 0 {
      // Both begin with a one; the quotient then has 64 bits, whichever of them is the larger.
      let (up, tenUp) = (mantissa.leadingZeroBitCount, ten.leadingZeroBitCount)
      let (m, d) = (mantissa << UInt64(up), ten << UInt64(tenUp))
      exponent = tenUp - up - 64
      if m >= d {
        (bits, rest) = d.dividingFullWidth((m >> 1, m << 63))
        exponent += 1
      } else {
        (bits, rest) = d.dividingFullWidth((m, 0))
      }
    } else {
      let (high, low) = mantissa.multipliedFullWidth(by: ten)
      if high == 0 { return Double(low) }
      let up = UInt64(high.leadingZeroBitCount)
      bits = up == 0 ? high : high << up | low >> (64 - up)
      rest = low << up
      exponent = 64 - Int(up)
    }
    // A bit below all that matter stands for what is left over: ties are told from near ties.
    if rest != 0 { bits |= 1 }
    return Double(sign: .plus, exponent: exponent, significand: Double(bits))
  }

  private init?(slow text: UnsafeBufferPointer<UInt8>) {
    guard text.count < Self.longest else { return nil }
    var isWhole = true
    for (index, byte) in text.enumerated() {
      switch byte {
      case 48...57: continue
      case UInt8(ascii: "+"), UInt8(ascii: "-"): if index > 0 { isWhole = false }
      case UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E"): isWhole = false
      default: return nil
      }
    }
    if isWhole, let whole = Int(String(decoding: text, as: UTF8.self)) {
      self = .whole(whole)
      return
    }
    let number: Double? = withUnsafeTemporaryAllocation(
      of: CChar.self, capacity: text.count + 1
    ) { copy in
      guard let start = copy.baseAddress else { return nil }
      for (index, byte) in text.enumerated() { start[index] = CChar(bitPattern: byte) }
      start[text.count] = 0
      var end: UnsafeMutablePointer<CChar>?
      let number = strtod(start, &end)
      return end == start + text.count && number.isFinite ? number : nil
    }
    guard let number else { return nil }
    self = .number(number)
  }

  /// 10^0 to 10^22, all exact.
  private static let exactPowers: [Double] = [
    1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17,
    1e18, 1e19, 1e20, 1e21, 1e22,
  ]
  /// 10^0 to 10^19, all that fit.
  private static let wholePowers: [UInt64] = [
    1, 10, 100, 1000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000, 1_000_000_000,
    10_000_000_000, 100_000_000_000, 1_000_000_000_000, 10_000_000_000_000, 100_000_000_000_000,
    1_000_000_000_000_000, 10_000_000_000_000_000, 100_000_000_000_000_000,
    1_000_000_000_000_000_000, 10_000_000_000_000_000_000,
  ]
}
