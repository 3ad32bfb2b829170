public import Configuration

/// A layer that takes one number for each channel from all places of its input: [places..., channels]
/// becomes [channels].
public protocol GlobalPoolingConfiguration: LayerConfiguration {
  /// The axes before the channels: 1, 2 or 3.
  static var placeAxes: Int { get }
  /// Whether the number is the largest, or else the mean.
  static var takesLargest: Bool { get }
  /// Whether the axes that are pooled stay, with one place.
  var keepsAxes: Bool { get set }
  /// Describes the layer.
  init(keepsAxes: Bool)
}

extension GlobalPoolingConfiguration {
  /// Reads `keepdims`.
  public init(options: inout Options) throws(ConfigurationError) {
    self.init(keepsAxes: try options.bool("keepdims", default: false))
  }

  /// The option.
  public var value: Value { ["keepdims": Value(.bool(keepsAxes))] }

  /// Reads the configuration of Keras' class of the same name.
  public init(keras: inout Options) throws(ConfigurationError) {
    try keras.channelsLast()
    try self.init(options: &keras)
  }

  /// Keras' class of the same name.
  public func kerasLayer() throws(NetworkError) -> (className: String, config: [Value.Entry]) {
    (
      Self.kerasClass,
      [.init("keepdims", Value(.bool(keepsAxes))), .init("data_format", "channels_last")]
    )
  }

  /// [channels], or with `keepdims` one place along each axis.
  public func outputShape(for input: [Int]) throws(NetworkError) -> [Int] {
    guard input.count == Self.placeAxes + 1, input.allSatisfy({ $0 > 0 }) else {
      throw NetworkError(
        "takes inputs with \(Self.placeAxes) axes before the channels, found \(input)")
    }
    return [Int](repeating: 1, count: keepsAxes ? Self.placeAxes : 0) + input.suffix(1)
  }

  /// What is compared with the largest.
  public var backwardUse: BackwardUse { Self.takesLargest ? [.inputs, .outputs] : [] }

  /// One for each input.
  public func operationCount(for inputs: [[Int]]) -> Int { inputs.first?.shapeCount ?? 0 }

  /// Compiles the layer.
  public func makeLayer(_ plan: LayerPlan) throws(NetworkError) -> any Layer {
    GlobalPoolingLayer(takesLargest: Self.takesLargest, plan)
  }
}
