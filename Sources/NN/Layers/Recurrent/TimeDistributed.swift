public import Configuration

/// Applies a layer to each time step by itself: [steps, ...] becomes [steps, ...].
///
/// For layers with one input and one output that treat every row of a batch alike: the steps are
/// rows of a larger batch.
public struct TimeDistributed: LayerConfiguration {
  /// `time_distributed`.
  public static let name = "time_distributed"
  /// `TimeDistributed`.
  public static let kerasClass = "TimeDistributed"
  /// The layer.
  public var layer: any LayerConfiguration

  /// Describes a layer.
  public init(_ layer: any LayerConfiguration) { self.layer = layer }

  /// Reads `layer`.
  public init(options: inout Options) throws(ConfigurationError) {
    try self.init(&options, keras: false)
  }

  private init(_ options: inout Options, keras: Bool) throws(ConfigurationError) {
    guard let layer = try options.wrappedLayer("layer", keras: keras) else {
      throw options.error(
        "the key is missing: it says the layer, as `{dense: {units: 4}}`", "layer")
    }
    self.init(layer)
  }

  /// The layer.
  public var value: Value { ["layer": layer.namedValue] }

  /// Reads the configuration of Keras' `TimeDistributed`.
  public init(keras: inout Options) throws(ConfigurationError) {
    try self.init(&keras, keras: true)
  }

  /// Keras' `TimeDistributed`.
  public func kerasLayer() throws(NetworkError) -> (className: String, config: [Value.Entry]) {
    (Self.kerasClass, [.init("layer", try layer.kerasValue(name: type(of: layer).name))])
  }

  /// The steps, and the layer's output for one of them.
  public func outputShape(for input: [Int]) throws(NetworkError) -> [Int] {
    guard input.count >= 2, input[0] > 0 else {
      throw NetworkError("takes sequences of the shape [steps, ...], found \(input)")
    }
    let kind = type(of: layer).name
    let inner = Array(input.dropFirst())
    let outputs = try layer.outputShapes(for: [inner])
    guard outputs.count == 1 else {
      throw NetworkError("takes a layer with one output, and this \(kind) has \(outputs.count)")
    }
    // Such a layer looks at all rows of a batch together, Keras at those of one time step.
    guard layer.parameters(for: inner).allSatisfy(\.isTrained) else {
      throw NetworkError("cannot be applied to \(kind), which keeps statistics of its batch")
    }
    if layer.maskRole(forInputs: [inner]) == .makes {
      throw NetworkError("cannot be applied to \(kind), which makes a mask")
    }
    return [input[0]] + outputs[0]
  }

  /// Those of the layer.
  public func parameters(for input: [Int]) -> [ParameterSlot] {
    layer.parameters(for: Array(input.dropFirst()))
  }

  /// The layer's, for each step.
  public func operationCount(for inputs: [[Int]]) -> Int {
    guard let input = inputs.first, let steps = input.first else { return 0 }
    return steps.multipliedReportingOverflow(
      by: layer.operationCount(for: [Array(input.dropFirst())])
    ).partialValue
  }

  /// Whether the layer is one.
  public var isView: Bool { layer.isView }
  /// What the layer reads.
  public var backwardUse: BackwardUse { layer.backwardUse }
  /// The same time steps count.
  public var maskRole: MaskRole { .passes }
  /// The layer's.
  public var outputActivation: Activation? { layer.outputActivation }

  /// The same with the layer without its last activation.
  public func withoutOutputActivation() -> any LayerConfiguration {
    TimeDistributed(layer.withoutOutputActivation())
  }

  /// Whether the layer does.
  public var drawsNoise: Bool { layer.drawsNoise }

  /// Compiles the layer for a batch of all steps.
  public func makeLayer(_ plan: LayerPlan) throws(NetworkError) -> any Layer {
    try layer.makeLayer(
      LayerPlan(
        index: plan.index, batchSize: plan.batchSize * plan.inputShape[0],
        inputShapes: [Array(plan.inputShape.dropFirst())],
        outputShapes: [Array(plan.outputShape.dropFirst())], inputs: plan.inputs,
        outputs: plan.outputs, inputGradients: plan.inputGradients,
        outputGradients: plan.outputGradients, inputMasks: [nil], outputMask: nil,
        arena: plan.arena,
        engine: plan.engine, scratch: plan.scratch))
  }
}
