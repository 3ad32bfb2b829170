private import CKernels
public import Configuration

/// Lion (Chen et al., "Symbolic Discovery of Optimization Algorithms", 2023), in Keras' form.
///
/// w -= learning_rate sign(beta_1 m + (1 - beta_1) g), then m = beta_2 m + (1 - beta_2) g.
/// Slot 0 is m.
public struct Lion: Optimizer {
  /// `lion`.
  public static let name = "lion"
  /// What every optimizer has.
  public var common: CommonOptions
  /// How much of m is in the step's direction.
  public let beta1: Double
  /// How much of m stays.
  public let beta2: Double

  /// Reads `beta_1` and `beta_2`.
  public init(options: inout Options) throws(ConfigurationError) {
    common = try CommonOptions(options: &options, learningRate: 0.001, weightDecay: 0)
    beta1 = try options.fraction(options.spelling("beta_1", "beta1"), default: 0.9)
    beta2 = try options.fraction(options.spelling("beta_2", "beta2"), default: 0.99)
  }

  /// The options.
  public var ruleEntries: [Value.Entry] { [entry("beta_1", beta1), entry("beta_2", beta2)] }
  /// Keras' `Lion`.
  public var kerasClass: KerasClass { KerasClass("Lion", ruleEntries) }
  /// 1.
  public var ruleSlotCount: Int { 1 }
  /// Yes.
  public var isElementwise: Bool { true }

  /// One step.
  public func apply(_ update: OptimizerUpdate) {
    ck_lion(
      update.count, Float(update.rate), Float(beta1), Float(beta2), Float(update.decay),
      update.parameters, update.gradient, update.slot(0))
  }
}
