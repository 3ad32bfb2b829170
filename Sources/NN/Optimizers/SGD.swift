private import CKernels
public import Configuration

/// Stochastic gradient descent, plain or with a momentum.
///
/// w -= learning_rate g; with a momentum v = momentum v - learning_rate g and w += v, with Nesterov's
/// look-ahead w += momentum v - learning_rate g. A weight decay first does
/// w -= learning_rate weight_decay w.
public struct SGD: Optimizer {
  /// `sgd`.
  public static let name = "sgd"
  /// The size of a step.
  public var learningRate: Double
  /// The fraction of the last change that goes on; 0 keeps no state.
  public var momentum: Double
  /// Whether the gradient is taken as if at the next position.
  public var nesterov: Bool
  /// The fraction of each parameter that a step of size 1 takes away.
  public var weightDecay: Double

  /// Chooses the step.
  public init(
    learningRate: Double = 0.01, momentum: Double = 0, nesterov: Bool = false,
    weightDecay: Double = 0
  ) {
    self.learningRate = learningRate
    self.momentum = momentum
    self.nesterov = nesterov
    self.weightDecay = weightDecay
  }

  /// Reads `learning_rate`, `momentum`, `nesterov` and `weight_decay`.
  public init(options: inout Options) throws(ConfigurationError) {
    learningRate = try options.positive("learning_rate", default: 0.01)
    momentum = try options.fraction("momentum", default: 0)
    nesterov = try options.bool("nesterov", default: false)
    weightDecay = try options.number("weight_decay", default: 0, in: 0...1e6)
    if nesterov && momentum == 0 {
      throw options.error("needs a momentum above 0", "nesterov")
    }
  }

  /// The options, defaults included.
  public var value: Value {
    [
      "learning_rate": Value(.number(learningRate)), "momentum": Value(.number(momentum)),
      "nesterov": Value(.bool(nesterov)), "weight_decay": Value(.number(weightDecay)),
    ]
  }

  /// Keras' `SGD`.
  public var kerasConfig: Value {
    var config: [Value.Entry] = [
      .init("name", "SGD"), .init("learning_rate", Value(.number(learningRate))),
      .init("momentum", Value(.number(momentum))), .init("nesterov", Value(.bool(nesterov))),
    ]
    if weightDecay > 0 { config.append(.init("weight_decay", Value(.number(weightDecay)))) }
    return ["class_name": "SGD", "config": Value(.map(config))]
  }

  /// 1 with a momentum, otherwise 0.
  public var slotCount: Int { momentum > 0 ? 1 : 0 }

  /// One step.
  public func update(
    parameters: UnsafeMutablePointer<Float>, gradient: UnsafePointer<Float>,
    state: UnsafeMutablePointer<Float>, count: Int, step: Int
  ) {
    let rate = Float(learningRate)
    let decay = Float(learningRate * weightDecay)
    if momentum > 0 {
      ck_momentum(
        count, rate, Float(momentum), nesterov ? 1 : 0, decay, parameters, gradient, state)
    } else {
      ck_sgd(count, rate, decay, parameters, gradient)
    }
  }
}
