/// Random numbers for one row in one epoch: the same whoever reads the row, in whichever batch.
///
/// - Source: SplitMix64 (Steele, Lea & Flood 2014).
public struct RowDraw: Sendable {
  private var state: UInt64

  /// The numbers of `row` where `epochKey` is `RowDraw.key` of the epoch.
  public init(_ epochKey: UInt64, row: Int) {
    state = Permutation.mix(epochKey &+ Permutation.mix(UInt64(row)))
  }

  /// What the draws of all rows in an epoch have in common.
  public static func key(seed: UInt64, epoch: Int) -> UInt64 {
    Permutation.key(seed, 0x6175_676d_656e_74, UInt64(bitPattern: Int64(epoch)))
  }

  private mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    return Permutation.mix(state)
  }

  /// A number in [0, 1) with 53 random bits.
  public mutating func uniform() -> Double { Double(next() >> 11) * 0x1p-53 }

  /// A whole number in 0 ..< `bound`, each as likely to `bound` parts in 2^64.
  public mutating func below(_ bound: Int) -> Int {
    precondition(bound > 0, "an empty range 0..<\(bound)")
    return Int(next().multipliedFullWidth(by: UInt64(bound)).high)
  }
}
