private import Foundation

/// A seeded random generator whose whole state is a value: xoshiro256** (Blackman and Vigna, 2021).
public struct RandomGenerator: RandomNumberGenerator, Sendable, Equatable {
  /// The four words of the state; save them to resume the sequence.
  public private(set) var state: [UInt64]

  /// Starts the sequence of `seed`.
  public init(seed: UInt64) {
    var mixer = seed
    state = (0..<4).map { _ in
      mixer &+= 0x9E37_79B9_7F4A_7C15
      return Self.mix(mixer)
    }
  }

  /// Continues a sequence from four saved words, not all zero; nil for anything else.
  public init?(state: [UInt64]) {
    guard state.count == 4, state.contains(where: { $0 != 0 }) else { return nil }
    self.state = state
  }

  /// The next 64 random bits.
  public mutating func next() -> UInt64 {
    let result = Self.rotate(state[1] &* 5, 7) &* 9
    let shifted = state[1] << 17
    state[2] ^= state[0]
    state[3] ^= state[1]
    state[1] ^= state[2]
    state[0] ^= state[3]
    state[2] ^= shifted
    state[3] = Self.rotate(state[3], 45)
    return result
  }

  /// A number in [0, 1) with 53 random bits.
  public mutating func uniform() -> Double { Double(next() >> 11) * 0x1p-53 }

  /// A number in [low, high).
  public mutating func uniform(_ low: Double, _ high: Double) -> Double {
    low + (high - low) * uniform()
  }

  /// A standard normal number (Box and Muller's method; the second number is not kept).
  public mutating func normal() -> Double {
    let radius = (-2 * log(1 - uniform())).squareRoot()
    return radius * cos(2 * Double.pi * uniform())
  }

  /// A whole number in 0..<bound, without bias (Lemire's method).
  public mutating func below(_ bound: Int) -> Int {
    precondition(bound > 0, "an empty range 0..<\(bound)")
    return Int(next(upperBound: UInt64(bound)))
  }

  /// Puts the elements of `items` into a random order (Fisher and Yates).
  public mutating func shuffle<T>(_ items: inout [T]) {
    guard items.count > 1 else { return }
    for i in stride(from: items.count - 1, to: 0, by: -1) { items.swapAt(i, below(i + 1)) }
  }

  /// 64 bits that depend on every bit of all `words`: a generator without state, for masks and
  /// permutations that any rank can recompute.
  public static func hash(_ words: UInt64...) -> UInt64 { hash(words) }

  /// 64 bits that depend on every bit of all `words`.
  public static func hash(_ words: [UInt64]) -> UInt64 {
    var result: UInt64 = 0x243F_6A88_85A3_08D3
    for word in words { result = fold(result, word) }
    return result
  }

  /// One step of `hash`: allocation-free building block for a step's inner loop.
  public static func fold(_ hash: UInt64, _ word: UInt64) -> UInt64 {
    mix((hash ^ mix(word &+ 0x9E37_79B9_7F4A_7C15)) &* 0xD6E8_FEB8_6659_FD93)
  }

  // The finalizer of SplitMix64 (Steele, Lea and Flood, 2014).
  private static func mix(_ value: UInt64) -> UInt64 {
    var z = value
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  private static func rotate(_ value: UInt64, _ bits: UInt64) -> UInt64 {
    (value << bits) | (value >> (64 - bits))
  }
}
