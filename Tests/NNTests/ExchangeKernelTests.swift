import CKernels
import NN
import Testing

/// What a worker's weights and the shared ones do to each other, against the formulas in doubles.
@Suite("Kernels of the exchange")
struct ExchangeKernelTests {
  /// Lengths within, at and beyond the width of a vector.
  static let lengths = [1, 7, 64, 1000]
  // Numbers below 2 with up to four roundings of a float each.
  private static let tolerance = 2e-6

  /// `count` arrays of numbers from -1 to 1.
  private func arrays(_ count: Int, length: Int) -> [[Float]] {
    var generator = RandomGenerator(seed: UInt64(length))
    return (0..<count).map { _ in
      (0..<length).map { _ in Float(generator.uniform(-1, 1)) }
    }
  }

  /// What `kernel` makes of the arrays.
  private func run(
    _ arrays: [[Float]], _ kernel: ([UnsafeMutablePointer<Float>]) -> Void
  ) -> [[Float]] {
    let length = arrays[0].count
    var block = Array(arrays.joined())
    block.withUnsafeMutableBufferPointer { block in
      guard let base = block.baseAddress else { return }
      kernel(arrays.indices.map { base + $0 * length })
    }
    return arrays.indices.map { Array(block[$0 * length..<($0 + 1) * length]) }
  }

  /// Compares what `kernel` makes of the arrays with what `formula` makes of each place's numbers, and looks
  /// whether one NaN in one array comes out.
  private func check(
    _ arrayCount: Int, length: Int, kernel: ([UnsafeMutablePointer<Float>]) -> Void,
    formula: ([Double]) -> [Double], sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let before = arrays(arrayCount, length: length)
    let after = run(before, kernel)
    for index in 0..<length {
      let expected = formula(before.map { Double($0[index]) })
      for (array, value) in expected.enumerated() {
        #expect(
          abs(Double(after[array][index]) - value) < Self.tolerance * max(1, abs(value)),
          "array \(array), place \(index)", sourceLocation: sourceLocation)
      }
    }
    for array in 0..<arrayCount {
      var spoiled = before
      spoiled[array][length - 1] = .nan
      let isUsed = formula(spoiled.map { Double($0[length - 1]) }).map(\.isNaN)
      spoiled = run(spoiled, kernel)
      for (other, isNaN) in isUsed.enumerated() where isNaN {
        #expect(spoiled[other][length - 1].isNaN, "array \(other)", sourceLocation: sourceLocation)
      }
      if length > 1 {
        #expect(spoiled.allSatisfy { $0[0].isFinite }, sourceLocation: sourceLocation)
      }
    }
  }

  @Test("the elastic force pulls both sides by the same", arguments: lengths)
  func elastic(_ n: Int) {
    check(2, length: n) { a in
      ck_elastic(n, 0.3, a[0], a[1])
    } formula: { x in
      let d = Double(Float(0.3)) * (x[0] - x[1])
      return [x[0] - d, x[1] + d]
    }
  }

  @Test("the elastic force looks at the weights behind the momentum", arguments: lengths)
  func elasticAhead(_ n: Int) {
    check(4, length: n) { a in
      ck_elastic_ahead(n, 0.3, 0.9, a[3], a[0], a[1], a[2])
    } formula: { x in
      let d = Double(Float(0.3)) * (x[0] - Double(Float(0.9)) * x[3] - x[2])
      return [x[0] - d, x[0] - d, x[2] + d, x[3]]
    }
  }

  @Test("momentum over the worker's own steps", arguments: lengths)
  func momentum(_ n: Int) {
    check(3, length: n) { a in
      ck_add_momentum(n, 0.9, a[0], a[1], a[2])
    } formula: { x in
      let v = Double(Float(0.9)) * x[1] + x[2] - x[0]
      let next = x[2] + Double(Float(0.9)) * v
      return [next, v, next]
    }
  }

  @Test("a change is added, less what is lost by its age", arguments: lengths)
  func change(_ n: Int) {
    check(3, length: n) { a in
      ck_take_change(n, 0.75, a[0], a[1], a[2])
    } formula: { x in
      let next = x[2] + 0.25 * (x[0] - x[1])
      return [next, next, next]
    }
  }

  @Test("a worker that is alone keeps its weights to the bit", arguments: lengths)
  func changeAlone(_ n: Int) {
    let numbers = arrays(2, length: n)
    var (own, start, shared) = (numbers[0], numbers[1], numbers[1])
    ck_take_change(n, 0, &own, &start, &shared)
    #expect(shared == numbers[0])
    #expect(own == numbers[0] && start == numbers[0])
  }

  @Test("a change is scaled to the energy that momentum would have", arguments: lengths)
  func energy(_ n: Int) {
    // Own, start, seen, moment, shared.
    check(5, length: n) { a in
      ck_match_energy(n, 0.9, 2, a[0], a[1], a[2], a[3], a[4])
    } formula: { x in
      let u = x[0] - x[1]
      let m = Double(Float(0.9)) * x[3] + u
      let ratio = (2 * abs(m) - abs(x[4] - x[2])) / (abs(u) + 1e-12)
      let pi = ratio.isNaN ? ratio : min(max(ratio, 0), 5)
      let next = x[4] + pi * u
      return [next, next, x[4], m, next]
    }
  }

  @Test("where nothing changed nothing is pushed", arguments: lengths)
  func noEnergy(_ n: Int) {
    let numbers = arrays(3, length: n)
    var (own, start, seen) = (numbers[0], numbers[0], numbers[1])
    var (moment, shared) = (numbers[2], numbers[1])
    ck_match_energy(n, 0.9, 2, &own, &start, &seen, &moment, &shared)
    #expect(shared == numbers[1] && own == numbers[1])
  }

  @Test("a worker's change times its rows", arguments: lengths)
  func scaledChange(_ n: Int) {
    check(3, length: n) { a in
      ck_scaled_change(n, 0.5, a[1], a[2], a[0])
    } formula: { x in
      [0.5 * (x[1] - x[2]), x[1], x[2]]
    }
  }

  @Test("the outer step is one of Nesterov's", arguments: lengths)
  func outer(_ n: Int) {
    check(4, length: n) { a in
      ck_outer_step(n, 0.7, 0.9, 0.5, a[3], a[0], a[1], a[2])
    } formula: { x in
      let (rate, momentum) = (Double(Float(0.7)), Double(Float(0.9)))
      let d = 0.5 * x[3]
      let v = momentum * x[0] + d
      let next = x[1] - rate * (d + momentum * v)
      return [v, next, next, x[3]]
    }
  }
}
