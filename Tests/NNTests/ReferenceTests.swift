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
        parameters: parameters, gradient: trial.gradient.baseAddress ?? parameters,
        state: &state, count: beginning.count, step: step + 1)
    }
    // Adam divides by the gradient's size: rounding of small gradients is magnified at first.
    for (value, number) in zip(trial.parameters, ReferenceNumbers.trainingParameters) {
      #expect(abs(Double(value) - number) < 1e-4)
    }
  }
}
