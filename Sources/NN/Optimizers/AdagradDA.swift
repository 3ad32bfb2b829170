private import CKernels
public import Configuration

/// Adagrad with dual averaging (Duchi, Hazan and Singer, 2011), as `tf.compat.v1.train`'s
/// `AdagradDAOptimizer` of TensorFlow 1.8.
///
/// s += g; a += g^2, a beginning at initial_gradient_squared_accumulator_value;
/// w = -learning_rate shrink(s, l1 t) / (l2 t learning_rate + sqrt(a)), where shrink(x, l) takes l
/// from |x|, not below 0. The parameters before training do not enter: it is meant for linear models
/// that begin at 0. TensorFlow has no default for the learning rate: it is SparkFlow's, 0.01.
/// Slot 0 is s, slot 1 is a without its initial value, so that it begins at 0.
public struct AdagradDA: Optimizer {
  /// `adagrad_da`.
  public static let name = "adagrad_da"
  /// What every optimizer has.
  public var common: CommonOptions
  /// The accumulator of squares before the first gradient.
  public let initialAccumulator: Double
  private let regularization: Regularization

  /// Reads `initial_gradient_squared_accumulator_value` (or `initial_accumulator`),
  /// `l1_regularization_strength` and `l2_regularization_strength`.
  public init(options: inout Options) throws(ConfigurationError) {
    common = try CommonOptions(options: &options, learningRate: 0.01)
    try common.requireConstantRate(options)
    initialAccumulator = try options.positive(
      options.spelling("initial_gradient_squared_accumulator_value", "initial_accumulator"),
      default: 0.1)
    regularization = try Regularization(options: &options)
  }

  /// The options.
  public var ruleEntries: [Value.Entry] {
    [entry("initial_gradient_squared_accumulator_value", initialAccumulator)]
      + regularization.entries
  }
  /// Keras has no dual averaging: `Adagrad` with the initial accumulator.
  public var kerasClass: KerasClass {
    KerasClass("Adagrad", [entry("initial_accumulator_value", initialAccumulator)])
  }
  /// 2.
  public var ruleSlotCount: Int { 2 }
  /// Yes.
  public var isElementwise: Bool { true }
  /// Yes.
  public var recomputesParameters: Bool { true }

  /// One step.
  public func apply(_ update: OptimizerUpdate) {
    let t = Double(update.step)
    ck_adagrad_da(
      update.count, Float(update.rate), Float(initialAccumulator), Float(regularization.l1 * t),
      Float(regularization.l2 * t * update.rate), update.parameters, update.gradient,
      update.slot(0), update.slot(1))
  }
}
