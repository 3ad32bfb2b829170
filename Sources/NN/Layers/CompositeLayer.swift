public import Configuration

/// A block that a user names as one layer and that is a graph of other layers.
///
/// It is written out where a network is resolved: the table of layers, the model file and Keras see the
/// layers that it consists of.
public protocol CompositeLayer: LayerConfiguration {
  /// The block's layers, each named; the last gives the block's output.
  ///
  /// - Parameters:
  ///   - name: The block's name, with which all names begin.
  ///   - inputs: The names of what it reads.
  ///   - shapes: Their shapes, of one sample.
  /// - Returns: The layers in order.
  /// - Throws: `NetworkError` when the block cannot take such inputs.
  func layers(
    named name: String, inputs: [String], shapes: [[Int]]
  ) throws(NetworkError) -> [NamedLayer]
}

extension CompositeLayer {
  /// None: Keras sees the layers that the block consists of.
  public static var kerasClass: String { "sounder>\(name)" }

  /// A model file never holds a block.
  public init(keras: inout Options) throws(ConfigurationError) {
    throw ConfigurationError(
      "a block of the kind \(Self.name) is written as its layers", at: keras.keyPath,
      origin: keras.origin)
  }

  /// A model file never holds a block.
  public func kerasLayer() throws(NetworkError) -> (className: String, config: [Value.Entry]) {
    throw NetworkError("is a block, which is written as its layers")
  }

  /// The shape of the last layer's output.
  public func outputShapes(for inputs: [[Int]]) throws(NetworkError) -> [[Int]] {
    var builder = GraphBuilder()
    let names = inputs.indices.map { "input_\($0)" }
    try builder.add(zip(names, inputs).map { NetworkInput($0, shape: $1) })
    try builder.add([NamedLayer("block", self, inputs: names)])
    return [builder.tensors[builder.tensors.count - 1].shape]
  }

  /// A block is never compiled as one.
  public func makeLayer(_ plan: LayerPlan) throws(NetworkError) -> any Layer {
    throw NetworkError("is a block, which is compiled as its layers")
  }
}
