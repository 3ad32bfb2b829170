public import Configuration

/// Gradient descent with Nesterov's momentum, 0.9 unless said otherwise: `SGD` under its own name.
public struct Nesterov: WrappedOptimizer {
  /// `nesterov`.
  public static let name = "nesterov"
  /// What does the work.
  public var base: SGD

  /// Chooses the step.
  public init(learningRate: Double = 0.01, momentum: Double = 0.9, weightDecay: Double = 0) {
    base = SGD(
      learningRate: learningRate, momentum: momentum, nesterov: true, weightDecay: weightDecay)
  }

  /// Reads `momentum`.
  public init(options: inout Options) throws(ConfigurationError) {
    base = try SGD(options: &options, momentum: 0.9, nesterov: true)
    guard base.momentum > 0 else { throw options.error("must be greater than 0", "momentum") }
  }

  /// The momentum.
  public var ruleEntries: [Value.Entry] { [base.ruleEntries[0]] }
}
