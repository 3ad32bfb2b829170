private import CKernels
public import Configuration

/// Adagrad that pulls parameters to 0 (Duchi and Singer, 2009), as `tf.compat.v1.train`'s
/// `ProximalAdagradOptimizer` of TensorFlow 1.8.
///
/// a += g^2, a beginning at initial_accumulator_value; r = learning_rate / sqrt(a);
/// w = shrink(w - r g, r l1) / (1 + r l2), where shrink(x, l) takes l from |x|, not below 0.
/// TensorFlow has no default for the learning rate: it is SparkFlow's, 0.01. Slot 0 is a without its
/// initial value, so that it begins at 0.
public struct ProximalAdagrad: Optimizer {
  /// `proximal_adagrad`.
  public static let name = "proximal_adagrad"
  /// What every optimizer has.
  public var common: CommonOptions
  /// The accumulator before the first gradient.
  public let initialAccumulator: Double
  private let regularization: Regularization

  /// Reads `initial_accumulator_value` (or `initial_accumulator`), `l1_regularization_strength` and
  /// `l2_regularization_strength`.
  public init(options: inout Options) throws(ConfigurationError) {
    common = try CommonOptions(options: &options, learningRate: 0.01)
    initialAccumulator = try options.positive(
      options.spelling("initial_accumulator_value", "initial_accumulator"), default: 0.1)
    regularization = try Regularization(options: &options)
  }

  /// The options.
  public var ruleEntries: [Value.Entry] {
    [entry("initial_accumulator_value", initialAccumulator)] + regularization.entries
  }
  /// Keras has no proximal rule: `Adagrad` with the initial accumulator.
  public var kerasClass: KerasClass {
    KerasClass("Adagrad", [entry("initial_accumulator_value", initialAccumulator)])
  }
  /// 1.
  public var ruleSlotCount: Int { 1 }
  /// Yes.
  public var isElementwise: Bool { true }

  /// One step.
  public func apply(_ update: OptimizerUpdate) {
    ck_proximal_adagrad(
      update.count, Float(update.rate), Float(initialAccumulator), Float(regularization.l1),
      Float(regularization.l2), update.parameters, update.gradient, update.slot(0))
  }
}
