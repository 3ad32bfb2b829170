private import Foundation

/// A quantile sketch of one column: a sample of its numbers, each of which stands for 2^level.
///
/// A full level is sorted and every second number of it goes up a level, the odd or the even ones by
/// a coin that seed and data decide: the same rows in the same order make the same sketch.
/// - Source: Karnin, Lang & Liberty 2016, Optimal Quantile Approximation in Streams, section 2, with
///   capacities that shrink by c = 2/3 per level down to 8.
struct ColumnSketch: Sendable {
  /// How many numbers were seen.
  private(set) var count = 0
  private var low = Float.infinity
  private var high = -Float.infinity
  private var levels: [[Float]] = [[]]
  private var capacities: [Int]
  private var capacity: Int
  private var heldCount = 0
  private let parameter: Int

  init(parameter: Int) {
    self.parameter = parameter
    capacities = [parameter]
    capacity = parameter
  }

  private static let leastCapacity = 8

  mutating func add(_ value: Float) {
    count += 1
    low = min(low, value)
    high = max(high, value)
    levels[0].append(value)
    heldCount += 1
    if heldCount > capacity { compactWhenFull() }
  }

  mutating func merge(_ other: ColumnSketch) {
    count += other.count
    low = min(low, other.low)
    high = max(high, other.high)
    while levels.count < other.levels.count { appendLevel() }
    for (level, values) in other.levels.enumerated() { levels[level] += values }
    heldCount += other.heldCount
    compactWhenFull()
  }

  private mutating func appendLevel() {
    levels.append([])
    let top = levels.count - 1
    capacities = (0...top).map {
      max(
        Self.leastCapacity, Int((Double(parameter) * pow(2.0 / 3, Double(top - $0))).rounded(.up)))
    }
    capacity = capacities.reduce(0, +)
  }

  private mutating func compactWhenFull() {
    while heldCount > capacity,
      let level = levels.indices.first(where: { levels[$0].count > capacities[$0] })
    {
      if level == levels.count - 1 { appendLevel() }
      var values: [Float] = []
      swap(&values, &levels[level])
      values.sort()
      // A number that has no partner stays.
      let pairCount = values.count / 2
      let odd = Self.coin(values[0], count, level)
      levels[level + 1].reserveCapacity(levels[level + 1].count + pairCount)
      for pair in 0..<pairCount { levels[level + 1].append(values[2 * pair + odd]) }
      heldCount -= pairCount
      let rest = values.count % 2 == 1 ? values.last : nil
      // The memory serves again.
      values.removeAll(keepingCapacity: true)
      if let rest { values.append(rest) }
      swap(&values, &levels[level])
    }
  }

  /// 0 or 1, by the mixing function of SplitMix64 (Steele, Lea & Flood 2014).
  private static func coin(_ value: Float, _ count: Int, _ level: Int) -> Int {
    var bits =
      UInt64(value.bitPattern) << 32 ^ UInt64(truncatingIfNeeded: count) ^ UInt64(level) << 58
    bits &+= 0x9E37_79B9_7F4A_7C15
    bits = (bits ^ bits >> 30) &* 0xBF58_476D_1CE4_E5B9
    bits = (bits ^ bits >> 27) &* 0x94D0_49BB_1331_11EB
    return Int((bits ^ bits >> 31) >> 63)
  }

  /// The numbers below which these shares of the column lie, interpolated; nil without rows.
  ///
  /// As NumPy's `quantile` with its usual method, `linear`, and equal to it while nothing was dropped.
  func quantiles(_ shares: [Double]) -> [Double]? {
    guard count > 0 else { return nil }
    var sample: [(value: Float, end: Int)] = []
    for (level, values) in levels.enumerated() {
      for value in values { sample.append((value, 1 << level)) }
    }
    sample.sort { $0.value < $1.value }
    var end = 0
    for index in sample.indices {
      end += sample[index].end
      sample[index].end = end
    }
    func value(at rank: Int) -> Double {
      if rank <= 0 { return Double(low) }
      if rank >= count - 1 { return Double(high) }
      var (first, last) = (0, sample.count - 1)
      while first < last {
        let middle = (first + last) / 2
        if sample[middle].end > rank { last = middle } else { first = middle + 1 }
      }
      return Double(sample[first].value)
    }
    return shares.map { share in
      let place = share * Double(count - 1)
      let rank = Int(place)
      let below = value(at: rank)
      return below + (value(at: rank + 1) - below) * (place - Double(rank))
    }
  }

  /// The sketch as plain numbers: count, range, how many numbers each level has, and these.
  var numbers: [Double] {
    [Double(count), Double(low), Double(high), Double(levels.count)]
      + levels.map { Double($0.count) } + levels.joined().map { Double($0) }
  }

  /// Takes the sketch that `numbers` of the same parameter begin with, and removes it from them.
  mutating func take(from numbers: inout ArraySlice<Double>) {
    self = ColumnSketch(parameter: parameter)
    count = Int(numbers.removeFirst())
    low = Float(numbers.removeFirst())
    high = Float(numbers.removeFirst())
    while levels.count < Int(numbers.first ?? 1) { appendLevel() }
    let sizes = numbers.dropFirst().prefix(levels.count).map { Int($0) }
    numbers = numbers.dropFirst(1 + levels.count)
    for (level, size) in sizes.enumerated() {
      levels[level] = numbers.prefix(size).map { Float($0) }
      numbers = numbers.dropFirst(size)
    }
    heldCount = sizes.reduce(0, +)
  }
}
