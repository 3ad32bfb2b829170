import Configuration
import Foundation
import LayerSamples
import NN
import Testing

/// A network with its own memory, filled with seeded numbers, for tests.
final class Trial {
  let network: Network
  let executor: Executor
  let parameters: UnsafeMutableBufferPointer<Float>
  let gradient: UnsafeMutableBufferPointer<Float>

  convenience init(
    _ layers: [any LayerConfiguration], inputShape: [Int], batchSize: Int = 4, loss: Loss,
    seed: UInt64 = 1
  ) throws {
    try self.init(
      layers.map { NamedLayer(nil, $0) }, inputShape: inputShape, batchSize: batchSize, loss: loss,
      seed: seed)
  }

  convenience init(
    _ layers: [NamedLayer], inputShape: [Int], batchSize: Int = 4, loss: Loss, seed: UInt64 = 1
  ) throws {
    try self.init(
      try Network(inputShape: inputShape, layers: layers), batchSize: batchSize, losses: [loss],
      seed: seed)
  }

  init(
    _ network: Network, batchSize: Int = 4, losses: [Loss], seed: UInt64 = 1,
    sample: LayerSample? = nil, precision: Precision = .float32
  ) throws {
    self.network = network
    parameters = .allocate(capacity: network.parameterCount)
    gradient = .allocate(capacity: network.parameterCount)
    gradient.initialize(repeating: .nan)
    network.initialize(parameters, seed: seed)
    executor = try Executor(
      network, batchSize: batchSize, losses: losses,
      parameters: try #require(parameters.baseAddress),
      gradient: gradient.baseAddress, precision: precision)
    var generator = RandomGenerator(seed: seed + 1)
    if let sample {
      sample.fill(executor.features, using: &generator)
    } else {
      for i in executor.features.indices {
        executor.features[i] = Float(generator.uniform(-1, 1))
      }
    }
    guard losses.count == 1, let loss = losses.first else {
      for i in executor.targets.indices { executor.targets[i] = Float(generator.uniform(0, 1)) }
      return
    }
    let classes = network.outputShape.last ?? 1
    for i in executor.targets.indices {
      executor.targets[i] =
        loss.isSparse ? Float(generator.below(classes)) : Float(generator.uniform(0, 1))
    }
    if loss.function == .categoricalCrossentropy {
      for row in 0..<executor.targets.count / classes {
        let sum = (0..<classes).reduce(Float(0)) { $0 + executor.targets[row * classes + $1] }
        for j in 0..<classes { executor.targets[row * classes + j] /= sum }
      }
    }
  }

  /// The mean loss of a training pass with the masks of step 1.
  func meanLoss() -> Double { executor.step(seed: 7, step: 1) }

  /// Begins where Tests/Reference/losses.py and likelihoods.py do: their features and first weights.
  func beginReference() {
    for i in executor.features.indices {
      executor.features[i] = Float(sin(0.9 * Double(i) + 0.5))
    }
    for i in parameters.indices { parameters[i] = Float(0.5 * sin(0.7 * Double(i) + 2)) }
  }

  /// The mean loss before each of 20 steps of gradient descent.
  func descend(rate: Double) throws -> [Double] {
    let sgd = SGD(learningRate: rate)
    let weights = try #require(parameters.baseAddress)
    let slopes = try #require(gradient.baseAddress)
    // Without momentum nothing is kept, but the optimizer wants an address.
    var state: Float = 0
    return (1...20).map { step in
      let loss = executor.step(seed: 7, step: UInt64(step))
      sgd.update(
        parameters: weights, gradient: slopes, state: &state, count: network.parameterCount,
        step: step)
      return loss
    }
  }

  deinit {
    parameters.deallocate()
    gradient.deallocate()
  }

  /// The distance between the gradient and central differences, relative to their size, over at
  /// most `limit` parameters of each trained array; the worst array counts.
  ///
  /// The step of 1e-2 balances the cubic error (1e-4 relative) against the rounding of a float loss
  /// (6e-8 / 2e-2): differences agree to about 1e-3 where the function is smooth.
  func gradientError(limit: Int = 60, width: Float = 1e-2) -> Double {
    _ = meanLoss()
    let analytic = Array(gradient)
    var worst = 0.0
    var generator = RandomGenerator(seed: 11)
    for layer in network.layers {
      for array in layer.parameters where array.isTrained {
        var chosen = Array(array.range)
        generator.shuffle(&chosen)
        var distance = 0.0, size = 1e-6
        for i in chosen.prefix(limit) {
          let kept = parameters[i]
          parameters[i] = kept + width
          let above = meanLoss()
          parameters[i] = kept - width
          let below = meanLoss()
          parameters[i] = kept
          let numeric = (above - below) / (2 * Double(width))
          distance += (numeric - Double(analytic[i])) * (numeric - Double(analytic[i]))
          size += numeric * numeric + Double(analytic[i]) * Double(analytic[i])
        }
        let error = (distance / size).squareRoot()
        if !(error <= worst) { worst = error }
      }
    }
    return worst
  }
}

/// Reads YAML as a job file would.
func yaml(_ text: String) throws -> Value { try Value(yaml: text, file: "job.yaml") }

/// The layer that a job file's item describes.
func layer(_ text: String) throws -> any LayerConfiguration {
  try LayerRegistry.layer(try yaml(text), at: ["layers", "0"]).layer
}

extension Double {
  /// The natural logarithm.
  var logarithm: Double { log(self) }
}
