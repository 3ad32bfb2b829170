private import NN

/// Points that fill the unit cube evenly: Halton's sequence with scrambled digits.
///
/// Coordinate d of point i is i's digits in the d-th prime base, mirrored at the point. Each digit
/// goes through a random line of its own, digit * a + c modulo the base (Matoušek, 1998), which
/// breaks the stripes that large bases have.
public struct HaltonSequence: Sendable {
  /// The number of coordinates.
  public let dimensions: Int
  private let bases: [Int]
  private let seed: UInt64?

  /// The sequence of a seed; nil leaves the digits as they are.
  public init(dimensions: Int, seed: UInt64?) {
    precondition(dimensions > 0, "a sequence of \(dimensions) dimensions")
    self.dimensions = dimensions
    self.seed = seed
    var primes: [Int] = []
    var candidate = 2
    while primes.count < dimensions {
      if !primes.contains(where: { $0 * $0 <= candidate && candidate % $0 == 0 }) {
        primes.append(candidate)
      }
      candidate += 1
    }
    bases = primes
  }

  /// The point at `index`, at least 0, in [0, 1)^dimensions.
  public subscript(index: Int) -> [Double] {
    precondition(index >= 0, "point \(index)")
    return bases.indices.map { coordinate($0, at: index) }
  }

  private func coordinate(_ dimension: Int, at index: Int) -> Double {
    let base = bases[dimension]
    var rest = index
    var weight = 1 / Double(base)
    var result = 0.0
    var key = seed.map { RandomGenerator.hash($0, UInt64(dimension)) }
    // Without scrambling all higher digits are zero; with it they go on to the last bit.
    while key != nil ? weight > 0x1p-54 : rest > 0 {
      var digit = rest % base
      rest /= base
      if let random = key {
        key = RandomGenerator.fold(random, 1)
        let a = 1 + Int(random >> 33) % (base - 1 == 0 ? 1 : base - 1)
        let c = Int(truncatingIfNeeded: random & 0x7FFF_FFFF) % base
        digit = (digit * a + c) % base
      }
      result += Double(digit) * weight
      weight /= Double(base)
    }
    return min(result, 1 - 0x1p-53)
  }
}
