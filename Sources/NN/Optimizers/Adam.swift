private import CKernels
public import Configuration
private import Foundation

/// Adam (Kingma and Ba, 2015), in Keras' form.
///
/// m += (1 - beta_1)(g - m); v += (1 - beta_2)(g^2 - v);
/// w -= learning_rate sqrt(1 - beta_2^t) / (1 - beta_1^t) m / (sqrt(v) + epsilon).
/// A weight decay first does w -= learning_rate weight_decay w. With `amsgrad` the largest v so far
/// takes v's place (Reddi, Kale and Kumar, 2018). Slot 0 is m, slot 1 is v, slot 2 the largest v.
public struct Adam: Optimizer {
  /// `adam`.
  public static let name = "adam"
  /// What every optimizer has.
  public var common: CommonOptions
  private var moments: Moments
  /// Whether the step is divided by the largest v so far.
  public var amsgrad: Bool

  /// Chooses the step.
  public init(
    learningRate: Double = 0.001, beta1: Double = 0.9, beta2: Double = 0.999,
    epsilon: Double = 1e-7, weightDecay: Double = 0, amsgrad: Bool = false
  ) {
    common = CommonOptions(learningRate: learningRate, weightDecay: weightDecay)
    moments = Moments(beta1: beta1, beta2: beta2, epsilon: epsilon)
    self.amsgrad = amsgrad
  }

  /// Reads `beta_1`, `beta_2`, `epsilon` and `amsgrad`.
  public init(options: inout Options) throws(ConfigurationError) {
    try self.init(options: &options, weightDecay: 0)
  }

  init(
    options: inout Options, weightDecay: Double, amsgrad: Bool? = nil
  ) throws(ConfigurationError) {
    common = try CommonOptions(options: &options, learningRate: 0.001, weightDecay: weightDecay)
    moments = try Moments(options: &options)
    if let amsgrad {
      self.amsgrad = amsgrad
    } else {
      self.amsgrad = try options.bool("amsgrad", default: false)
    }
  }

  /// The moments' decay, and `amsgrad` where it is on.
  public var ruleEntries: [Value.Entry] {
    moments.entries + (amsgrad ? [entry("amsgrad", true)] : [])
  }

  /// Keras' `Adam`.
  public var kerasClass: KerasClass { kerasClass("Adam") }

  func kerasClass(_ name: String) -> KerasClass {
    KerasClass(name, moments.entries + [entry("amsgrad", amsgrad)])
  }

  /// 2, with `amsgrad` 3.
  public var ruleSlotCount: Int { amsgrad ? 3 : 2 }
  /// Yes.
  public var isElementwise: Bool { true }

  /// One step.
  public func apply(_ update: OptimizerUpdate) {
    let t = Double(update.step)
    let rate =
      update.rate * (1 - pow(moments.beta2, t)).squareRoot() / (1 - pow(moments.beta1, t))
    let (beta1, beta2) = (Float(moments.beta1), Float(moments.beta2))
    let epsilon = Float(moments.epsilon)
    if amsgrad {
      ck_amsgrad(
        update.count, Float(rate), beta1, beta2, epsilon, Float(update.decay), update.parameters,
        update.gradient, update.slot(0), update.slot(1), update.slot(2))
    } else {
      ck_adam(
        update.count, Float(rate), beta1, beta2, epsilon, Float(update.decay), update.parameters,
        update.gradient, update.slot(0), update.slot(1))
    }
  }
}
