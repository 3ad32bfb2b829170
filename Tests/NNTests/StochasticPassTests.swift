import Configuration
import LayerSamples
import NN
import Testing

/// `Executor.sample`: dropout and noise as in training, all else as in a prediction.
@Suite("Predictions with dropout")
struct StochasticPassTests {
  /// An executor that only predicts, and its memory.
  private func outputs(
    _ network: Network, rows: Int, passes: [(seed: UInt64, step: UInt64)?],
    fill: (UnsafeMutableBufferPointer<Float>) -> Void
  ) throws -> [[Float]] {
    var parameters = [Float](repeating: 0, count: max(1, network.parameterCount))
    let count = network.parameterCount
    return try parameters.withUnsafeMutableBufferPointer { buffer in
      network.initialize(UnsafeMutableBufferPointer(rebasing: buffer[..<count]), seed: 3)
      let executor = try Executor(
        network, batchSize: rows, loss: nil, parameters: try #require(buffer.baseAddress),
        gradient: nil)
      return passes.map { pass in
        fill(executor.features)
        if let pass {
          executor.sample(seed: pass.seed, step: pass.step)
        } else {
          executor.forward()
        }
        return Array(executor.outputs)
      }
    }
  }

  @Test(
    "Every layer that says it draws does, without training, and the others do not",
    arguments: LayerSamples.all)
  func layers(_ sample: LayerSample) throws {
    let network = try sample.network()
    let found = try outputs(
      network, rows: 3, passes: [nil, (1, 1), (1, 2), (2, 1), (1, 1), nil]
    ) { features in
      var generator = RandomGenerator(seed: 6)
      sample.fill(features, using: &generator)
    }
    let draws = try sample.layer().drawsNoise
    for other in 1...3 {
      #expect((found[other] != found[0]) == draws, "pass \(other)")
      if other > 1, draws { #expect(found[other] != found[1], "pass \(other)") }
    }
    #expect(found[4] == found[1], "the same seed and step")
    #expect(found[5] == found[0], "a prediction after them")
    #expect(found.allSatisfy { $0.allSatisfy(\.isFinite) })
  }

  @Test("Batch normalization keeps its moving statistics")
  func normalization() throws {
    let layers = try ["batch_normalization", "dense: {units: 3}"].map {
      NamedLayer(nil, try layer($0))
    }
    let found = try outputs(
      try Network(inputShape: [4], layers: layers), rows: 8, passes: [nil, (1, 1)]
    ) { features in
      for i in features.indices { features[i] = Float(i % 7) - 2 }
    }
    #expect(found[0] == found[1])
  }

  @Test("The mean and variance over many passes are those of dropout")
  func moments() throws {
    // One unit that adds 50 inputs of 1, each kept with probability 0.8 and divided by it.
    let dense = Dense(units: 1, useBias: false, kernelInitializer: .ones)
    let network = try Network(
      inputShape: [50], layers: [NamedLayer(nil, Dropout(rate: 0.2)), NamedLayer(nil, dense)])
    let passes = 3000
    let found = try outputs(
      network, rows: 1, passes: (0..<passes).map { (7, UInt64($0)) }
    ) { $0.update(repeating: 1) }
    let values = found.map { Double($0[0]) }
    let mean = values.reduce(0, +) / Double(passes)
    let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(passes)
    let expected = 50 * 0.2 / 0.8
    #expect(abs(mean - 50) < 5 * (expected / Double(passes)).squareRoot())
    #expect(abs(variance / expected - 1) < 5 * (2 / Double(passes)).squareRoot())
  }
}
