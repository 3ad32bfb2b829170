private import CKernels
public import Configuration

/// Adagrad (Duchi, Hazan and Singer, 2011), in Keras' form.
///
/// a = initial_accumulator_value + the sum of all g^2; w -= learning_rate g / sqrt(a + epsilon).
/// Slot 0 is a without its initial value, so that it begins at 0.
public struct Adagrad: Optimizer {
  /// `adagrad`.
  public static let name = "adagrad"
  /// What every optimizer has.
  public var common: CommonOptions
  /// The accumulator before the first gradient.
  public let initialAccumulator: Double
  /// Keeps the quotient finite; within the root.
  public let epsilon: Double

  /// Reads `initial_accumulator_value`, which SparkFlow calls `initial_accumulator`, and `epsilon`.
  public init(options: inout Options) throws(ConfigurationError) {
    common = try CommonOptions(options: &options, learningRate: 0.001, weightDecay: 0)
    initialAccumulator = try options.notNegative(
      options.spelling("initial_accumulator_value", "initial_accumulator"), default: 0.1)
    epsilon = try options.positive("epsilon", default: 1e-7)
  }

  /// The options.
  public var ruleEntries: [Value.Entry] {
    [entry("initial_accumulator_value", initialAccumulator), entry("epsilon", epsilon)]
  }
  /// Keras' `Adagrad`.
  public var kerasClass: KerasClass { KerasClass("Adagrad", ruleEntries) }
  /// 1.
  public var ruleSlotCount: Int { 1 }
  /// Yes.
  public var isElementwise: Bool { true }

  /// One step.
  public func apply(_ update: OptimizerUpdate) {
    ck_adagrad(
      update.count, Float(update.rate), Float(initialAccumulator + epsilon), Float(update.decay),
      update.parameters, update.gradient, update.slot(0))
  }
}
