private import CKernels
public import Configuration
private import Foundation

/// Adam (Kingma and Ba, 2015), in Keras' form.
///
/// m += (1 - beta_1)(g - m); v += (1 - beta_2)(g^2 - v);
/// w -= learning_rate sqrt(1 - beta_2^t) / (1 - beta_1^t) m / (sqrt(v) + epsilon).
/// A weight decay first does w -= learning_rate weight_decay w. Slot 0 is m, slot 1 is v.
public struct Adam: Optimizer {
  /// `adam`.
  public static let name = "adam"
  /// The size of a step.
  public var learningRate: Double
  /// How much of m stays.
  public var beta1: Double
  /// How much of v stays.
  public var beta2: Double
  /// Keeps the quotient finite.
  public var epsilon: Double
  /// The fraction of each parameter that a step of size 1 takes away.
  public var weightDecay: Double

  /// Chooses the step.
  public init(
    learningRate: Double = 0.001, beta1: Double = 0.9, beta2: Double = 0.999,
    epsilon: Double = 1e-7, weightDecay: Double = 0
  ) {
    self.learningRate = learningRate
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
    self.weightDecay = weightDecay
  }

  /// Reads `learning_rate`, `beta_1`, `beta_2`, `epsilon` and `weight_decay`.
  public init(options: inout Options) throws(ConfigurationError) {
    try self.init(options: &options, weightDecay: 0)
  }

  init(options: inout Options, weightDecay: Double) throws(ConfigurationError) {
    self.init(
      learningRate: try options.positive("learning_rate", default: 0.001),
      beta1: try options.fraction("beta_1", default: 0.9),
      beta2: try options.fraction("beta_2", default: 0.999),
      epsilon: try options.positive("epsilon", default: 1e-7),
      weightDecay: try options.number("weight_decay", default: weightDecay, in: 0...1e6))
  }

  /// The options, defaults included.
  public var value: Value {
    [
      "learning_rate": Value(.number(learningRate)), "beta_1": Value(.number(beta1)),
      "beta_2": Value(.number(beta2)), "epsilon": Value(.number(epsilon)),
      "weight_decay": Value(.number(weightDecay)),
    ]
  }

  /// Keras' `Adam`.
  public var kerasConfig: Value { kerasConfig("Adam") }

  func kerasConfig(_ className: String) -> Value {
    var config: [Value.Entry] = [
      .init("name", Value(.string(className))),
      .init("learning_rate", Value(.number(learningRate))),
      .init("beta_1", Value(.number(beta1))), .init("beta_2", Value(.number(beta2))),
      .init("epsilon", Value(.number(epsilon))), .init("amsgrad", false),
    ]
    if weightDecay > 0 { config.append(.init("weight_decay", Value(.number(weightDecay)))) }
    return ["class_name": Value(.string(className)), "config": Value(.map(config))]
  }

  /// 2.
  public var slotCount: Int { 2 }

  /// One step.
  public func update(
    parameters: UnsafeMutablePointer<Float>, gradient: UnsafePointer<Float>,
    state: UnsafeMutablePointer<Float>, count: Int, step: Int
  ) {
    let t = Double(max(1, step))
    let rate = learningRate * (1 - pow(beta2, t)).squareRoot() / (1 - pow(beta1, t))
    ck_adam(
      count, Float(rate), Float(beta1), Float(beta2), Float(epsilon),
      Float(learningRate * weightDecay), parameters, gradient, state, state + count)
  }
}
