private import NN

/// Points that fill the unit cube evenly: Sobol's sequence, scrambled after Owen.
///
/// The first 2^m points have one in each of 2^m equal parts of every coordinate, and stay well
/// spread in every pair (Joe and Kuo, 2008). Scrambling keeps that and makes each point uniform
/// (Owen, 1995); the nested permutations come from a hash (Burley, "Practical Hash-based Owen
/// Scrambling", JCGT 9(4), 2020), so that any point can be had at once, at about 10 ns a coordinate.
/// Past 256 dimensions the table is used again with shuffled indices (section 5 there).
public struct SobolSequence: Sendable {
  /// The number of coordinates.
  public let dimensions: Int
  private let seeds: [UInt32]
  private let isScrambled: Bool

  /// The sequence of a seed.
  public init(dimensions: Int, seed: UInt64) {
    precondition(dimensions > 0, "a sequence of \(dimensions) dimensions")
    self.dimensions = dimensions
    isScrambled = true
    seeds = (0..<dimensions).map {
      UInt32(truncatingIfNeeded: RandomGenerator.hash(seed, UInt64($0)) >> 32)
    }
  }

  /// The sequence itself, from the origin on; at most 256 dimensions.
  public init(unscrambledDimensions dimensions: Int) {
    precondition(
      1...SobolTable.dimensions ~= dimensions, "a plain sequence of \(dimensions) dimensions")
    self.dimensions = dimensions
    isScrambled = false
    seeds = []
  }

  /// The point at `index`, 0..<2^32, in [0, 1)^dimensions.
  public subscript(index: Int) -> [Double] {
    var point = [Double](repeating: 0, count: dimensions)
    fill(&point, at: index)
    return point
  }

  /// Puts the point at `index` into the first `dimensions` elements of `point`.
  public func fill(_ point: inout [Double], at index: Int) {
    precondition(index >= 0 && point.count >= dimensions, "point \(index) into \(point.count)")
    let table = SobolTable.directions
    for start in stride(from: 0, to: dimensions, by: SobolTable.dimensions) {
      var place = UInt32(truncatingIfNeeded: index)
      // An aligned block of 2^m indices stays one: only its place and order change.
      if start > 0 { place = Self.scramble(place, seeds[start] ^ 0x9E37_79B9) }
      let gray = place ^ (place >> 1)
      for dimension in start..<min(start + SobolTable.dimensions, dimensions) {
        var bits = gray
        var coordinate: UInt32 = 0
        let row = (dimension - start) * SobolTable.bits
        while bits != 0 {
          coordinate ^= table[row + bits.trailingZeroBitCount]
          bits &= bits &- 1
        }
        if isScrambled {
          // Half a unit keeps the coordinate off both ends.
          let mixed = Self.scramble(coordinate, seeds[dimension])
          point[dimension] = (Double(mixed) + 0.5) * 0x1p-32
        } else {
          point[dimension] = Double(coordinate) * 0x1p-32
        }
      }
    }
  }

  // Each bit is flipped or not by a hash of all higher bits (Laine and Karras' construction with
  // Burley's constants, on reversed bits so that carries go downwards).
  private static func scramble(_ word: UInt32, _ seed: UInt32) -> UInt32 {
    var x = word.bitsReversed &+ seed
    x ^= x &* 0x6C50_B47C
    x ^= x &* 0xB82F_1E52
    x ^= x &* 0xC7AF_E638
    x ^= x &* 0x8D22_F6E6
    return x.bitsReversed
  }
}

extension UInt32 {
  fileprivate var bitsReversed: UInt32 {
    var x = byteSwapped
    x = (x >> 4) & 0x0F0F_0F0F | (x & 0x0F0F_0F0F) << 4
    x = (x >> 2) & 0x3333_3333 | (x & 0x3333_3333) << 2
    return (x >> 1) & 0x5555_5555 | (x & 0x5555_5555) << 1
  }
}
