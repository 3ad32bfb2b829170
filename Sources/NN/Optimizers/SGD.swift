private import CKernels
public import Configuration

/// Stochastic gradient descent, plain or with a momentum.
///
/// w -= learning_rate g; with a momentum v = momentum v - learning_rate g and w += v, with Nesterov's
/// look-ahead w += momentum v - learning_rate g. A weight decay first does
/// w -= learning_rate weight_decay w.
public struct SGD: Optimizer {
  /// `sgd`.
  public static let name = "sgd"
  /// TensorFlow's `gradient_descent`.
  public static let aliases = ["gradient_descent"]
  /// What every optimizer has.
  public var common: CommonOptions
  /// The fraction of the last change that goes on; 0 keeps no state.
  public var momentum: Double
  /// Whether the gradient is taken as if at the next position.
  public var nesterov: Bool

  /// Chooses the step.
  public init(
    learningRate: Double = 0.01, momentum: Double = 0, nesterov: Bool = false,
    weightDecay: Double = 0
  ) {
    common = CommonOptions(learningRate: learningRate, weightDecay: weightDecay)
    self.momentum = momentum
    self.nesterov = nesterov
  }

  /// Reads `momentum` and `nesterov`.
  public init(options: inout Options) throws(ConfigurationError) {
    try self.init(options: &options, momentum: 0)
    if nesterov && momentum == 0 {
      throw options.error("needs a momentum above 0", "nesterov")
    }
  }

  init(
    options: inout Options, momentum: Double, nesterov: Bool? = nil
  ) throws(ConfigurationError) {
    common = try CommonOptions(options: &options, learningRate: 0.01, weightDecay: 0)
    self.momentum = try options.fraction("momentum", default: momentum)
    if let nesterov {
      self.nesterov = nesterov
    } else {
      self.nesterov = try options.bool(
        options.spelling("nesterov", "use_nesterov"), default: false)
    }
  }

  /// The momentum and Nesterov's look-ahead.
  public var ruleEntries: [Value.Entry] {
    [entry("momentum", momentum), entry("nesterov", nesterov)]
  }
  /// Keras' `SGD`.
  public var kerasClass: KerasClass { KerasClass("SGD", ruleEntries) }
  /// 1 with a momentum, otherwise 0.
  public var ruleSlotCount: Int { momentum > 0 ? 1 : 0 }
  /// Yes.
  public var isElementwise: Bool { true }

  /// One step.
  public func apply(_ update: OptimizerUpdate) {
    if momentum > 0 {
      ck_momentum(
        update.count, Float(update.rate), Float(momentum), nesterov ? 1 : 0, Float(update.decay),
        update.parameters, update.gradient, update.slot(0))
    } else {
      ck_sgd(
        update.count, Float(update.rate), Float(update.decay), update.parameters, update.gradient)
    }
  }
}
