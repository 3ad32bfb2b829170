import Configuration
import Foundation
import NN
import Testing

/// Numbers of Keras' formulas in float64, written by Tests/Reference/nn_reference.py.
///
/// Tolerances: single precision has 6e-8; kernels are good to a few units of that, and a sum of n
/// terms to a few more.
@Suite("Reference numbers")
struct ReferenceTests {
  /// A network that passes its input to `activation`, optionally hidden from the loss.
  private func identity(
    _ activation: Activation, inputs: [Double], columns: Int, loss: Loss, hidden: Bool = false
  ) throws -> Trial {
    let dense = Dense(
      units: columns, activation: activation, useBias: false, kernelInitializer: .identity(gain: 1))
    let trial = try Trial(
      hidden ? [dense, Flatten()] : [dense], inputShape: [columns],
      batchSize: inputs.count / columns, loss: loss)
    for (i, input) in inputs.enumerated() { trial.executor.features[i] = Float(input) }
    return trial
  }

  @Test("Activations equal Keras' formulas", arguments: Activation.Function.allCases)
  func activations(_ function: Activation.Function) throws {
    let expected = try #require(
      ReferenceNumbers.activations.first { $0.0 == function.rawValue }?.1,
      "add \(function.rawValue) to nn_reference.py")
    let trial = try identity(
      Activation(function), inputs: ReferenceNumbers.inputs, columns: expected.count,
      loss: Loss(.meanSquaredError))
    trial.executor.forward()
    for (value, number) in zip(trial.executor.outputs, expected) {
      #expect(abs(Double(value) - number) <= 4e-7 * max(1, abs(number)))
    }
  }

  @Test("Losses equal Keras' formulas", arguments: ["softmax", "sigmoid", "linear"])
  func losses(_ last: String) throws {
    let table = [
      "softmax": ReferenceNumbers.lossesSoftmax, "sigmoid": ReferenceNumbers.lossesSigmoid,
      "linear": ReferenceNumbers.lossesLinear,
    ]
    let soft: [Float] = [0.2, 0.5, 0.3, 1, 0, 0, 0.1, 0.1, 0.8, 0, 1, 0]
    let function = try #require(Activation.Function(rawValue: last))
    let entries = try #require(table[last])
    for name in Loss.Function.allCases.map(\.rawValue) where last != "linear" {
      #expect(entries.contains { $0.0 == name }, "add \(name) to nn_reference.py")
    }
    // Hidden behind another layer, the loss works from probabilities instead of logits.
    for (text, expected) in entries {
      for hidden in [false, true] {
        let loss = try Loss(try yaml(text), at: ["loss"])
        let trial = try identity(
          Activation(function), inputs: ReferenceNumbers.logits, columns: 3, loss: loss,
          hidden: hidden)
        for (i, label) in (loss.isSparse ? [0, 2, 1, 1] : soft).enumerated() {
          trial.executor.targets[i] = label
        }
        let mean = expected.reduce(0, +) / 4
        #expect(abs(trial.meanLoss() - mean) < 2e-6 * max(1, mean), "\(text), hidden \(hidden)")
        trial.executor.forward()
        #expect(abs(trial.executor.loss() - 4 * mean) < 8e-6 * max(1, mean), "\(text)")
      }
    }
  }

  @Test("Optimizers equal Keras' formulas over ten steps", arguments: ReferenceNumbers.optimizers)
  func optimizers(_ text: String, _ expected: [Double]) throws {
    let optimizer = try OptimizerRegistry.optimizer(try yaml(text), at: ["optimizer"])
    var parameters: [Float] = [0.5, -1, 2, 0, -0.25]
    var state = [Float](repeating: 0, count: 5 * optimizer.slotCount + 1)
    state[5 * optimizer.slotCount] = 42
    for t in 1...10 {
      let gradient = (0..<5).map { Float(sin(1.3 * Double(t) + Double($0)) * Double($0 + 1) * 0.3) }
      optimizer.update(
        parameters: &parameters, gradient: gradient, state: &state, count: 5, step: t)
    }
    for (value, number) in zip(parameters, expected) {
      #expect(abs(Double(value) - number) < 2e-6 * max(1, abs(number)))
    }
    #expect(state[5 * optimizer.slotCount] == 42, "the state is longer than slotCount says")
  }

  @Test("Every optimizer of the registry has reference numbers", arguments: OptimizerRegistry.all)
  func registry(_ type: any Optimizer.Type) {
    #expect(ReferenceNumbers.optimizers.contains { $0.0 == type.name }, "add \(type.name)")
  }

  @Test("Twenty steps of a small network equal those in float64")
  func training() throws {
    func sequence(_ count: Int, _ phase: Double) -> [Float] {
      (0..<count).map { Float(sin(0.7 * Double($0) + phase)) }
    }
    let trial = try Trial(
      [Dense(units: 5, activation: .tanh), Dense(units: 3, activation: .softmax)], inputShape: [4],
      batchSize: 6, loss: Loss(.sparseCategoricalCrossentropy))
    for (i, value) in sequence(24, 1).enumerated() { trial.executor.features[i] = value }
    for i in 0..<6 { trial.executor.targets[i] = Float(i % 3) }
    let beginning =
      sequence(20, 2) + sequence(5, 3).map { 0.1 * $0 } + sequence(15, 4)
      + sequence(3, 5).map { 0.1 * $0 }
    for (i, value) in beginning.enumerated() { trial.parameters[i] = value }
    let adam = Adam(learningRate: 0.01)
    let parameters = try #require(trial.parameters.baseAddress)
    var state = [Float](repeating: 0, count: 2 * beginning.count)
    for (step, expected) in ReferenceNumbers.trainingLosses.enumerated() {
      let loss = trial.executor.step(seed: 0, step: UInt64(step))
      #expect(abs(loss - expected) < 1e-5)
      adam.update(
        parameters: parameters, gradient: UnsafePointer(trial.gradient.baseAddress ?? parameters),
        state: &state, count: beginning.count, step: step + 1)
    }
    // Adam divides by the gradient's size: rounding of small gradients is magnified at first.
    for (value, number) in zip(trial.parameters, ReferenceNumbers.trainingParameters) {
      #expect(abs(Double(value) - number) < 1e-4)
    }
  }
}
