import LayerSamples
import NN
import Testing

@Suite("Prediction with weights that stay as they are")
struct PredictionTests {
  private func weights(
    _ network: Network, in arena: FloatArena
  ) throws -> UnsafeMutablePointer<Float> {
    let block = arena.allocate(network.parameterCount + 1)
    guard let base = block.baseAddress else { throw NetworkError("no memory") }
    network.initialize(
      UnsafeMutableBufferPointer(start: base, count: network.parameterCount), seed: 5)
    return base
  }

  /// Networks whose products are wide enough for kernels of our own, beside every layer.
  private static let wide: [(shape: [Int], layers: [any LayerConfiguration])] = [
    ([100], [Dense(units: 48, activation: .relu), Dense(units: 33, activation: .tanh)]),
    ([6, 20], [LSTM(units: 16, returnSequences: true), GRU(units: 24), Dense(units: 17)]),
    ([9, 9, 3], [Conv2D(filters: 16, kernelSize: [3]), Conv2D(filters: 8, kernelSize: [3])]),
  ]

  @Test("gives what prediction with changing weights gives", arguments: LayerSamples.all)
  func layers(_ sample: LayerSample) throws {
    try compare(sample.network(), "\(sample)") { sample.fill($0, using: &$1) }
  }

  @Test("does so with wide layers", arguments: wide.indices)
  func wideLayers(_ index: Int) throws {
    let (shape, layers) = Self.wide[index]
    let network = try Network(inputShape: shape, layers: layers.map { NamedLayer(nil, $0) })
    try compare(network, "\(index)") { features, generator in
      for place in features.indices { features[place] = Float(generator.uniform(-1, 1)) }
    }
  }

  private func compare(
    _ network: Network, _ name: String,
    fill: (UnsafeMutableBufferPointer<Float>, inout RandomGenerator) -> Void
  ) throws {
    let arena = FloatArena()
    let parameters = try weights(network, in: arena)
    var generator = RandomGenerator(seed: 9)
    // Few rows, and so many that products of our own are chosen.
    for batch in [3, 70] {
      let usual = try Executor(
        network, batchSize: batch, loss: nil, parameters: parameters, gradient: nil)
      let fixed = try Executor(predicting: network, batchSize: batch, parameters: parameters)
      for round in 0..<2 {
        fill(usual.features, &generator)
        _ = fixed.features.update(fromContentsOf: usual.features)
        if round == 1 {
          // Other weights, and the executors are told.
          for index in 0..<network.parameterCount { parameters[index] *= 0.5 }
          usual.bind(parameters: parameters)
          fixed.bind(parameters: parameters)
        }
        usual.forward()
        fixed.forward()
        for (a, b) in zip(usual.outputs, fixed.outputs) {
          // Sums in another order: float rounding.
          #expect(abs(a - b) <= 2e-5 * max(1, abs(a)), "\(name), \(batch) rows, round \(round)")
        }
      }
    }
    withExtendedLifetime(arena) {}
  }

  @Test("takes as many rows at a time as the caches hold, or the weights are worth")
  func rows() throws {
    let mlp = try Network(
      inputShape: [784],
      layers: [NamedLayer(nil, Dense(units: 256)), NamedLayer(nil, Dense(units: 10))])
    #expect(mlp.predictionRows(atMost: 512) == 512)
    #expect(mlp.predictionRows(atMost: 1) == 1)
    let cnn = try Network(
      inputShape: [28, 28, 1],
      layers: [
        NamedLayer(nil, Conv2D(filters: 32, kernelSize: [3])),
        NamedLayer(nil, Conv2D(filters: 64, kernelSize: [3])),
      ])
    // 26 x 26 x 32 and 24 x 24 x 64 floats a row: 229 KiB of 8 MiB.
    #expect(cnn.predictionRows(atMost: 512) == 32)
    let heavy = try Network(
      inputShape: [1000],
      layers: [NamedLayer(nil, Dense(units: 8000)), NamedLayer(nil, Dense(units: 8000))])
    // 16,000 floats a row would be 131 rows in 8 MiB; the weights are 288 MB.
    #expect(heavy.predictionRows(atMost: 512) == 512)
    let vast = try Network(
      inputShape: [4096, 4096, 1], layers: [NamedLayer(nil, Flatten())])
    #expect(vast.predictionRows(atMost: 512) == 1)
  }
}
