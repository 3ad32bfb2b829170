private import CKernels
public import Configuration

/// RMSProp (Hinton, 2012; centered: Graves, 2013, equations 38 to 41), in Keras' form.
///
/// v = rho v + (1 - rho) g^2; x = learning_rate g / sqrt(v + epsilon); w -= x. `centered`:
/// a = rho a + (1 - rho) g, and v - a^2 in the place of v. With a momentum p = momentum p + x and
/// w -= p. Slot 0 is v, then a and p as far as they are used.
public struct RMSProp: Optimizer {
  /// `rmsprop`.
  public static let name = "rmsprop"
  /// What every optimizer has.
  public var common: CommonOptions
  /// How much of the mean square stays.
  public let rho: Double
  /// The fraction of the last change that goes on.
  public let momentum: Double
  /// Keeps the quotient finite; within the root.
  public let epsilon: Double
  /// Whether the gradient is divided by its deviation.
  public let centered: Bool

  /// Reads `rho`, which TensorFlow 1 calls `decay`, `momentum`, `epsilon` and `centered`.
  public init(options: inout Options) throws(ConfigurationError) {
    common = try CommonOptions(options: &options, learningRate: 0.001, weightDecay: 0)
    rho = try options.fraction(options.spelling("rho", "decay"), default: 0.9)
    momentum = try options.fraction("momentum", default: 0)
    epsilon = try options.positive("epsilon", default: 1e-7)
    centered = try options.bool("centered", default: false)
  }

  /// The options.
  public var ruleEntries: [Value.Entry] {
    [
      entry("rho", rho), entry("momentum", momentum), entry("epsilon", epsilon),
      entry("centered", centered),
    ]
  }
  /// Keras' `RMSprop`.
  public var kerasClass: KerasClass { KerasClass("RMSprop", ruleEntries) }
  /// 1, and one more each for `centered` and a momentum.
  public var ruleSlotCount: Int { 1 + (centered ? 1 : 0) + (momentum > 0 ? 1 : 0) }
  /// Yes.
  public var isElementwise: Bool { true }
  /// Says what the second slot is.
  public var stateLayout: String { layout(centered ? "rmsprop centered" : "rmsprop") }

  /// One step.
  public func apply(_ update: OptimizerUpdate) {
    ck_rmsprop(
      update.count, Float(update.rate), Float(rho), Float(momentum), Float(epsilon),
      Float(update.decay), update.parameters, update.gradient, update.slot(0),
      centered ? update.slot(1) : nil, momentum > 0 ? update.slot(centered ? 2 : 1) : nil)
  }
}
