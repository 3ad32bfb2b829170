public import Configuration

/// What a user writes about one layer: its options, without weights, shapes or memory.
///
/// A configuration becomes a `Layer` when an `Executor` compiles the network for a batch size.
/// Shapes are of one sample, without the batch axis.
public protocol LayerConfiguration: Sendable {
  /// The layer's name in a job file: `dense`.
  static var name: String { get }
  /// The class of Keras that the layer equals: `Dense`.
  static var kerasClass: String { get }

  /// Reads the job file's options.
  ///
  /// The caller finishes them.
  init(options: inout Options) throws(ConfigurationError)
  /// The options as the job file has them, defaults included.
  var value: Value { get }

  /// Reads Keras' own configuration, of Keras 2 or 3.
  ///
  /// The caller finishes it.
  init(keras: inout Options) throws(ConfigurationError)
  /// The class and the configuration that Keras 2 and 3 both read, without the layer's name.
  /// - Throws: `NetworkError` for an option that Keras has no word for.
  func kerasLayer() throws(NetworkError) -> (className: String, config: [Value.Entry])

  /// The shape of the output for inputs of the shape `input`.
  /// - Throws: `NetworkError` when the layer cannot take such an input.
  func outputShape(for input: [Int]) throws(NetworkError) -> [Int]
  /// The trained arrays, in Keras' order.
  func parameters(for input: [Int]) -> [ParameterSlot]
  /// Whether the output is the input's memory with another shape: no layer is compiled then.
  var isView: Bool { get }
  /// The activation that the layer applies last, if that is a thing a loss may take over.
  var outputActivation: Activation? { get }
  /// The same layer without its last activation: a loss that takes it over sees the logits.
  func withoutOutputActivation() -> any LayerConfiguration
  /// Compiles the layer for the memory and the batch size of `plan`.
  func makeLayer(_ plan: LayerPlan) throws(NetworkError) -> any Layer
}

extension LayerConfiguration {
  /// False: most layers compute something.
  public var isView: Bool { false }
  /// Nil: most layers end without an activation.
  public var outputActivation: Activation? { nil }
  /// The layer itself.
  public func withoutOutputActivation() -> any LayerConfiguration { self }
  /// No trained arrays.
  public func parameters(for input: [Int]) -> [ParameterSlot] { [] }
}

/// One trained array of a layer: its name within the layer, its shape, how it begins.
public struct ParameterSlot: Sendable {
  /// `kernel`, `bias`.
  public var name: String
  /// The array's shape, row-major, as in Keras.
  public var shape: [Int]
  /// The values before training.
  public var initializer: Initializer

  /// Describes a trained array.
  public init(_ name: String, shape: [Int], initializer: Initializer) {
    self.name = name
    self.shape = shape
    self.initializer = initializer
  }

  /// The number of floats; `Int.max` for a shape that has more than can be counted.
  public var count: Int { shape.shapeCount ?? .max }
}
