/// A network: a graph of layers in an order in which they can run, with all shapes resolved, and the
/// layout of its one flat parameter buffer.
///
/// The buffer has the arrays that gradients change first, layer by layer, then those that layers
/// change themselves (moving averages). It owns no weights and no memory; see `Executor`.
///
/// Weights of frozen layers are no part of it: they belong to the network itself (`frozen`), so that
/// nothing that trains can change them, and no optimizer, gradient or message has room for them.
///
/// A row of data holds all inputs of the network one after the other, and a row of results all
/// outputs.
public struct Network: Sendable {
  /// The network's name in the model file.
  public let name: String
  /// What it reads.
  public let inputs: [NetworkInput]
  /// The layers, each after those that it reads.
  public let layers: [ResolvedLayer]
  /// What flows between them: the network's inputs first.
  public let tensors: [TensorDescription]
  /// What it gives, as places in `tensors`.
  public let outputs: [Int]
  /// The floats of the flat parameter buffer.
  public let parameterCount: Int
  /// The first of them, which gradients change.
  public let trainedCount: Int
  /// The floats of the frozen layers' weights.
  public let frozenCount: Int
  /// The frozen layers' weights, `frozenCount` floats, layer by layer; empty until they are known.
  public private(set) var frozen: [Float] = []
  /// The files whose weights a training begins with.
  public private(set) var pretrained: [PretrainedWeights] = []

  /// Resolves the shapes of a stack of layers for samples of the shape `inputShape`.
  ///
  /// Layers may still name what they read; the only input is called `input`.
  /// - Throws: `NetworkError` that names the layer whose shape does not fit.
  public init(
    name: String = "sounder", inputShape: [Int], layers: [NamedLayer], outputs: [String]? = nil
  ) throws(NetworkError) {
    var input = "input"
    while layers.contains(where: { $0.name == input }) { input += "_" }
    try self.init(
      name: name, inputs: [NetworkInput(input, shape: inputShape)], layers: layers,
      outputs: outputs)
  }

  /// Resolves the shapes of a graph of layers.
  ///
  /// - Parameters:
  ///   - name: The network's name in the model file.
  ///   - inputs: What it reads, at least one.
  ///   - layers: Each after those that it reads.
  ///   - outputs: The names of what it gives; nil for the last layer.
  /// - Throws: `NetworkError` that names the layer whose name or shape does not fit, or that leads to
  ///   no output.
  public init(
    name: String = "sounder", inputs: [NetworkInput], layers: [NamedLayer],
    outputs: [String]? = nil
  ) throws(NetworkError) {
    var builder = GraphBuilder()
    try builder.add(inputs)
    try builder.add(layers)
    self.outputs = try builder.outputs(outputs)
    try builder.checkUse(outputs: self.outputs)
    try builder.checkParameters()
    self.name = name
    self.inputs = inputs
    (self.layers, trainedCount, parameterCount, frozenCount) = builder.layout()
    tensors = builder.tensors
  }

  /// The same network with the weights of its frozen layers.
  public func withFrozen(_ values: [Float]) -> Network {
    precondition(
      values.count == frozenCount, "\(values.count) floats for \(frozenCount) frozen ones")
    var network = self
    network.frozen = values
    return network
  }

  /// The same network, which begins with the weights of files.
  func beginning(with weights: [PretrainedWeights]) -> Network {
    var network = self
    network.pretrained = weights
    return network
  }

  /// The error for a frozen layer whose weights nothing says.
  func unknownWeights(of layer: ResolvedLayer) -> NetworkError {
    NetworkError(
      "layer '\(layer.name)' is frozen, and nothing says what its weights are: name a file that has "
        + "them in network.weights, or train the layer")
  }

  /// Throws when frozen layers have no weights yet.
  func requireFrozen() throws(NetworkError) {
    guard frozen.count != frozenCount,
      let layer = layers.first(where: { !$0.frozenParameters.isEmpty })
    else { return }
    throw unknownWeights(of: layer)
  }

  /// Throws when a frozen layer stands behind one that is trained: a gradient would have to pass it.
  func requireFrozenFirst() throws(NetworkError) {
    var trained: [Int?] = tensors.map { _ in nil }
    for (index, layer) in layers.enumerated() {
      let source = layer.inputs.lazy.compactMap { trained[$0] }.first
      if layer.isFrozen, let source {
        throw NetworkError(
          "layer '\(layer.name)' is frozen and behind '\(layers[source].name)', which is trained: frozen "
            + "layers come first; freeze that one, too, or train this one")
      }
      let own = layer.parameters.contains(where: \.isTrained) ? index : nil
      for output in layer.outputs { trained[output] = own ?? source }
    }
  }

  /// One sample's shape; of several inputs the sum of their numbers.
  public var inputShape: [Int] { inputs.count == 1 ? inputs[0].shape : [inputCount] }
  /// One sample's output shape; of several outputs the sum of their numbers.
  public var outputShape: [Int] {
    outputs.count == 1 ? tensors[outputs[0]].shape : [outputCount]
  }
  /// The floats of one sample.
  public var inputCount: Int { inputs.reduce(0) { $0 + $1.count } }
  /// The floats of one sample's outputs.
  public var outputCount: Int { outputs.reduce(0) { $0 + tensors[$1].count } }

  /// Whether each layer reads the one before it, and nothing else happens.
  public var isStack: Bool {
    guard inputs.count == 1, outputs == [tensors.count - 1] else { return false }
    return layers.enumerated().allSatisfy { index, layer in
      layer.inputs == [index] && layer.outputs == [index + 1] && layer.sharing == nil
        && layer.configuration.kerasCall.leastInputs == 1
    }
  }

  /// Floating-point operations of a forward pass of one sample.
  public var operationCount: Int {
    layers.reduce(0) { $0 + $1.configuration.operationCount(for: $1.inputShapes) }
  }

  /// Writes the values before training; the same for the same seed, whatever the machine's size.
  public func initialize(_ parameters: UnsafeMutableBufferPointer<Float>, seed: UInt64) {
    precondition(
      parameters.count == parameterCount,
      "\(parameters.count) floats for \(parameterCount) parameters")
    for (index, layer) in layers.enumerated() where layer.sharing == nil {
      for (slot, parameter) in layer.parameters.enumerated() {
        var generator = RandomGenerator(
          seed: RandomGenerator.hash(seed, UInt64(index), UInt64(slot)))
        parameter.initializer.fill(
          UnsafeMutableBufferPointer(rebasing: parameters[parameter.range]),
          shape: parameter.shape, using: &generator)
      }
    }
  }
}
