import Configuration
import NN
import Testing

/// One description for each layer of the registry; a layer that is missing here fails the suite.
let layerSamples: [String: [String]] = [
  "dense": [
    "dense: {units: 4}", "dense: {units: 3, use_bias: false, activation: tanh}",
    "dense: {units: 20, activation: gelu, kernel_initializer: orthogonal}",
  ],
  "activation": Activation.Function.allCases.map { "activation: {function: \($0.rawValue)}" } + [
    "leaky_relu: {negative_slope: 0.4}", "elu: {alpha: 0.5}",
  ],
  "dropout": ["dropout: {rate: 0.4}"],
  "flatten": ["flatten"],
  "reshape": ["reshape: {target_shape: [2, -1]}"],
]

@Suite("Gradients")
struct GradientTests {
  @Test("Every layer of the registry has a sample to be checked by", arguments: LayerRegistry.all)
  func samples(_ type: any LayerConfiguration.Type) {
    #expect(layerSamples[type.name]?.isEmpty == false, "add \(type.name) to layerSamples")
  }

  @Test(
    "A layer's gradients equal central differences, of its parameters and of its input",
    arguments: LayerRegistry.all.flatMap { layerSamples[$0.name] ?? [] })
  func layer(_ text: String) throws {
    // The dense layer below learns only through the input gradient of the layer under test.
    let trial = try Trial(
      [Dense(units: 6, activation: .tanh), try NNTests.layer(text), Dense(units: 3)],
      inputShape: [5], loss: Loss(.meanSquaredError))
    // Kinks within the difference's width are few; see `gradientError` for the rest.
    #expect(trial.gradientError() < 1e-2)
  }

  @Test(
    "A layer works on samples with several axes",
    arguments: [
      "dense: {units: 4, activation: relu}", "softmax", "dropout: {rate: 0.2}", "flatten",
    ])
  func axes(_ text: String) throws {
    let trial = try Trial(
      [Dense(units: 6, activation: .sigmoid), try NNTests.layer(text), Dense(units: 3)],
      inputShape: [2, 3, 5], batchSize: 3, loss: Loss(.meanSquaredError))
    // Many positions cross relu's kink: a narrower difference, with more rounding.
    #expect(trial.gradientError(width: 2e-3) < 1e-2)
  }

  @Test("Every activation works inside a dense layer", arguments: Activation.Function.allCases)
  func activation(_ function: Activation.Function) throws {
    let dense = Dense(
      units: 8, activation: Activation(function),
      biasInitializer: .randomUniform(low: -0.5, high: 0.5))
    let trial = try Trial(
      [Dense(units: 6, activation: .tanh), dense, Dense(units: 3)], inputShape: [5],
      loss: Loss(.meanSquaredError))
    #expect(trial.gradientError() < 1e-2)
  }

  @Test(
    "Every loss has the right gradient behind every last activation",
    arguments: Loss.Function.allCases, [Activation.Function.linear, .sigmoid, .softmax])
  func loss(_ function: Loss.Function, _ last: Activation.Function) throws {
    // Probabilities must be positive where a logarithm is taken.
    let positive: Set<Loss.Function> = [
      .categoricalCrossentropy, .sparseCategoricalCrossentropy, .binaryCrossentropy,
    ]
    let last = last == .linear && positive.contains(function) ? .sigmoid : last
    let trial = try Trial(
      [Dense(units: 6, activation: .tanh), Dense(units: 4, activation: Activation(last))],
      inputShape: [5], batchSize: 6, loss: Loss(function, delta: 0.4))
    #expect(trial.gradientError() < 1e-2)
  }

  @Test("A loss over positions takes the mean of their distributions")
  func positions() throws {
    let trial = try Trial(
      [Dense(units: 4, activation: .softmax)], inputShape: [3, 5], batchSize: 2,
      loss: Loss(.sparseCategoricalCrossentropy))
    #expect(trial.executor.targets.count == 6)
    #expect(trial.gradientError() < 1e-2)
    let mean = trial.meanLoss()
    trial.executor.forward()
    #expect(abs(trial.executor.loss() / 2 - mean) < 1e-6)
    var expected = 0.0
    for row in 0..<6 {
      let label = Int(trial.executor.targets[row])
      expected -= Double(trial.executor.outputs[row * 4 + label]).logarithm / 6
    }
    #expect(abs(mean - expected) < 1e-5)
  }

  @Test("A wrong gradient is found out")
  func control() throws {
    let trial = try Trial(
      [Dense(units: 6, activation: .tanh), Dense(units: 3)], inputShape: [5],
      loss: Loss(.meanSquaredError))
    #expect(trial.gradientError() < 1e-2)
    // The masks of another step are another function: its gradient must not pass.
    let dropped = try Trial(
      [Dense(units: 6), Dropout(rate: 0.5), Dense(units: 3)], inputShape: [5],
      loss: Loss(.meanSquaredError))
    let own = dropped.meanLoss()
    #expect(dropped.executor.step(seed: 7, step: 2) != own)
    #expect(dropped.executor.step(seed: 8, step: 1) != own)
    #expect(dropped.executor.step(seed: 7, step: 1) == own)
  }
}
