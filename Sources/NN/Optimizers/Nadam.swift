private import CKernels
public import Configuration
private import Foundation

/// Adam with Nesterov's look-ahead (Dozat, 2016), in Keras' form.
///
/// Adam's m and v; mu_t = beta_1 (1 - 0.5 x 0.96^t), P_t the product of mu_1 to mu_t;
/// h = mu_{t+1} m / (1 - P_{t+1}) + (1 - mu_t) g / (1 - P_t);
/// w -= learning_rate h / (sqrt(v / (1 - beta_2^t)) + epsilon). Slot 0 is m, slot 1 is v.
public struct Nadam: Optimizer {
  /// `nadam`.
  public static let name = "nadam"
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
  /// Keras' `Nadam`.
  public var kerasClass: KerasClass { KerasClass("Nadam", ruleEntries) }
  /// 2.
  public var ruleSlotCount: Int { 2 }
  /// Yes.
  public var isElementwise: Bool { true }

  /// One step.
  public func apply(_ update: OptimizerUpdate) {
    let t = update.step
    let now = moments.beta1 * (1 - 0.5 * pow(0.96, Double(t)))
    let next = moments.beta1 * (1 - 0.5 * pow(0.96, Double(t + 1)))
    let product = Self.product(moments.beta1, t)
    ck_nadam(
      update.count, Float(update.rate), Float(moments.beta1), Float(moments.beta2),
      Float(moments.epsilon), Float(update.decay), Float(next / (1 - product * next)),
      Float((1 - now) / (1 - product)), Float(1 / (1 - pow(moments.beta2, Double(t)))),
      update.parameters, update.gradient, update.slot(0), update.slot(1))
  }

  /// The product of mu_1 to mu_t, from t alone: it has no slot in the state.
  private static func product(_ beta1: Double, _ t: Int) -> Double {
    pow(beta1, Double(t)) * factors[min(t, 1000)]
  }

  /// The products of 1 - 0.5 * 0.96^i for i from 1 to t.
  ///
  /// Behind the thousandth the factors are 1 to the last digit: 0.96^1000 is 2e-18.
  private static let factors: [Double] = {
    var products = [1.0]
    var power = 1.0
    for t in 1...1000 {
      power *= 0.96
      products.append(products[t - 1] * (1 - 0.5 * power))
    }
    return products
  }()
}
