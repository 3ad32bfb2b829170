import Configuration
import NN
import Testing

/// Negative log-likelihoods, their gradients and what predictions tell of the distributions, as scipy
/// computes them in float64 (Tests/Reference/likelihoods.py).
///
/// Tolerances: sums of a few logarithms and squares in single precision; residuals over scales of 0.15
/// are squared, which multiplies the rounding of 6e-8 by up to 50: 3e-6 of the number, or of 1.
@Suite("Output distributions")
struct LikelihoodTests {
  static let tolerance = 3e-6

  static func loss(_ distribution: String) throws -> Loss {
    try Loss(try yaml("negative_log_likelihood: {distribution: \(distribution)}"), at: ["loss"])
  }

  /// A network whose kernel, behind features that are an identity matrix, is the outputs.
  private func trial(_ expected: LikelihoodNumbers.Case) throws -> Trial {
    let trial = try Trial(
      [Dense(units: expected.columns, useBias: false)], inputShape: [4], batchSize: 4,
      loss: try Self.loss(expected.text))
    for i in 0..<16 { trial.executor.features[i] = i % 5 == 0 ? 1 : 0 }
    for (i, value) in expected.outputs.enumerated() { trial.parameters[i] = Float(value) }
    try #require(trial.executor.targets.count == expected.targets.count)
    for (i, value) in expected.targets.enumerated() { trial.executor.targets[i] = Float(value) }
    return trial
  }

  private func isNear<Number: BinaryFloatingPoint>(
    _ found: some Sequence<Number>, _ expected: [Double]
  ) -> Bool {
    zip(found, expected).allSatisfy { abs(Double($0) - $1) <= Self.tolerance * max(1, abs($1)) }
  }

  /// A dense layer from 3 features before it trains, the targets those of `trial`.
  private func learner(_ expected: LikelihoodNumbers.Case) throws -> Trial {
    let trial = try Trial(
      [Dense(units: expected.columns)], inputShape: [3], batchSize: 4,
      loss: try Self.loss(expected.text))
    trial.beginReference()
    try #require(trial.executor.targets.count == expected.targets.count)
    for (i, value) in expected.targets.enumerated() { trial.executor.targets[i] = Float(value) }
    return trial
  }

  @Test("Every distribution has reference numbers", arguments: OutputDistribution.names)
  func registry(_ name: String) throws {
    let cases = try LikelihoodNumbers.cases.filter {
      try Self.loss($0.text).distribution?.name == name
    }
    #expect(!cases.isEmpty, "add \(name) to Tests/Reference/likelihoods.py")
  }

  // Descent does not enlarge the rounding of earlier steps: the tolerance of one pass holds, and 4e-7
  // was seen. A rate that is 1 % off misses it.
  @Test("20 steps of training are those by scipy's numbers", arguments: LikelihoodNumbers.cases)
  func training(_ expected: LikelihoodNumbers.Case) throws {
    try #require(expected.history.count == 20 && expected.trained.count == 4 * expected.columns)
    let trial = try learner(expected)
    let history = try trial.descend(rate: expected.rate)
    #expect(isNear(history, expected.history))
    #expect(isNear(trial.parameters, expected.trained))
    let other = try learner(expected)
    _ = try other.descend(rate: 1.01 * expected.rate)
    #expect(!isNear(other.parameters, expected.trained), "control")
  }

  @Test("Losses and gradients are scipy's", arguments: LikelihoodNumbers.cases)
  func numbers(_ expected: LikelihoodNumbers.Case) throws {
    let trial = try trial(expected)
    let mean = expected.rows.reduce(0, +) / 4
    #expect(abs(trial.meanLoss() - mean) < Self.tolerance * max(1, abs(mean)))
    #expect(isNear(trial.gradient, expected.gradient))
    trial.executor.forward()
    #expect(abs(trial.executor.loss() - 4 * mean) < 4 * Self.tolerance * max(1, abs(mean)))
    LikelihoodNumbers.weights.withUnsafeBufferPointer { weights in
      trial.executor.sampleWeights = weights
      let sum = zip(weights, expected.rows).reduce(0) { $0 + Double($1.0) * $1.1 }
      #expect(abs(trial.meanLoss() - sum / 4) < Self.tolerance * max(1, abs(sum / 4)))
      #expect(isNear(trial.gradient, expected.weightedGradient))
      trial.executor.sampleWeights = nil
    }
    #expect(!isNear(trial.gradient.map { $0 * 1.01 + 1e-4 }, expected.weightedGradient), "control")
  }

  @Test(
    "Gradients equal central differences, also over positions", arguments: LikelihoodNumbers.cases)
  func differences(_ expected: LikelihoodNumbers.Case) throws {
    for shape in [[5], [3, 5]] {
      let trial = try Trial(
        [Dense(units: 6, activation: .tanh), Dense(units: expected.columns)], inputShape: shape,
        loss: try Self.loss(expected.text))
      // Whole numbers for counts and yes or no, which any distribution takes.
      for i in trial.executor.targets.indices where !trial.executor.losses[0].isSparse {
        trial.executor.targets[i] = Float(i % 2)
      }
      #expect(trial.gradientError(width: 2e-3) < 1e-2, "\(shape)")
    }
  }

  @Test("Means, deviations and quantiles are scipy's", arguments: LikelihoodNumbers.cases)
  func statistics(_ expected: LikelihoodNumbers.Case) throws {
    let distribution = try #require(try Self.loss(expected.text).distribution)
    let targets = expected.mean.count / 4
    let outputs = expected.outputs.map { Float($0) }
    var found = [Float](repeating: 0, count: targets)
    for row in 0..<4 {
      outputs.withUnsafeBufferPointer { outputs in
        guard let start = outputs.baseAddress else { return }
        let own = start + row * expected.columns
        let range = row * targets..<(row + 1) * targets
        distribution.mean(own, columns: expected.columns, into: &found)
        #expect(isNear(found, Array(expected.mean[range])))
        distribution.deviation(own, columns: expected.columns, into: &found)
        #expect(isNear(found, Array(expected.deviation[range])))
        guard distribution.hasOrder else { return }
        for (index, level) in LikelihoodNumbers.levels.enumerated() {
          distribution.quantile(level, own, columns: expected.columns, into: &found)
          let start = (row * LikelihoodNumbers.levels.count + index) * targets
          #expect(
            isNear(found, Array(expected.quantiles[start..<start + targets])), "\(row) \(level)")
        }
      }
    }
  }

  @Test("Draws have the distribution's mean and deviation", arguments: LikelihoodNumbers.cases)
  func draws(_ expected: LikelihoodNumbers.Case) throws {
    let distribution = try #require(try Self.loss(expected.text).distribution)
    let outputs = expected.outputs.map { Float($0) }
    let count = 20_000
    let targets = distribution.hasOrder ? expected.mean.count / 4 : 1
    var sums = [Double](repeating: 0, count: expected.columns)
    var draw = [Float](repeating: 0, count: targets)
    var generator = RandomGenerator(seed: 5)
    for _ in 0..<count {
      outputs.withUnsafeBufferPointer {
        guard let start = $0.baseAddress else { return }
        distribution.sample(start, columns: expected.columns, using: &generator, into: &draw)
      }
      if distribution.hasOrder {
        for j in 0..<targets { sums[j] += Double(draw[j]) }
      } else {
        sums[Int(draw[0])] += 1
      }
    }
    for j in 0..<expected.mean.count / 4 {
      // Five standard errors of a mean of so many draws.
      let error = abs(sums[j] / Double(count) - expected.mean[j])
      #expect(error < 5 * expected.deviation[j] / Double(count).squareRoot(), "target \(j)")
    }
    var again = RandomGenerator(seed: 5)
    var first = draw
    outputs.withUnsafeBufferPointer {
      guard let start = $0.baseAddress else { return }
      distribution.sample(start, columns: expected.columns, using: &again, into: &first)
      var twin = RandomGenerator(seed: 5)
      distribution.sample(start, columns: expected.columns, using: &twin, into: &draw)
    }
    #expect(first == draw)
  }

  @Test(
    "A NaN stays one, and outputs far out give finite losses", arguments: LikelihoodNumbers.cases)
  func extremes(_ expected: LikelihoodNumbers.Case) throws {
    let trial = try trial(expected)
    for j in 0..<expected.columns { trial.parameters[expected.columns + j] = .nan }
    #expect(trial.meanLoss().isNaN && trial.gradient.contains { $0.isNaN })
    trial.executor.forward()
    #expect(trial.executor.loss().isNaN)
    let far = try self.trial(expected)
    for i in 0..<4 * expected.columns { far.parameters[i] = i % 3 == 0 ? -60 : Float(i % 5) * 10 }
    #expect(far.meanLoss().isFinite && far.gradient.allSatisfy { $0.isFinite })
  }

  @Test("Quantiles of the normal distribution are exact into the tails")
  func normalQuantiles() {
    // scipy.stats.norm.ppf
    let expected = [
      (0.5, 0.0), (0.9, 1.2815515655446004), (0.975, 1.959963984540054),
      (1e-10, -6.361340902404056), (0.999_999, 4.753424308822899),
    ]
    for (level, value) in expected {
      #expect(abs(StandardNormal.quantile(level) - value) < 1e-9 * max(1, abs(value)), "\(level)")
    }
    #expect(StandardNormal.quantile(0) == -.infinity && StandardNormal.quantile(1) == .infinity)
    #expect(StandardNormal.quantile(-0.1).isNaN)
  }

  @Test(
    "Job files name distributions, which read back the same", arguments: LikelihoodNumbers.cases)
  func words(_ expected: LikelihoodNumbers.Case) throws {
    let loss = try Self.loss(expected.text)
    let again = try Loss(loss.value, at: [])
    #expect(again == loss && again.distribution == loss.distribution)
    #expect(loss.distribution?.targetCount(outputs: expected.columns) != nil)
    #expect((loss.kerasConfig != nil) == loss.isSparse)
    #expect(try Loss("nll", at: []).distribution == .normal)
  }

  @Test(
    "A wrong distribution is an error",
    arguments: [
      ("negative_log_likelihood: {distribution: norml}", "did you mean 'normal'?"),
      ("negative_log_likelihood: {distribution: mixture}", "'components' is missing"),
      ("negative_log_likelihood: {distribution: {mixture: {components: 0}}}", "outside 1...4096"),
      ("negative_log_likelihood: {distribution: {normal: {components: 2}}}", "unknown key"),
      ("mse: {distribution: normal}", "unknown key 'distribution'"),
    ])
  func errors(_ text: String, _ expected: String) throws {
    let error = #expect(throws: ConfigurationError.self) {
      _ = try Loss(try yaml(text), at: ["training", "loss"])
    }
    #expect(error?.description.contains(expected) == true, "\(error?.description ?? "")")
  }

  @Test("Outputs that cannot be the parameters are refused with the number that is needed")
  func misfits() throws {
    for (distribution, units) in [("normal", 3), ("{mixture: {components: 3}}", 8)] {
      let error = #expect(throws: NetworkError.self) {
        _ = try Trial(
          [Dense(units: units)], inputShape: [2], loss: try Self.loss(distribution))
      }
      #expect(error?.description.contains("outputs") == true)
      #expect(throws: ConfigurationError.self) {
        _ = try MetricSet(loss: try Self.loss(distribution), outputShape: [units])
      }
    }
  }

  @Test("Metrics look at the means, and at the likelihood itself")
  func metrics() throws {
    let loss = try Self.loss("normal")
    var set = try MetricSet(
      ["rmse", "mae", "r2", "nll"], loss: loss, outputShape: [4])
    let outputs: [Float] = [1, 2, 0.1, 0.2, -1, 0, 0.3, 0.4, 3, 1, -1, 1]
    let targets: [Float] = [2, 2, -1, 3, 3, 0]
    outputs.withUnsafeBufferPointer { outputs in
      targets.withUnsafeBufferPointer { targets in
        set.add(outputs: outputs, targets: targets, rowCount: 3, lossSum: 0)
      }
    }
    let found = Dictionary(uniqueKeysWithValues: set.results().map { ($0.name, $0.value) })
    #expect(abs((found["root_mean_squared_error"] ?? 0) - (11.0 / 6).squareRoot()) < 1e-6)
    #expect(abs((found["mean_absolute_error"] ?? 0) - 5.0 / 6) < 1e-6)
    // The loss of the three rows by the executor.
    let trial = try Trial(
      [Dense(units: 4, useBias: false)], inputShape: [3], batchSize: 3, loss: loss)
    for i in 0..<9 { trial.executor.features[i] = i % 4 == 0 ? 1 : 0 }
    for i in 0..<12 { trial.parameters[i] = outputs[i] }
    for i in 0..<6 { trial.executor.targets[i] = targets[i] }
    #expect(abs((found["negative_log_likelihood"] ?? 0) - trial.meanLoss()) < 1e-5)

    let yes = try MetricSet(["accuracy"], loss: try Self.loss("bernoulli"), outputShape: [1])
    var bernoulli = yes
    let logits: [Float] = [2, -1, 0.5], truth: [Float] = [1, 0, 0]
    logits.withUnsafeBufferPointer { logits in
      truth.withUnsafeBufferPointer { truth in
        bernoulli.add(outputs: logits, targets: truth, rowCount: 3, lossSum: 0)
      }
    }
    #expect(abs(bernoulli.results()[1].value - 2.0 / 3) < 1e-12)
    #expect(throws: ConfigurationError.self) {
      _ = try MetricSet(["nll"], loss: Loss(.meanSquaredError), outputShape: [4])
    }
    let classes = try MetricSet(
      ["accuracy", "sparse_categorical_crossentropy"], loss: try Self.loss("categorical"),
      outputShape: [4])
    #expect(classes.names == ["loss", "accuracy", "sparse_categorical_crossentropy"])
  }

  @Test("A mixture density network finds both branches that a mean lies between")
  func mixture() throws {
    // y is x or -x: the mean is 0 everywhere (Bishop 1994's kind of problem).
    let loss = try Self.loss("{mixture: {components: 2}}")
    let trial = try Trial(
      [Dense(units: 16, activation: .tanh), Dense(units: 6)], inputShape: [1], batchSize: 64,
      loss: loss, seed: 3)
    let adam = try OptimizerRegistry.optimizer(try yaml("adam: {learning_rate: 0.02}"), at: [])
    var state = [Float](repeating: 0, count: trial.network.parameterCount * adam.slotCount)
    var generator = RandomGenerator(seed: 4)
    let parameters = try #require(trial.parameters.baseAddress)
    let gradient = try #require(trial.gradient.baseAddress)
    var losses: [Double] = []
    for step in 1...600 {
      for row in 0..<64 {
        let x = Float(generator.uniform(0.5, 1))
        trial.executor.features[row] = x
        trial.executor.targets[row] =
          (generator.uniform() < 0.5 ? x : -x) + 0.05 * Float(generator.normal())
      }
      losses.append(trial.executor.step(seed: 1, step: UInt64(step)))
      state.withUnsafeMutableBufferPointer {
        guard let slots = $0.baseAddress else { return }
        adam.update(
          parameters: parameters, gradient: gradient, state: slots,
          count: trial.network.parameterCount, step: step)
      }
    }
    // The entropy of the true distribution: log 2 + log(0.05 sqrt(2 pi e)) = -0.88.
    let end = losses.suffix(50).reduce(0, +) / 50
    #expect(end < -0.6 && end > -1.1, "\(end)")
    for row in 0..<64 { trial.executor.features[row] = 0.8 }
    trial.executor.forward()
    var found: [Float] = [0]
    let outputs = try #require(trial.executor.outputs.baseAddress)
    loss.distribution?.quantile(0.25, outputs, columns: 6, into: &found)
    #expect(abs(found[0] + 0.8) < 0.15, "\(found)")
    loss.distribution?.quantile(0.75, outputs, columns: 6, into: &found)
    #expect(abs(found[0] - 0.8) < 0.15, "\(found)")
  }
}
