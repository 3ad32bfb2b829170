public import Configuration

/// Adam that divides by the largest second moment so far (Reddi, Kale and Kumar, 2018): `Adam` with
/// `amsgrad: true` under its own name.
public struct AMSGrad: WrappedOptimizer {
  /// `amsgrad`.
  public static let name = "amsgrad"
  /// What does the work.
  public var base: Adam

  /// Chooses the step.
  public init(
    learningRate: Double = 0.001, beta1: Double = 0.9, beta2: Double = 0.999,
    epsilon: Double = 1e-7, weightDecay: Double = 0
  ) {
    base = Adam(
      learningRate: learningRate, beta1: beta1, beta2: beta2, epsilon: epsilon,
      weightDecay: weightDecay, amsgrad: true)
  }

  /// Reads `beta_1`, `beta_2` and `epsilon`.
  public init(options: inout Options) throws(ConfigurationError) {
    base = try Adam(options: &options, weightDecay: 0, amsgrad: true)
  }

  /// The moments' decay.
  public var ruleEntries: [Value.Entry] { base.ruleEntries.filter { $0.key != "amsgrad" } }
}
