import Configuration
import NN
import Testing

@Suite("Executor")
struct ExecutorTests {
  private func trial(_ batchSize: Int = 6) throws -> Trial {
    try Trial(
      [Dense(units: 8, activation: .relu), Dense(units: 4, activation: .softmax)], inputShape: [5],
      batchSize: batchSize, loss: Loss(.sparseCategoricalCrossentropy))
  }

  @Test("Inference gives probabilities, as training does, and the same loss")
  func inference() throws {
    let trial = try trial()
    let mean = trial.meanLoss()
    let trained = Array(trial.executor.outputs)
    trial.executor.forward()
    #expect(zip(trial.executor.outputs, trained).allSatisfy { abs($0 - $1) < 1e-6 })
    #expect(abs(trial.executor.loss() / 6 - mean) < 1e-6)
    for row in 0..<6 {
      #expect(abs(trial.executor.outputs[row * 4..<row * 4 + 4].reduce(0, +) - 1) < 1e-6)
    }
  }

  @Test("An executor without loss or gradient predicts the same")
  func prediction() throws {
    let trial = try trial()
    trial.executor.forward()
    let predictor = try Executor(
      trial.network, batchSize: 6, loss: nil, parameters: trial.executor.parameters, gradient: nil)
    predictor.features.baseAddress?.update(
      from: trial.executor.features.baseAddress ?? trial.executor.parameters, count: 30)
    predictor.forward()
    #expect(predictor.targets.isEmpty)
    #expect(zip(predictor.outputs, trial.executor.outputs).allSatisfy { abs($0 - $1) < 1e-6 })
    #expect(predictor.byteCount < trial.executor.byteCount)
  }

  @Test("A smaller batch in the same memory equals a batch of that size")
  func sharing() throws {
    let large = try trial()
    let small = try Executor(sharing: large.executor, batchSize: 2)
    #expect(small.features.baseAddress == large.executor.features.baseAddress)
    let loss = small.step(seed: 7, step: 1)
    let gradient = Array(large.gradient)

    let own = try trial(2)
    own.parameters.baseAddress?.update(
      from: large.executor.parameters, count: large.network.parameterCount)
    for i in own.executor.features.indices {
      own.executor.features[i] = large.executor.features[i]
    }
    for i in 0..<2 { own.executor.targets[i] = large.executor.targets[i] }
    #expect(abs(own.meanLoss() - loss) < 1e-6)
    #expect(zip(own.gradient, gradient).allSatisfy { abs($0 - $1) < 1e-6 })
  }

  @Test("Parameters and gradient may move to other memory")
  func binding() throws {
    let trial = try trial()
    let before = trial.meanLoss()
    let gradient = Array(trial.gradient)
    let count = trial.network.parameterCount
    let arena = FloatArena()
    let moved = try #require(arena.allocate(2 * count).baseAddress)
    moved.update(from: trial.executor.parameters, count: count)
    trial.parameters.update(repeating: .nan)
    trial.executor.bind(parameters: moved)
    trial.executor.bind(gradient: moved + count)
    #expect(trial.meanLoss() == before)
    #expect((0..<count).allSatisfy { moved[count + $0] == gradient[$0] })
  }

  @Test(
    "A parameter or feature that is no number makes the loss no number", arguments: [true, false])
  func divergence(_ parameter: Bool) throws {
    for function in Activation.Function.allCases where function.keepsShape {
      for loss in Loss.Function.allCases {
        let trial = try Trial(
          [
            Dense(units: 8, activation: Activation(function)),
            Dense(units: 4, activation: .sigmoid),
          ],
          inputShape: [5], loss: Loss(loss))
        if parameter { trial.parameters[3] = .nan } else { trial.executor.features[2] = .nan }
        #expect(trial.meanLoss().isNaN, "\(function) \(loss)")
      }
    }
  }

  @Test("Logits of any size have an exact loss")
  func extremes() throws {
    let trial = try Trial(
      [
        Dense(
          units: 3, activation: .softmax, useBias: false, kernelInitializer: .identity(gain: 1))
      ], inputShape: [3], batchSize: 1, loss: Loss(.sparseCategoricalCrossentropy))
    for (i, value) in [Float(1000), -1000, 0].enumerated() { trial.executor.features[i] = value }
    trial.executor.targets[0] = 1
    #expect(trial.meanLoss() == 2000)
    #expect(trial.gradient.allSatisfy { $0.isFinite })
  }

  @Test("A label that is no class makes the loss no number", arguments: [-1, 4, 0.5, Float.nan])
  func labels(_ label: Float) throws {
    let trial = try trial()
    trial.executor.targets[2] = label
    #expect(trial.meanLoss().isNaN)
    let sigmoid = try Trial(
      [Dense(units: 4, activation: .sigmoid)], inputShape: [5],
      loss: Loss(.sparseCategoricalCrossentropy))
    sigmoid.executor.targets[0] = label
    #expect(sigmoid.meanLoss().isNaN)
  }

  @Test("Dropout keeps the mean, drops its rate, and does nothing in inference")
  func dropout() throws {
    let count = 40_000
    let trial = try Trial(
      [Dropout(rate: 0.3), Flatten()], inputShape: [count], batchSize: 1,
      loss: Loss(.meanSquaredError))
    trial.executor.features.update(repeating: 1)
    _ = trial.executor.step(seed: 1, step: 1)
    let first = Array(trial.executor.outputs)
    // Five deviations of a binomial: 5 sqrt(0.3 * 0.7 / 40000) = 0.0115.
    let dropped = Double(first.count { $0 == 0 }) / Double(count)
    #expect(abs(dropped - 0.3) < 0.0115)
    #expect(first.allSatisfy { $0 == 0 || abs($0 - 1 / 0.7) < 1e-6 })
    // Masks of two steps are independent: both drop 9 % of the places.
    _ = trial.executor.step(seed: 1, step: 2)
    let both = zip(first, trial.executor.outputs).count { $0 == 0 && $1 == 0 }
    #expect(abs(Double(both) / Double(count) - 0.09) < 0.0072)
    trial.executor.forward()
    #expect(trial.executor.outputs.allSatisfy { $0 == 1 })
  }

  @Test("Training makes the loss small", arguments: OptimizerRegistry.all)
  func learning(_ type: any Optimizer.Type) throws {
    let trial = try trial()
    // Rates at which 300 steps are enough: those of adadelta, lamb and lars are relative.
    let rates = ["adadelta": 5.0, "lamb": 0.01, "lars": 20, "lion": 0.01]
    var options = try Options(["learning_rate": Value(.number(rates[type.name] ?? 0.05))])
    let optimizer = try type.init(options: &options)
    let count = trial.network.parameterCount
    var state = [Float](repeating: 0, count: count * optimizer.slotCount + 1)
    let parameters = try #require(trial.parameters.baseAddress)
    let gradient = trial.gradient.baseAddress ?? parameters
    let before = trial.meanLoss()
    for step in 1...300 {
      _ = trial.executor.step(seed: 1, step: UInt64(step))
      optimizer.update(
        parameters: parameters, gradient: gradient, state: &state, count: count, step: step)
    }
    #expect(trial.meanLoss() < 0.6 * before)
  }
}
