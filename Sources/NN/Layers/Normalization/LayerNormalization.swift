private import CKernels
public import Configuration

/// Gives each position mean 0 and variance 1 over its last axis, then scales and shifts it (Ba, Kiros
/// and Hinton 2016): y = gamma (x - mean) / sqrt(variance + epsilon) + beta.
public struct LayerNormalization: LayerConfiguration {
  /// `layer_normalization`.
  public static let name = "layer_normalization"
  /// `LayerNormalization`.
  public static let kerasClass = "LayerNormalization"
  /// The scale and the shift.
  public var affine: NormalizationAffine

  /// Describes the layer.
  public init(_ affine: NormalizationAffine = NormalizationAffine()) { self.affine = affine }

  /// Reads `epsilon`, `center`, `scale`, `beta_initializer` and `gamma_initializer`.
  public init(options: inout Options) throws(ConfigurationError) {
    affine = try NormalizationAffine(options: &options)
  }

  /// The options, defaults included.
  public var value: Value { Value(.map(affine.entries)) }

  /// Reads the configuration of Keras' `LayerNormalization`.
  public init(keras: inout Options) throws(ConfigurationError) {
    if try keras.bool("rms_scaling", default: false) {
      throw keras.error("is not supported: use rms_normalization", "rms_scaling")
    }
    affine = try NormalizationAffine(keras: &keras)
  }

  /// Keras' `LayerNormalization`.
  public func kerasLayer() throws(NetworkError) -> (className: String, config: [Value.Entry]) {
    (Self.kerasClass, [.init("axis", Value(.int(-1)))] + affine.kerasEntries)
  }

  /// The input's shape.
  public func outputShape(for input: [Int]) throws(NetworkError) -> [Int] {
    try requireLastAxis(affine.kerasAxis, of: input)
    return input
  }

  /// `gamma` and `beta`.
  public func parameters(for input: [Int]) -> [ParameterSlot] {
    affine.slots([input.last ?? 1])
  }

  /// Mean, variance, a product and an addition for each number.
  public func operationCount(for inputs: [[Int]]) -> Int { 5 * (inputs.first?.shapeCount ?? 0) }

  /// Nothing: what the gradient needs is kept by the layer.
  public var backwardUse: BackwardUse { [] }

  /// The same time steps count.
  public var maskRole: MaskRole { .passes }

  /// Compiles the layer.
  public func makeLayer(_ plan: LayerPlan) throws(NetworkError) -> any Layer {
    let columns = plan.inputShape[plan.inputShape.count - 1]
    return RowNormalizationLayer(
      affine, plan, rows: plan.batchSize * plan.inputCount / columns, count: columns,
      columns: columns, rootOnly: false)
  }
}

/// Divides each position by the root of its mean square over its last axis, then scales it (Zhang and
/// Sennrich 2019): y = gamma x / sqrt(mean of x^2 + epsilon).
public struct RMSNormalization: LayerConfiguration {
  /// `rms_normalization`.
  public static let name = "rms_normalization"
  /// `RMSNormalization`.
  public static let kerasClass = "RMSNormalization"
  /// Added to the mean square, above 0.
  public var epsilon: Double
  /// See `NormalizationAffine.kerasAxis`.
  private var kerasAxis: Int?

  /// Describes the layer.
  public init(epsilon: Double = 1e-6) {
    precondition(epsilon > 0)
    self.epsilon = epsilon
  }

  /// Reads `epsilon`.
  public init(options: inout Options) throws(ConfigurationError) {
    self.init(epsilon: try options.positive("epsilon", default: 1e-6))
  }

  /// The option.
  public var value: Value { ["epsilon": Value(.number(epsilon))] }

  /// Reads the configuration of Keras' `RMSNormalization`.
  public init(keras: inout Options) throws(ConfigurationError) {
    let axis = try keras.normalizedAxis()
    self.init(epsilon: try keras.positive("epsilon", default: 1e-6))
    kerasAxis = axis
  }

  /// Keras' `RMSNormalization`.
  public func kerasLayer() throws(NetworkError) -> (className: String, config: [Value.Entry]) {
    (
      Self.kerasClass,
      [.init("axis", Value(.int(-1))), .init("epsilon", Value(.number(epsilon)))]
    )
  }

  /// The input's shape.
  public func outputShape(for input: [Int]) throws(NetworkError) -> [Int] {
    try requireLastAxis(kerasAxis, of: input)
    return input
  }

  private var affine: NormalizationAffine { NormalizationAffine(epsilon: epsilon, center: false) }

  /// `scale`.
  public func parameters(for input: [Int]) -> [ParameterSlot] {
    [ParameterSlot("scale", shape: [input.last ?? 1], initializer: .ones)]
  }

  /// A square, a sum and two products for each number.
  public func operationCount(for inputs: [[Int]]) -> Int { 4 * (inputs.first?.shapeCount ?? 0) }

  /// Nothing: what the gradient needs is kept by the layer.
  public var backwardUse: BackwardUse { [] }

  /// Compiles the layer.
  public func makeLayer(_ plan: LayerPlan) throws(NetworkError) -> any Layer {
    let columns = plan.inputShape[plan.inputShape.count - 1]
    return RowNormalizationLayer(
      affine, plan, rows: plan.batchSize * plan.inputCount / columns, count: columns,
      columns: columns, rootOnly: true)
  }
}
