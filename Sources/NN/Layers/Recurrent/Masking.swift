private import CKernels
public import Configuration

/// Marks the time steps as not there whose features all have one value, and sets them to 0.
///
/// Its input is [steps, features]. Layers behind it that know masks (SimpleRNN, LSTM, GRU,
/// Bidirectional) pass over these steps.
public struct Masking: LayerConfiguration {
  /// `masking`.
  public static let name = "masking"
  /// `Masking`.
  public static let kerasClass = "Masking"
  /// The value.
  public var maskValue: Double

  /// Describes a layer.
  public init(maskValue: Double = 0) { self.maskValue = maskValue }

  /// Reads `mask_value`.
  public init(options: inout Options) throws(ConfigurationError) {
    maskValue = try options.number("mask_value", default: 0)
  }

  /// The value.
  public var value: Value { ["mask_value": Value(.number(maskValue))] }

  /// Reads the configuration of Keras' `Masking`.
  public init(keras: inout Options) throws(ConfigurationError) {
    try self.init(options: &keras)
  }

  /// Keras' `Masking`.
  public func kerasLayer() throws(NetworkError) -> (className: String, config: [Value.Entry]) {
    (Self.kerasClass, [.init("mask_value", Value(.number(maskValue)))])
  }

  /// The input's shape.
  public func outputShape(for input: [Int]) throws(NetworkError) -> [Int] {
    guard input.count == 2 else {
      throw NetworkError(
        "takes sequences of the shape [steps, features], found \(input): put `reshape` before it")
    }
    return input
  }

  /// Nothing: the mask says it.
  public var backwardUse: BackwardUse { [] }

  /// The layer makes a mask.
  public var maskRole: MaskRole { .makes }

  /// Compiles the layer.
  public func makeLayer(_ plan: LayerPlan) throws(NetworkError) -> any Layer {
    MaskingLayer(Float(maskValue), plan)
  }
}

private final class MaskingLayer: Layer {
  private let value: Float
  private let plan: LayerPlan
  private let rows: Int
  private let features: Int

  init(_ value: Float, _ plan: LayerPlan) {
    self.value = value
    self.plan = plan
    rows = plan.batchSize * plan.inputShape[0]
    features = plan.inputShape[1]
  }

  func forward(_ pass: Pass) {
    ck_mask_rows(rows, features, value, plan.input, plan.output, plan.outputMask)
  }

  func backward(_ pass: Pass) {
    guard let outputGradient = plan.outputGradient, let gradient = plan.inputGradient,
      let mask = plan.outputMask
    else { return }
    for row in 0..<rows {
      let place = row * features
      if mask[row] != 0 {
        (gradient + place).update(from: outputGradient + place, count: features)
      } else {
        (gradient + place).update(repeating: 0, count: features)
      }
    }
  }
}
