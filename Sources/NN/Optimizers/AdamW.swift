public import Configuration

/// Adam with decoupled weight decay (Loshchilov and Hutter, 2019): `Adam` with Keras' default decay
/// of 0.004.
public struct AdamW: Optimizer {
  /// `adamw`.
  public static let name = "adamw"
  private var base: Adam

  /// Chooses the step.
  public init(
    learningRate: Double = 0.001, beta1: Double = 0.9, beta2: Double = 0.999,
    epsilon: Double = 1e-7, weightDecay: Double = 0.004
  ) {
    base = Adam(
      learningRate: learningRate, beta1: beta1, beta2: beta2, epsilon: epsilon,
      weightDecay: weightDecay)
  }

  /// Reads `learning_rate`, `beta_1`, `beta_2`, `epsilon` and `weight_decay`.
  public init(options: inout Options) throws(ConfigurationError) {
    base = try Adam(options: &options, weightDecay: 0.004)
  }

  /// The options, defaults included.
  public var value: Value { base.value }
  /// Keras' `AdamW`.
  public var kerasConfig: Value { base.kerasConfig("AdamW") }
  /// 2.
  public var slotCount: Int { base.slotCount }
  /// The size of a step.
  public var learningRate: Double {
    get { base.learningRate }
    set { base.learningRate = newValue }
  }

  /// One step.
  public func update(
    parameters: UnsafeMutablePointer<Float>, gradient: UnsafePointer<Float>,
    state: UnsafeMutablePointer<Float>, count: Int, step: Int
  ) {
    base.update(
      parameters: parameters, gradient: gradient, state: state, count: count, step: step)
  }
}
