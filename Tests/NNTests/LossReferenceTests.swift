import Configuration
import NN
import Testing

/// Losses, their gradients and weights as Keras 3 computes them in float64, written by
/// Tests/Reference/losses.py.
///
/// Tolerances: a loss is a sum of a few logarithms in single precision, each good to 2e-7; the
/// gradients divide by probabilities, which multiplies their error.
@Suite("Losses against Keras 3")
struct LossReferenceTests {
  static let tolerance = 3e-6

  /// A network whose kernel, behind features that are an identity matrix, is the logits: the
  /// kernel's gradient is that of the logits.
  private func trial(_ expected: LossNumbers.LossCase, hidden: Bool = false) throws -> Trial {
    let last = try #require(Activation.Function(rawValue: expected.last))
    let dense = Dense(units: 3, activation: Activation(last), useBias: false)
    let trial = try Trial(
      hidden ? [dense, Flatten()] : [dense], inputShape: [4], batchSize: 4,
      loss: try Loss(try yaml(expected.text), at: ["loss"]))
    for i in 0..<16 { trial.executor.features[i] = i % 5 == 0 ? 1 : 0 }
    for (i, logit) in LossNumbers.logits.enumerated() { trial.parameters[i] = Float(logit) }
    let targets = try #require(LossNumbers.targets[expected.targets])
    #expect(targets.count == trial.executor.targets.count)
    for (i, target) in targets.enumerated() { trial.executor.targets[i] = Float(target) }
    return trial
  }

  /// A dense layer 3-3 before it trains, the targets those of `trial`.
  private func learner(_ expected: LossNumbers.LossCase, hidden: Bool) throws -> Trial {
    let last = try #require(Activation.Function(rawValue: expected.last))
    let dense = Dense(units: 3, activation: Activation(last))
    let trial = try Trial(
      hidden ? [dense, Flatten()] : [dense], inputShape: [3], batchSize: 4,
      loss: try Loss(try yaml(expected.text), at: ["loss"]))
    trial.beginReference()
    let targets = try #require(LossNumbers.targets[expected.targets])
    try #require(targets.count == trial.executor.targets.count)
    for (i, target) in targets.enumerated() { trial.executor.targets[i] = Float(target) }
    return trial
  }

  private func isNear<Number: BinaryFloatingPoint>(
    _ found: some Sequence<Number>, _ expected: [Double],
    _ tolerance: Double = LossReferenceTests.tolerance
  ) -> Bool {
    zip(found, expected).allSatisfy { abs(Double($0) - $1) <= tolerance * max(1, abs($1)) }
  }

  @Test("Every loss of the registry has reference numbers", arguments: Loss.Function.allCases)
  func registry(_ function: Loss.Function) {
    // Likelihoods, which Keras has not, are in LikelihoodTests.
    guard function != .negativeLogLikelihood else { return }
    let cases = LossNumbers.losses.filter { $0.text == function.rawValue }
    #expect(!cases.isEmpty, "add \(function.rawValue) to Tests/Reference/losses.py")
  }

  @Test("Losses and gradients are Keras'", arguments: LossNumbers.losses)
  func numbers(_ expected: LossNumbers.LossCase) throws {
    let mean = expected.rows.reduce(0, +) / 4
    // Hidden behind another layer, the loss works from probabilities instead of logits.
    for hidden in [false, true] {
      let trial = try trial(expected, hidden: hidden)
      #expect(abs(trial.meanLoss() - mean) < Self.tolerance * max(1, abs(mean)))
      #expect(isNear(trial.gradient, expected.gradient))
      trial.executor.forward()
      #expect(abs(trial.executor.loss() - 4 * mean) < 4 * Self.tolerance * max(1, abs(mean)))
      // One row at a time, by weights.
      for row in 0..<4 {
        let weights = (0..<4).map { Float($0 == row ? 1 : 0) }
        weights.withUnsafeBufferPointer { weights in
          trial.executor.sampleWeights = weights
          let found = trial.executor.loss()
          #expect(abs(found - expected.rows[row]) < Self.tolerance * max(1, abs(found)))
          trial.executor.sampleWeights = nil
        }
      }
    }
  }

  // Descent does not enlarge the rounding of earlier steps: 20 times 6e-8 can add up, and 4e-7 was seen.
  // So the tolerance of one pass holds; a rate that is 1 % off misses it.
  @Test("20 steps of training are Keras'", arguments: LossNumbers.losses)
  func training(_ expected: LossNumbers.LossCase) throws {
    try #require(expected.history.count == 20 && expected.trained.count == 12)
    for hidden in [false, true] {
      let trial = try learner(expected, hidden: hidden)
      let history = try trial.descend(rate: expected.rate)
      #expect(isNear(history, expected.history))
      #expect(isNear(trial.parameters, expected.trained))
      let other = try learner(expected, hidden: hidden)
      _ = try other.descend(rate: 1.01 * expected.rate)
      #expect(!isNear(other.parameters, expected.trained), "control")
    }
  }

  @Test("With weights of samples and classes they are Keras', too", arguments: LossNumbers.losses)
  func weights(_ expected: LossNumbers.LossCase) throws {
    for hidden in [false, true] {
      let trial = try trial(expected, hidden: hidden)
      LossNumbers.rowWeights.withUnsafeBufferPointer { rows in
        LossNumbers.classWeights.withUnsafeBufferPointer { classes in
          trial.executor.sampleWeights = rows
          trial.executor.classWeights = classes
          let found = trial.meanLoss()
          #expect(
            abs(found - expected.weightedMean) < Self.tolerance * max(1, abs(found)))
          #expect(isNear(trial.gradient, expected.weightedGradient))
          // Only training weighs classes.
          trial.executor.forward()
          let sum = zip(rows, expected.rows).reduce(0) { $0 + Double($1.0) * $1.1 }
          #expect(abs(trial.executor.loss() - sum) < 4 * Self.tolerance * max(1, abs(sum)))
          trial.executor.sampleWeights = nil
          trial.executor.classWeights = nil
        }
      }
      let mean = expected.rows.reduce(0, +) / 4
      #expect(abs(trial.meanLoss() - mean) < Self.tolerance * max(1, abs(mean)))
    }
  }

  @Test("Weights of positions and weights of samples", arguments: LossNumbers.losses)
  func positions(_ expected: LossNumbers.LossCase) throws {
    // The same four rows as two samples of two positions.
    let last = try #require(Activation.Function(rawValue: expected.last))
    let trial = try Trial(
      [Dense(units: 3, activation: Activation(last), useBias: false)], inputShape: [2, 4],
      batchSize: 2, loss: try Loss(try yaml(expected.text), at: ["loss"]))
    for i in 0..<16 { trial.executor.features[i] = i % 5 == 0 ? 1 : 0 }
    for (i, logit) in LossNumbers.logits.enumerated() { trial.parameters[i] = Float(logit) }
    for (i, target) in (LossNumbers.targets[expected.targets] ?? []).enumerated() {
      trial.executor.targets[i] = Float(target)
    }
    #expect(abs(trial.meanLoss() - expected.rows.reduce(0, +) / 4) < 1e-5)
    for weights: [Float] in [[0.5, 2, 0, 1.25], [0.25, 3]] {
      weights.withUnsafeBufferPointer { buffer in
        trial.executor.sampleWeights = buffer
        let mean = (0..<4).reduce(0.0) {
          $0 + Double(weights[$1 * weights.count / 4]) * expected.rows[$1] / 4
        }
        #expect(abs(trial.meanLoss() - mean) < Self.tolerance * max(1, abs(mean)))
        #expect(abs(trial.executor.loss() - 2 * mean) < 2 * Self.tolerance * max(1, abs(mean)))
        for i in 0..<12 {
          let weight = Double(weights[i / 3 * weights.count / 4])
          #expect(
            abs(Double(trial.gradient[i]) - weight * expected.gradient[i]) < 4 * Self.tolerance
              * max(1, abs(expected.gradient[i])))
        }
        trial.executor.sampleWeights = nil
      }
    }
  }

  @Test("The numbers of another loss do not pass")
  func control() throws {
    for (index, expected) in LossNumbers.losses.enumerated() {
      let trial = try trial(expected)
      _ = trial.meanLoss()
      for (other, case_) in LossNumbers.losses.enumerated() where other != index {
        // The same loss of the same targets may stand twice, behind another activation or without.
        let distance = zip(expected.gradient, case_.gradient).reduce(0) { $0 + abs($1.0 - $1.1) }
        guard distance > 1e-3 else { continue }
        #expect(!isNear(trial.gradient, case_.gradient), "\(expected.text), \(case_.text)")
      }
      #expect(!isNear(trial.gradient.map { $0 * 1.01 }, expected.gradient), "\(expected.text)")
    }
  }

  @Test("A NaN stays one", arguments: LossNumbers.losses)
  func notANumber(_ expected: LossNumbers.LossCase) throws {
    let trial = try trial(expected)
    for i in 3..<6 { trial.parameters[i] = .nan }
    #expect(trial.meanLoss().isNaN)
    #expect(trial.gradient[3..<6].contains { $0.isNaN })
    #expect(trial.executor.loss().isNaN)
    let other = try self.trial(expected)
    if other.executor.losses.first?.isSparse == true {
      other.executor.targets[1] = 3
      #expect(other.meanLoss().isNaN, "3 is none of 3 classes")
      #expect(other.gradient.allSatisfy { $0.isNaN })
    }
  }

  @Test("Large logits give finite losses, exact where the loss takes the logits")
  func large() throws {
    let text = "sparse_categorical_crossentropy: {from_logits: true}"
    let trial = try Trial(
      [Dense(units: 3, useBias: false)], inputShape: [1], batchSize: 1,
      loss: try Loss(try yaml(text), at: []))
    trial.executor.features[0] = 1
    for (i, z) in [300, -200, 100].enumerated() { trial.parameters[i] = Float(z) }
    trial.executor.targets[0] = 1
    #expect(abs(trial.meanLoss() - 500) < 1e-3)
    #expect(trial.gradient[0] == 1 && trial.gradient[1] == -1)
    #expect(Array(trial.executor.outputs) == [300, -200, 100], "outputs stay logits")
  }

  @Test("Losses read back the same, and Keras' words are its own", arguments: LossNumbers.losses)
  func roundTrip(_ expected: LossNumbers.LossCase) throws {
    let loss = try Loss(try yaml(expected.text), at: [])
    let again = try Loss(loss.value, at: [])
    #expect(again == loss)
    guard expected.text.contains("{") else {
      #expect(loss.kerasConfig == Value(.string(expected.text)))
      return
    }
    #expect(loss.kerasConfig?["class_name"] != nil && loss.kerasConfig?["config"] != nil)
  }

  @Test("Short names and options", arguments: Loss.Function.aliases.map { ($0.name, $0.function) })
  func aliases(_ name: String, _ function: Loss.Function) throws {
    let loss = try Loss(try yaml(name), at: [])
    #expect(loss == Loss(function))
  }

  @Test(
    "A wrong option is an error",
    arguments: [
      ("mse: {from_logits: true}", "unknown key 'from_logits'"),
      ("binary_crossentropy: {label_smoothing: 2}", "label_smoothing: 2.0 is outside"),
      ("binary_crossentropy: {gamma: 2}", "unknown key 'gamma'"),
      ("categorical_focal_crossentropy: {alpha: [0.1, 0.2]}", "alpha: expected a number"),
      ("categorical_focal_crossentropy: {apply_class_balancing: true}", "unknown key"),
      ("hing", "did you mean 'hinge'?"),
    ])
  func errors(_ text: String, _ expected: String) throws {
    let error = #expect(throws: ConfigurationError.self) {
      _ = try Loss(try yaml(text), at: ["training", "loss"])
    }
    #expect(error?.description.contains(expected) == true, "\(error?.description ?? "")")
  }
}
