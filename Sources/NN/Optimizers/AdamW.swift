public import Configuration

/// Adam with decoupled weight decay (Loshchilov and Hutter, 2019): `Adam` with Keras' default decay
/// of 0.004.
public struct AdamW: WrappedOptimizer {
  /// `adamw`.
  public static let name = "adamw"
  /// What does the work.
  public var base: Adam

  /// Chooses the step.
  public init(
    learningRate: Double = 0.001, beta1: Double = 0.9, beta2: Double = 0.999,
    epsilon: Double = 1e-7, weightDecay: Double = 0.004, amsgrad: Bool = false
  ) {
    base = Adam(
      learningRate: learningRate, beta1: beta1, beta2: beta2, epsilon: epsilon,
      weightDecay: weightDecay, amsgrad: amsgrad)
  }

  /// Reads the options of `Adam`.
  public init(options: inout Options) throws(ConfigurationError) {
    base = try Adam(options: &options, weightDecay: 0.004)
  }

  /// Keras' `AdamW`.
  public var kerasClass: KerasClass { base.kerasClass("AdamW") }
}
