public import Configuration

/// What a user writes about one layer: its options, without weights, shapes or memory.
///
/// A configuration becomes a `Layer` when an `Executor` compiles the network for a batch size.
/// Shapes are of one sample, without the batch axis.
///
/// Most layers have one input and one output: they implement `outputShape(for:)` and, where they
/// have weights, `parameters(for:)`. Layers with several of either implement the plural forms.
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

  /// How Keras calls the layer in a Functional model.
  var kerasCall: KerasCall { get }
  /// The layer with what Keras says in its call.
  /// - Throws: `NetworkError` for an argument that the layer does not know.
  func called(with arguments: [Value.Entry]) throws(NetworkError) -> any LayerConfiguration

  /// The shape of the output for an input of the shape `input`.
  /// - Throws: `NetworkError` when the layer cannot take such an input.
  func outputShape(for input: [Int]) throws(NetworkError) -> [Int]
  /// The shapes of all outputs for inputs of these shapes.
  /// - Throws: `NetworkError` when the layer cannot take such inputs, or so many.
  func outputShapes(for inputs: [[Int]]) throws(NetworkError) -> [[Int]]
  /// The arrays of weights, in Keras' order.
  func parameters(for input: [Int]) -> [ParameterSlot]
  /// The arrays of weights of a layer with these inputs, in Keras' order.
  func parameters(forInputs inputs: [[Int]]) -> [ParameterSlot]
  /// Floating-point operations of a forward pass of one sample; a product and its addition are two.
  func operationCount(for inputs: [[Int]]) -> Int
  /// Whether the output is the input's memory with another shape: no layer is compiled then.
  var isView: Bool { get }
  /// Whether dropout or noise makes two training passes over the same rows differ.
  var drawsNoise: Bool { get }
  /// The input that a prediction hands on unchanged, for a layer that Keras has no class for: what
  /// Keras opens is the network without the layer.
  var kerasStandIn: Int? { get }
  /// Which values the backward pass reads: what it does not read may be overwritten before.
  var backwardUse: BackwardUse { get }
  /// What becomes of a mask of the input's time steps; see `MaskRole`.
  var maskRole: MaskRole { get }
  /// The same for inputs of these shapes, where it depends on them.
  func maskRole(forInputs inputs: [[Int]]) -> MaskRole
  /// The activation that the layer applies last, if that is a thing a loss may take over.
  var outputActivation: Activation? { get }
  /// The same layer without its last activation: a loss that takes it over sees the logits.
  func withoutOutputActivation() -> any LayerConfiguration
  /// Compiles the layer for the memory and the batch size of `plan`.
  func makeLayer(_ plan: LayerPlan) throws(NetworkError) -> any Layer
}

extension LayerConfiguration {
  /// Does not know: layers with several inputs or outputs answer `outputShapes(for:)`.
  public func outputShape(for input: [Int]) throws(NetworkError) -> [Int] {
    throw NetworkError("a layer of the kind \(Self.name) takes more than one input")
  }
  /// The one output of a layer with one input.
  public func outputShapes(for inputs: [[Int]]) throws(NetworkError) -> [[Int]] {
    guard inputs.count == 1 else {
      throw NetworkError(
        "a layer of the kind \(Self.name) takes one input, found \(inputs.count): put `add`, "
          + "`concatenate` or the like before it")
    }
    return [try outputShape(for: inputs[0])]
  }
  /// No weights.
  public func parameters(for input: [Int]) -> [ParameterSlot] { [] }
  /// Those of the first input.
  public func parameters(forInputs inputs: [[Int]]) -> [ParameterSlot] {
    parameters(for: inputs.first ?? [])
  }
  /// One for each number of the outputs, and none for a view.
  public func operationCount(for inputs: [[Int]]) -> Int {
    guard !isView, let outputs = try? outputShapes(for: inputs) else { return 0 }
    return outputs.reduce(0) { $0 + ($1.shapeCount ?? 0) }
  }
  /// With its inputs alone.
  public var kerasCall: KerasCall { KerasCall() }
  /// The layer itself; most know no arguments.
  public func called(
    with arguments: [Value.Entry]
  ) throws(NetworkError) -> any LayerConfiguration {
    if let argument = arguments.first {
      throw NetworkError("is called with '\(argument.key)', which is not supported")
    }
    return self
  }
  /// False: most layers compute something.
  public var isView: Bool { false }
  /// False: most layers are functions of their inputs.
  public var drawsNoise: Bool { false }
  /// Nil: Keras has the layer, or another program can register it.
  public var kerasStandIn: Int? { nil }
  /// Both.
  public var backwardUse: BackwardUse { [.inputs, .outputs] }
  /// The mask ends here.
  public var maskRole: MaskRole { .drops }
  /// That of inputs of any shapes.
  public func maskRole(forInputs inputs: [[Int]]) -> MaskRole { maskRole }
  /// Nil: most layers end without an activation.
  public var outputActivation: Activation? { nil }
  /// The layer itself.
  public func withoutOutputActivation() -> any LayerConfiguration { self }
}

/// The values of its forward pass that a layer's backward pass reads.
public struct BackwardUse: OptionSet, Sendable {
  /// The bits.
  public let rawValue: Int
  /// Makes a set of bits.
  public init(rawValue: Int) { self.rawValue = rawValue }
  /// What the layer has read.
  public static let inputs = BackwardUse(rawValue: 1)
  /// What the layer has written.
  public static let outputs = BackwardUse(rawValue: 2)
}

/// What a layer does with the masks that say which time steps of its inputs are there.
///
/// A mask has one float for each time step of each sample, 1 or 0. Layers that read masks find one for
/// each input in their plan. All outputs with two axes or more have the output's mask, and must have as
/// many time steps as it has.
public enum MaskRole: Sendable {
  /// It ends here: the output has no time steps, or all of them count.
  case drops
  /// The output has that of the first input.
  case passes
  /// A step counts where it does in any input, as in Keras' `Merge`: without a mask of one of them all
  /// steps count.
  case unites
  /// The masks stand one behind the other, as their inputs along the time axis; all steps of an input
  /// without a mask count.
  case joins
  /// The layer writes a new one.
  case makes
}

/// One array of weights of a layer: its name within the layer, its shape, how it begins.
public struct ParameterSlot: Sendable {
  /// `kernel`, `bias`.
  public var name: String
  /// The array's shape, row-major, as in Keras.
  public var shape: [Int]
  /// The values before training.
  public var initializer: Initializer
  /// Whether a gradient changes it; otherwise the layer itself does: moving averages.
  public var isTrained: Bool
  /// A penalty on its size that enters the loss.
  public var regularizer: Regularizer?
  /// Whether a number below 0 counts as 0 here, and is written as 0 into a model file.
  public var isVariance: Bool

  /// Describes an array.
  public init(
    _ name: String, shape: [Int], initializer: Initializer, isTrained: Bool = true,
    regularizer: Regularizer? = nil, isVariance: Bool = false
  ) {
    self.isVariance = isVariance
    self.name = name
    self.shape = shape
    self.initializer = initializer
    self.isTrained = isTrained
    self.regularizer = regularizer
  }

  /// The number of floats; `Int.max` for a shape that has more than can be counted.
  public var count: Int { shape.shapeCount ?? .max }
}

/// How Keras calls a layer in a Functional model.
public struct KerasCall: Sendable {
  /// Inputs that it takes as arguments of their own; fewer are repeated.
  ///
  /// 1: all inputs are one argument.
  public var leastInputs: Int
  /// What else stands in the call.
  public var arguments: [Value.Entry]
  /// Whether inputs behind the first are states to begin with: a list as the second argument.
  public var hasStates: Bool

  /// Describes a call.
  public init(leastInputs: Int = 1, arguments: [Value.Entry] = [], hasStates: Bool = false) {
    self.leastInputs = leastInputs
    self.arguments = arguments
    self.hasStates = hasStates
  }
}
