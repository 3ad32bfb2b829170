/// A layer whose shapes are known, with its place in the flat parameter buffer.
public struct ResolvedLayer: Sendable {
  /// The name, unique in the network.
  public let name: String
  /// What the layer is.
  public let configuration: any LayerConfiguration
  /// One sample's shapes, without the batch axis.
  public let inputShape: [Int], outputShape: [Int]
  /// The trained arrays in Keras' order.
  public let parameters: [Parameter]

  /// One trained array: `kernel` or `bias`.
  public struct Parameter: Sendable {
    /// The name within the layer.
    public let name: String
    /// The shape, row-major.
    public let shape: [Int]
    /// Where the array lies in the flat parameter buffer.
    public let range: Range<Int>
    /// The values before training.
    public let initializer: Initializer
  }

  /// The number of trained floats.
  public var parameterCount: Int { parameters.reduce(0) { $0 + $1.range.count } }
}

/// A network: layers in order with all shapes resolved, and the layout of its one flat parameter
/// buffer.
///
/// It owns no weights and no memory; see `Executor`.
public struct Network: Sendable {
  /// The network's name in the model file.
  public let name: String
  /// One sample's shape.
  public let inputShape: [Int]
  /// The layers from input to output.
  public let layers: [ResolvedLayer]
  /// The floats of the flat parameter buffer.
  public let parameterCount: Int

  /// Far beyond any machine's memory, and far from where counts overflow.
  private static var largestParameterCount: Int { 1 << 40 }
  /// The numbers that one sample may have in any layer: 8 GB.
  private static var largestSampleCount: Int { Int(Int32.max) }

  private static func isCountable(_ shape: [Int]) -> Bool {
    shape.shapeCount.map { $0 <= largestSampleCount } ?? false
  }

  /// Resolves the shapes of `layers` for samples of the shape `inputShape`.
  /// - Throws: `NetworkError` that names the layer whose shape does not fit.
  public init(name: String = "sounder", inputShape: [Int], layers: [NamedLayer])
    throws(NetworkError)
  {
    guard !layers.isEmpty else { throw NetworkError("a network needs at least one layer") }
    guard inputShape.allSatisfy({ $0 > 0 }) else {
      throw NetworkError("samples of the shape \(inputShape) hold no numbers")
    }
    guard Self.isCountable(inputShape) else {
      throw NetworkError(
        "samples of the shape \(inputShape) hold more than \(Self.largestSampleCount) numbers")
    }
    self.name = name
    self.inputShape = inputShape
    let names = try Self.names(for: layers)
    var shape = inputShape
    var resolved: [ResolvedLayer] = []
    var offset = 0
    for (name, layer) in zip(names, layers.map(\.layer)) {
      let output: [Int]
      do throws(NetworkError) { output = try layer.outputShape(for: shape) } catch {
        throw NetworkError("layer '\(name)': \(error.description)", exitCode: error.exitCode)
      }
      guard Self.isCountable(output) else {
        throw NetworkError(
          "layer '\(name)': its output of the shape \(output) has more than "
            + "\(Self.largestSampleCount) numbers in each sample: make it smaller")
      }
      var parameters: [ResolvedLayer.Parameter] = []
      for slot in layer.parameters(for: shape) {
        guard slot.count <= Self.largestParameterCount - offset else {
          throw NetworkError(
            "layer '\(name)': the network has more than \(Self.largestParameterCount) parameters up "
              + "to here: use fewer units")
        }
        parameters.append(
          ResolvedLayer.Parameter(
            name: slot.name, shape: slot.shape, range: offset..<offset + slot.count,
            initializer: slot.initializer))
        offset += slot.count
      }
      resolved.append(
        ResolvedLayer(
          name: name, configuration: layer, inputShape: shape, outputShape: output,
          parameters: parameters))
      shape = output
    }
    self.layers = resolved
    parameterCount = offset
  }

  /// One sample's output shape.
  public var outputShape: [Int] { layers.last?.outputShape ?? inputShape }
  /// The floats of one sample.
  public var inputCount: Int { inputShape.reduce(1, *) }
  /// The floats of one sample's output.
  public var outputCount: Int { outputShape.reduce(1, *) }

  /// Writes the values before training; the same for the same seed, whatever the machine's size.
  public func initialize(_ parameters: UnsafeMutableBufferPointer<Float>, seed: UInt64) {
    precondition(
      parameters.count == parameterCount,
      "\(parameters.count) floats for \(parameterCount) parameters")
    for (index, layer) in layers.enumerated() {
      for (slot, parameter) in layer.parameters.enumerated() {
        var generator = RandomGenerator(
          seed: RandomGenerator.hash(seed, UInt64(index), UInt64(slot)))
        parameter.initializer.fill(
          UnsafeMutableBufferPointer(rebasing: parameters[parameter.range]),
          shape: parameter.shape, using: &generator)
      }
    }
  }

  /// The given names, and Keras' way for the others: `dense`, `dense_1`.
  private static func names(for layers: [NamedLayer]) throws(NetworkError) -> [String] {
    var taken = Set<String>()
    for name in layers.compactMap(\.name) {
      guard taken.insert(name).inserted else {
        throw NetworkError("two layers are named '\(name)'")
      }
    }
    return layers.map { layer in
      if let name = layer.name { return name }
      let kind = type(of: layer.layer).name
      var name = kind
      var number = 0
      while !taken.insert(name).inserted {
        number += 1
        name = "\(kind)_\(number)"
      }
      return name
    }
  }
}
