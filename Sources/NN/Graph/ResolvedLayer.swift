/// A layer whose shapes are known, with its place in the graph and in the flat parameter buffer.
public struct ResolvedLayer: Sendable {
  /// The name, unique in the network.
  public let name: String
  /// What the layer is.
  public let configuration: any LayerConfiguration
  /// The tensors that it reads and writes, as places in `Network.tensors`.
  public let inputs: [Int], outputs: [Int]
  /// One sample's shapes, without the batch axis.
  public let inputShapes: [[Int]], outputShapes: [[Int]]
  /// The arrays of weights in Keras' order; those of the other layer where it shares them.
  ///
  /// Empty for a frozen layer.
  public let parameters: [Parameter]
  /// The same of a frozen layer, whose arrays lie in `Network.frozen`.
  public let frozenParameters: [Parameter]
  /// Whether its weights stay as they are, and it runs as in a prediction.
  public let isFrozen: Bool
  /// The place of the layer whose weights these are; nil when they are its own.
  public let sharing: Int?

  /// One array of weights: `kernel` or `bias`.
  public struct Parameter: Sendable {
    /// The name within the layer.
    public let name: String
    /// The shape, row-major.
    public let shape: [Int]
    /// Where the array lies in the flat parameter buffer.
    public let range: Range<Int>
    /// The values before training.
    public let initializer: Initializer
    /// Whether a gradient changes it.
    public let isTrained: Bool
    /// A penalty on its size that enters the loss.
    public let regularizer: Regularizer?
    /// Whether a number below 0 counts as 0, as a variance that many workers have moved at once does.
    public let isVariance: Bool
  }

  /// One sample's shape of the first input.
  public var inputShape: [Int] { inputShapes[0] }
  /// One sample's shape of the first output.
  public var outputShape: [Int] { outputShapes[0] }
  /// The floats of the weights; 0 when they are another layer's.
  public var parameterCount: Int {
    sharing == nil ? storedParameters.reduce(0) { $0 + $1.range.count } : 0
  }
  /// The arrays of a model file, wherever they lie.
  var storedParameters: [Parameter] { isFrozen ? frozenParameters : parameters }
  /// Where the weights begin that a gradient changes, and the others; nil without any.
  var trainedStart: Int? { parameters.first { $0.isTrained }?.range.lowerBound }
  var stateStart: Int? { parameters.first { !$0.isTrained }?.range.lowerBound }
  /// The same of a frozen layer, in the buffer of frozen weights.
  var frozenTrainedStart: Int? { frozenParameters.first { $0.isTrained }?.range.lowerBound }
  var frozenStateStart: Int? { frozenParameters.first { !$0.isTrained }?.range.lowerBound }
}

/// What flows between layers: one sample's shape, and where it comes from.
public struct TensorDescription: Sendable, Equatable {
  /// One sample's shape.
  public let shape: [Int]
  /// The layer that writes it; nil for an input of the network.
  public let producer: Int?

  /// The floats of one sample.
  public var count: Int { shape.reduce(1, *) }
}
