/// A shuffled order of 0 ..< count that needs no memory: each place is computed when asked for.
///
/// A Feistel network over the smallest sufficient number of bits, walked until it lands below the
/// count (fewer than two walks on average), is a permutation whatever its round function is.
/// - Source: Black & Rogaway, Ciphers with Arbitrary Finite Domains, 2002, section 3 (cycle
///   walking); round function: the finalizer of SplitMix64 (Steele et al. 2014).
public struct Permutation: Sendable, Equatable {
  /// How many places the order has.
  public let count: Int
  /// nil: each number stands at its own place.
  private let key: UInt64?
  private let lowBits: UInt64
  private let lowMask: UInt64
  private let highMask: UInt64

  /// The order of 0 ..< `count` that `key` stands for; nil: that of the numbers themselves.
  public init(count: Int, key: UInt64?) {
    precondition(count >= 0)
    self.count = count
    self.key = key
    let bits = max(2, Int.bitWidth - max(0, count - 1).leadingZeroBitCount)
    lowBits = UInt64(bits / 2)
    lowMask = (1 << lowBits) - 1
    highMask = (1 << (UInt64(bits) - lowBits)) - 1
  }

  /// What stands at place `index`.
  public subscript(index: Int) -> Int {
    precondition(index >= 0 && index < count, "place \(index) of \(count)")
    guard let key else { return index }
    var value = UInt64(index)
    repeat {
      var low = value & lowMask
      var high = value >> lowBits
      var round = key
      for _ in 0..<3 {
        high ^= Self.mix(round &+ low) & highMask
        round &+= 0x9e37_79b9_7f4a_7c15
        low ^= Self.mix(round &+ high) & lowMask
        round &+= 0x9e37_79b9_7f4a_7c15
      }
      value = high << lowBits | low
    } while value >= UInt64(count)
    return Int(value)
  }

  /// One key out of several numbers: a seed and what the order is for.
  public static func key(_ numbers: UInt64...) -> UInt64 {
    var key: UInt64 = 0
    for number in numbers { key = mix(key &+ 0x9e37_79b9_7f4a_7c15 &+ mix(number)) }
    return key
  }

  /// The finalizer of SplitMix64.
  static func mix(_ value: UInt64) -> UInt64 {
    var x = value
    x = (x ^ (x >> 30)) &* 0xbf58_476d_1ce4_e5b9
    x = (x ^ (x >> 27)) &* 0x94d0_49bb_1331_11eb
    return x ^ (x >> 31)
  }
}
