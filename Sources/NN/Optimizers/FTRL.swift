private import CKernels
public import Configuration

/// FTRL-Proximal (McMahan et al., "Ad Click Prediction", 2013, algorithm 1), as
/// `tf.compat.v1.train.FtrlOptimizer` of TensorFlow 1.8.
///
/// With a and z the state, a beginning at initial_accumulator_value, and q = -learning_rate_power:
/// b = a + g^2; z += g + 2 l2_shrinkage w - (b^q - a^q) / learning_rate w; a = b;
/// w = -shrink(z, l1) / (b^q / learning_rate + 2 l2), where shrink(x, l) takes l from |x|, not below
/// 0. TensorFlow has no default for the learning rate: it is SparkFlow's, 0.01. Slot 0 is a without
/// its initial value, so that it begins at 0; slot 1 is z.
public struct FTRL: Optimizer {
  /// `ftrl`.
  public static let name = "ftrl"
  /// What every optimizer has.
  public var common: CommonOptions
  /// The power of the accumulator in the learning rate, at most 0.
  public let power: Double
  /// The accumulator before the first gradient.
  public let initialAccumulator: Double
  private let regularization: Regularization
  /// An L2 penalty that enters the gradient.
  public let shrinkage: Double

  /// Reads `learning_rate_power`, `initial_accumulator_value` (or `initial_accumulator`),
  /// `l1_regularization_strength`, `l2_regularization_strength` and
  /// `l2_shrinkage_regularization_strength`.
  public init(options: inout Options) throws(ConfigurationError) {
    common = try CommonOptions(options: &options, learningRate: 0.01)
    try common.requireConstantRate(options)
    power = try options.number("learning_rate_power", default: -0.5, in: -1e3...0)
    initialAccumulator = try options.positive(
      options.spelling("initial_accumulator_value", "initial_accumulator"), default: 0.1)
    regularization = try Regularization(options: &options)
    shrinkage = try options.notNegative("l2_shrinkage_regularization_strength", default: 0)
  }

  /// The options.
  public var ruleEntries: [Value.Entry] {
    [entry("learning_rate_power", power), entry("initial_accumulator_value", initialAccumulator)]
      + regularization.entries + [entry("l2_shrinkage_regularization_strength", shrinkage)]
  }
  /// Keras' `Ftrl`, whose `beta` of 0 makes it the same.
  public var kerasClass: KerasClass { KerasClass("Ftrl", ruleEntries) }
  /// 2.
  public var ruleSlotCount: Int { 2 }
  /// Yes.
  public var isElementwise: Bool { true }
  /// Yes.
  public var recomputesParameters: Bool { true }

  /// One step.
  public func apply(_ update: OptimizerUpdate) {
    ck_ftrl(
      update.count, Float(update.rate), Float(power), Float(initialAccumulator),
      Float(regularization.l1), Float(regularization.l2), Float(shrinkage), update.parameters,
      update.gradient, update.slot(0), update.slot(1))
  }
}
