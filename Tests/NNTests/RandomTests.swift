import NN
import Testing

@Suite("Random numbers and initializers")
struct RandomTests {
  /// Mean and deviation.
  private func moments(_ values: [Double]) -> (mean: Double, deviation: Double) {
    let mean = values.reduce(0, +) / Double(values.count)
    let square = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    return (mean, (square / Double(values.count)).squareRoot())
  }

  @Test("The sequence is xoshiro256**'s, its seed spread by SplitMix64")
  func sequence() {
    // State (1, 2, 3, 4) gives 11520, 0, 1509978240: the generator's published test vector.
    var generator = RandomGenerator(state: [1, 2, 3, 4])
    #expect(generator?.next() == 11520)
    #expect(generator?.next() == 0)
    #expect(generator?.next() == 1_509_978_240)
    // SplitMix64's first number for the seed 0.
    #expect(RandomGenerator(seed: 0).state[0] == 0xE220_A839_7B1D_CDAF)
  }

  @Test("A saved state continues the sequence")
  func resume() {
    var generator = RandomGenerator(seed: 5)
    _ = generator.next()
    var other = RandomGenerator(state: generator.state)
    #expect(other?.next() == generator.next())
    #expect(RandomGenerator(state: [0, 0, 0, 0]) == nil)
    #expect(RandomGenerator(state: [1]) == nil)
  }

  @Test("Uniform and normal numbers have their moments")
  func distributions() {
    var generator = RandomGenerator(seed: 1)
    // Five deviations of a mean over 100000: 5 / sqrt(100000) = 0.016 times the deviation.
    let uniform = moments((0..<100_000).map { _ in generator.uniform(-1, 1) })
    #expect(abs(uniform.mean) < 0.01 && abs(uniform.deviation - 0.57735) < 0.006)
    let normal = moments((0..<100_000).map { _ in generator.normal() })
    #expect(abs(normal.mean) < 0.016 && abs(normal.deviation - 1) < 0.012)
  }

  @Test("A shuffle keeps all elements and every order comes up")
  func shuffle() {
    var generator = RandomGenerator(seed: 2)
    var seen: [[Int]: Int] = [:]
    for _ in 0..<6000 {
      var items = [0, 1, 2]
      generator.shuffle(&items)
      seen[items, default: 0] += 1
    }
    #expect(seen.count == 6)
    #expect(seen.values.allSatisfy { abs($0 - 1000) < 150 })
  }

  @Test("A hash depends on every word and on their order")
  func hash() {
    let hashes: [UInt64] = [
      RandomGenerator.hash(1, 2), RandomGenerator.hash(2, 1), RandomGenerator.hash(1, 2, 0),
      RandomGenerator.hash(1), RandomGenerator.hash(0), RandomGenerator.hash(),
    ]
    #expect(Set(hashes).count == hashes.count)
    #expect(RandomGenerator.fold(RandomGenerator.fold(RandomGenerator.hash(), 1), 2) == hashes[0])
  }

  private func values(_ initializer: Initializer, _ shape: [Int]) -> [Double] {
    var generator = RandomGenerator(seed: 3)
    return [Float](unsafeUninitializedCapacity: shape.reduce(1, *)) { buffer, count in
      count = shape.reduce(1, *)
      initializer.fill(
        UnsafeMutableBufferPointer(rebasing: buffer[..<count]), shape: shape, using: &generator)
    }.map(Double.init)
  }

  @Test(
    "Variance scaling has the variance scale / fan",
    arguments: [
      (Initializer.FanMode.fanIn, 300.0), (.fanOut, 200.0), (.fanAverage, 250.0),
    ], [Initializer.Distribution.truncatedNormal, .untruncatedNormal, .uniform])
  func scaling(_ mode: (Initializer.FanMode, Double), _ distribution: Initializer.Distribution) {
    let drawn = moments(
      values(.varianceScaling(scale: 2, mode: mode.0, distribution: distribution), [300, 200]))
    let expected = (2 / mode.1).squareRoot()
    #expect(abs(drawn.deviation / expected - 1) < 0.02)
    #expect(abs(drawn.mean) < 0.02 * expected * 5)
  }

  @Test("A receptive field multiplies the fan, as in Keras")
  func field() {
    let initializer = Initializer.varianceScaling(
      scale: 1, mode: .fanIn, distribution: .untruncatedNormal)
    let drawn = moments(values(initializer, [3, 3, 32, 64]))
    #expect(abs(drawn.deviation * (9.0 * 32).squareRoot() - 1) < 0.03)
  }

  @Test("Normal, truncated, constant and identity beginnings")
  func simple() {
    let normal = moments(values(.randomNormal(mean: 1, deviation: 0.5), [100, 100]))
    #expect(abs(normal.mean - 1) < 0.025 && abs(normal.deviation - 0.5) < 0.02)
    let cut = values(.truncatedNormal(mean: 0, deviation: 1), [100, 100])
    #expect(cut.allSatisfy { abs($0) <= 2 } && cut.contains { abs($0) > 1.9 })
    #expect(values(.constant(0.25), [3]) == [0.25, 0.25, 0.25])
    #expect(values(.identity(gain: 2), [2, 3]) == [2, 0, 0, 0, 2, 0])
    #expect(values(.ones, [2]) == [1, 1] && values(.zeros, [2]) == [0, 0])
  }

  @Test(
    "Orthogonal rows or columns have the gain as length and no product",
    arguments: [[8, 5], [5, 8], [6, 6], [2, 3, 4]])
  func orthogonal(_ shape: [Int]) {
    let matrix = values(.orthogonal(gain: 3), shape)
    let columns = shape[shape.count - 1]
    let rows = matrix.count / columns
    let tall = rows >= columns
    for i in 0..<min(rows, columns) {
      for j in 0..<min(rows, columns) {
        let product = (0..<max(rows, columns)).reduce(0.0) { sum, k in
          sum
            + (tall
              ? matrix[k * columns + i] * matrix[k * columns + j]
              : matrix[i * columns + k] * matrix[j * columns + k])
        }
        #expect(abs(product - (i == j ? 9 : 0)) < 1e-5)
      }
    }
  }
}
