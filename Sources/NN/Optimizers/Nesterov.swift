public import Configuration

/// Gradient descent with Nesterov's momentum, 0.9 unless said otherwise: `SGD` under its own name.
public struct Nesterov: Optimizer {
  /// `nesterov`.
  public static let name = "nesterov"
  private var base: SGD

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
  /// 1.
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
