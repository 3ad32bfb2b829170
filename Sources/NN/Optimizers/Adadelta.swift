private import CKernels
public import Configuration

/// Adadelta (Zeiler, 2012), in Keras' form.
///
/// a = rho a + (1 - rho) g^2; x = sqrt(d + epsilon) / sqrt(a + epsilon) g;
/// d = rho d + (1 - rho) x^2; w -= learning_rate x. The paper's learning rate is 1, Keras' 0.001.
/// Slot 0 is a, slot 1 is d.
public struct Adadelta: Optimizer {
  /// `adadelta`.
  public static let name = "adadelta"
  /// What every optimizer has.
  public var common: CommonOptions
  /// How much of the mean squares stays.
  public let rho: Double
  /// Begins the changes, and keeps the quotient finite.
  public let epsilon: Double

  /// Reads `rho` and `epsilon`.
  public init(options: inout Options) throws(ConfigurationError) {
    common = try CommonOptions(options: &options, learningRate: 0.001, weightDecay: 0)
    rho = try options.fraction("rho", default: 0.95)
    epsilon = try options.positive("epsilon", default: 1e-7)
  }

  /// The options.
  public var ruleEntries: [Value.Entry] { [entry("rho", rho), entry("epsilon", epsilon)] }
  /// Keras' `Adadelta`.
  public var kerasClass: KerasClass { KerasClass("Adadelta", ruleEntries) }
  /// 2.
  public var ruleSlotCount: Int { 2 }
  /// Yes.
  public var isElementwise: Bool { true }

  /// One step.
  public func apply(_ update: OptimizerUpdate) {
    ck_adadelta(
      update.count, Float(update.rate), Float(rho), Float(epsilon), Float(update.decay),
      update.parameters, update.gradient, update.slot(0), update.slot(1))
  }
}
