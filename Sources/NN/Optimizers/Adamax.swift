private import CKernels
public import Configuration
private import Foundation

/// Adam with the largest gradient in the place of the mean square (Kingma and Ba, 2015, algorithm 2).
///
/// m += (1 - beta_1)(g - m); u = max(beta_2 u, |g|);
/// w -= learning_rate / (1 - beta_1^t) m / (u + epsilon). Slot 0 is m, slot 1 is u.
public struct Adamax: Optimizer {
  /// `adamax`.
  public static let name = "adamax"
  /// What every optimizer has.
  public var common: CommonOptions
  private let moments: Moments

  /// Reads `beta_1`, `beta_2` and `epsilon`.
  public init(options: inout Options) throws(ConfigurationError) {
    common = try CommonOptions(options: &options, learningRate: 0.001, weightDecay: 0)
    moments = try Moments(options: &options)
  }

  /// The moments' decay.
  public var ruleEntries: [Value.Entry] { moments.entries }
  /// Keras' `Adamax`.
  public var kerasClass: KerasClass { KerasClass("Adamax", ruleEntries) }
  /// 2.
  public var ruleSlotCount: Int { 2 }
  /// Yes.
  public var isElementwise: Bool { true }

  /// One step.
  public func apply(_ update: OptimizerUpdate) {
    let rate = update.rate / (1 - pow(moments.beta1, Double(update.step)))
    ck_adamax(
      update.count, Float(rate), Float(moments.beta1), Float(moments.beta2),
      Float(moments.epsilon), Float(update.decay), update.parameters, update.gradient,
      update.slot(0), update.slot(1))
  }
}
