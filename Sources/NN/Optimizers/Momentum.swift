public import Configuration

/// Gradient descent with a momentum of 0.9 unless said otherwise: `SGD` under its own name.
public struct Momentum: Optimizer {
  /// `momentum`.
  public static let name = "momentum"
  private var base: SGD

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
  /// 1, or 0 without a momentum.
  public var slotCount: Int { base.slotCount }
  /// The size of a step.
  public var learningRate: Double {
    get { base.learningRate }
    set { base.learningRate = newValue }
  }

  /// One step.
  public func update(
    parameters: UnsafeMutablePointer<Float>, gradient: UnsafePointer<Float>,
    state: UnsafeMutablePointer<Float>, count: Int, step: Int
  ) {
    base.update(
      parameters: parameters, gradient: gradient, state: state, count: count, step: step)
  }
}

extension SGD {
  var valueWithoutNesterov: Value {
    [
      "learning_rate": Value(.number(learningRate)), "momentum": Value(.number(momentum)),
      "weight_decay": Value(.number(weightDecay)),
    ]
  }
}
