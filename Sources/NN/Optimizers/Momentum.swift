public import Configuration

/// Gradient descent with a momentum of 0.9 unless said otherwise: `SGD` under its own name.
public struct Momentum: WrappedOptimizer {
  /// `momentum`.
  public static let name = "momentum"
  /// What does the work.
  public var base: SGD

  /// Chooses the step.
  public init(learningRate: Double = 0.01, momentum: Double = 0.9, weightDecay: Double = 0) {
    base = SGD(learningRate: learningRate, momentum: momentum, weightDecay: weightDecay)
  }

  /// Reads `learning_rate`, `momentum` and `weight_decay`.
  public init(options: inout Options) throws(ConfigurationError) {
    self.init(
      learningRate: try options.positive("learning_rate", default: 0.01),
      momentum: try options.fraction("momentum", default: 0.9),
      weightDecay: try options.number("weight_decay", default: 0, in: 0...1e6))
  }

  /// The options, defaults included.
  public var value: Value { base.valueWithoutNesterov }
  /// Keras' `SGD`.
  public var kerasConfig: Value { base.kerasConfig }
}

extension SGD {
  var valueWithoutNesterov: Value {
    [
      "learning_rate": Value(.number(learningRate)), "momentum": Value(.number(momentum)),
      "weight_decay": Value(.number(weightDecay)),
    ]
  }
}
