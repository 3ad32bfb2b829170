import CKernels
import Configuration
import NN
import Testing

@Suite("bfloat16")
struct PrecisionTests {
  /// Rounding to nearest, ties to even, by the float's own arithmetic: 8 bits of fraction stay.
  private static func rounded(_ x: Float) -> Float {
    guard x.isFinite, x != 0 else { return x }
    let unit = max(x.ulp, Float.leastNonzeroMagnitude) * 65536
    return (x / unit).rounded(.toNearestOrEven) * unit
  }

  @Test("Numbers are rounded to nearest, ties to even; infinity and NaN stay")
  func rounding() {
    var numbers: [Float] = [
      0, -0.0, 1, -1, 1 + 1.0 / 256, 1 + 3.0 / 256, 1 + 1.0 / 256 + 1e-6, .infinity, -.infinity,
      3.3e38, 1e-30, -2.7182817,
    ]
    var generator = RandomGenerator(seed: 3)
    for _ in 0..<100 { numbers.append(Float(generator.uniform(-1, 1)) * 1e3) }
    numbers += [.nan, Float(bitPattern: 0x7f80_0001)]
    let count = numbers.count
    var floats = [Float](repeating: -1, count: count)
    var shorts = [UInt16](repeating: 0, count: count)
    ck_round_to_bfloat16(count, numbers, &floats)
    ck_to_bfloat16(count, numbers, &shorts)
    for index in numbers.indices {
      #expect(UInt32(shorts[index]) << 16 == floats[index].bitPattern)
      if numbers[index].isNaN {
        #expect(floats[index].isNaN)
      } else {
        #expect(floats[index] == Self.rounded(numbers[index]), "\(numbers[index])")
      }
    }
    #expect(floats[4] == 1 && floats[5] == 1 + 1.0 / 64)
  }

  @Test("A dense layer multiplies rounded factors and adds up floats, forward and backward")
  func dense() throws {
    let network = try Network(inputShape: [7], layers: [NamedLayer(nil, Dense(units: 5))])
    let trial = try Trial(
      network, batchSize: 3, losses: [Loss(.meanSquaredError)], precision: .bfloat16)
    _ = trial.executor.step(seed: 1, step: 1)
    let (x, w) = (trial.executor.features, trial.parameters)
    let (y, t) = (trial.executor.outputs, trial.executor.targets)
    for row in 0..<3 {
      for unit in 0..<5 {
        var sum: Float = w[35 + unit]
        for i in 0..<7 { sum += Self.rounded(x[row * 7 + i]) * Self.rounded(w[i * 5 + unit]) }
        #expect(abs(sum - y[row * 5 + unit]) < 1e-5)
      }
    }
    for i in 0..<7 {
      for unit in 0..<5 {
        var sum: Float = 0
        for row in 0..<3 {
          let dy = 2 * (y[row * 5 + unit] - t[row * 5 + unit]) / 15
          sum += Self.rounded(x[row * 7 + i]) * Self.rounded(dy)
        }
        // The loss' own gradient may differ in its last bit, and then in its rounding.
        #expect(abs(sum - trial.gradient[i * 5 + unit]) < 2e-3)
      }
    }
  }

  @Test(
    "Every layer's step in bfloat16 is near that in float32, also in attention and in graphs",
    arguments: [
      "dense: {units: 9, activation: gelu}", "multi_head_attention: {num_heads: 2, key_dim: 4}",
      "transformer_encoder: {num_heads: 2, intermediate_dim: 8, activation: tanh}",
    ])
  func near(_ layer: String) throws {
    func gradients(_ precision: Precision) throws -> [Float] {
      var options = try Options(
        Value(yaml: "layers:\n  - \(layer)\n  - dense: {units: 3}", file: "job.yaml"))
      let network = try NetworkConfiguration(options: &options).network(inputShape: [4, 6])
      let trial = try Trial(
        network, batchSize: 8, losses: [Loss(.meanSquaredError)], precision: precision)
      _ = trial.executor.step(seed: 1, step: 1)
      return Array(trial.gradient)
    }
    let (exact, short) = (try gradients(.float32), try gradients(.bfloat16))
    let scale = (exact.map { $0 * $0 }.reduce(0, +)).squareRoot()
    let error = zip(exact, short).map { ($0 - $1) * ($0 - $1) }.reduce(0, +).squareRoot()
    // 8 bits of fraction: half a unit is 0.2 % of a number, and a few roundings follow each other.
    #expect(error < 0.02 * scale && error > 0)
  }
}
