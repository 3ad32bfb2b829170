import Configuration
import LayerSamples
import NN
import Testing

@Suite("Gradients")
struct GradientTests {
  @Test("Every layer of the registry has a sample to be checked by", arguments: LayerRegistry.all)
  func samples(_ type: any LayerConfiguration.Type) {
    #expect(!LayerSamples.of(type).isEmpty, "add \(type.name) to LayerSamples")
  }

  @Test(
    "A layer's gradients equal central differences, of its weights and of its inputs",
    arguments: LayerSamples.all)
  func layer(_ sample: LayerSample) throws {
    let trial = try Trial(
      try sample.network(), batchSize: 3, losses: [Loss(.meanSquaredError)], sample: sample)
    // Kinks within the difference's width are few; see `gradientError` for the rest.
    #expect(trial.gradientError(width: sample.width) < 1e-2)
  }

  @Test(
    "Every activation works inside a dense layer",
    arguments: Activation.Function.allCases.filter(\.keepsShape))
  func activation(_ function: Activation.Function) throws {
    let dense = Dense(
      units: 8, activation: Activation(function),
      biasInitializer: .randomUniform(low: -0.5, high: 0.5))
    let trial = try Trial(
      [Dense(units: 6, activation: .tanh), dense, Dense(units: 3)], inputShape: [5],
      loss: Loss(.meanSquaredError))
    // sparsemax has a kink wherever a number joins the support.
    #expect(trial.gradientError(width: function == .sparsemax ? 2e-3 : 1e-2) < 1e-2)
  }

  @Test(
    "Every loss has the right gradient behind every last activation",
    arguments: Loss.Function.allCases, [Activation.Function.linear, .sigmoid, .softmax])
  func loss(_ function: Loss.Function, _ last: Activation.Function) throws {
    // Probabilities must be positive where a logarithm is taken.
    let positive: Set<Loss.Function> = [
      .categoricalCrossentropy, .sparseCategoricalCrossentropy, .binaryCrossentropy,
      .categoricalFocalCrossentropy, .binaryFocalCrossentropy, .klDivergence, .poisson,
      .meanSquaredLogarithmicError,
    ]
    let last = last == .linear && positive.contains(function) ? .sigmoid : last
    let trial = try Trial(
      [Dense(units: 6, activation: .tanh), Dense(units: 4, activation: Activation(last))],
      inputShape: [5], batchSize: 6, loss: Loss(function, delta: 0.4))
    #expect(trial.gradientError() < 1e-2)
  }

  @Test(
    "Every loss has the right gradient with all its options and weights",
    arguments: LossNumbers.losses.map(\.text))
  func lossOptions(_ text: String) throws {
    let loss = try Loss(try yaml(text), at: [])
    let last: Activation =
      loss.fromLogits || loss.function.rawValue.contains("hinge") ? .linear : .softmax
    let trial = try Trial(
      [Dense(units: 6, activation: .tanh), Dense(units: 4, activation: last)], inputShape: [5],
      batchSize: 6, loss: loss)
    let weights: [Float] = [1, 0.5, 2, 0, 1.5, 0.25], classes: [Float] = [2, 0.5, 1]
    weights.withUnsafeBufferPointer { weights in
      classes.withUnsafeBufferPointer { classes in
        trial.executor.sampleWeights = weights
        trial.executor.classWeights = classes
        #expect(trial.gradientError() < 1e-2)
        trial.executor.sampleWeights = nil
        trial.executor.classWeights = nil
      }
    }
    // The gradient of another function must not pass: that of the loss without the weights.
    let unweighted = Array(trial.gradient)
    _ = trial.meanLoss()
    let distance = zip(unweighted, trial.gradient).reduce(0) { $0 + abs($1.0 - $1.1) }
    #expect(distance > 1e-2 * trial.gradient.reduce(0) { $0 + abs($1) })
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
