public import Configuration

/// Gradient descent with a momentum of 0.9 unless said otherwise: `SGD` under its own name.
public struct Momentum: WrappedOptimizer {
  /// `momentum`.
  public static let name = "momentum"
  /// What does the work.
  public var base: SGD

  /// Chooses the step.
  public init(learningRate: Double = 0.01, momentum: Double = 0.9, weightDecay: Double = 0) {
    base = SGD(learningRate: learningRate, momentum: momentum, weightDecay: weightDecay)
  }

  /// Reads `momentum` and `nesterov`, which TensorFlow calls `use_nesterov`.
  public init(options: inout Options) throws(ConfigurationError) {
    base = try SGD(options: &options, momentum: 0.9)
    if base.nesterov && base.momentum == 0 {
      throw options.error("needs a momentum above 0", "nesterov")
    }
  }

  /// The momentum, and Nesterov's look-ahead where it is on.
  public var ruleEntries: [Value.Entry] { base.nesterov ? base.ruleEntries : [base.ruleEntries[0]] }
}
