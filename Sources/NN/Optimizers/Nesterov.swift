public import Configuration

/// Gradient descent with Nesterov's momentum, 0.9 unless said otherwise: `SGD` under its own name.
public struct Nesterov: WrappedOptimizer {
  /// `nesterov`.
  public static let name = "nesterov"
  /// What does the work.
  public var base: SGD

  /// Chooses the step.
  public init(learningRate: Double = 0.01, momentum: Double = 0.9, weightDecay: Double = 0) {
    base = SGD(
      learningRate: learningRate, momentum: momentum, nesterov: true, weightDecay: weightDecay)
  }

  /// Reads `learning_rate`, `momentum` and `weight_decay`.
  public init(options: inout Options) throws(ConfigurationError) {
    self.init(
      learningRate: try options.positive("learning_rate", default: 0.01),
      momentum: try options.fraction("momentum", default: 0.9),
      weightDecay: try options.number("weight_decay", default: 0, in: 0...1e6))
    guard base.momentum > 0 else { throw options.error("must be greater than 0", "momentum") }
  }

  /// The options, defaults included.
  public var value: Value { base.valueWithoutNesterov }
  /// Keras' `SGD`.
  public var kerasConfig: Value { base.kerasConfig }
}
