internal import Configuration
public import NN

/// A layer as a job file has it, with what it reads: every test that runs over all layers takes these.
public struct LayerSample: Sendable, CustomStringConvertible {
  /// The item of `network.layers`.
  public let text: String
  /// One sample's shapes of its inputs.
  public let inputs: [[Int]]
  /// For layers that read whole numbers: how many there are, from 0.
  public let indexCount: Int?
  /// How wide central differences are; smaller where kinks are many.
  public let width: Float
  /// The inputs whose time steps have a mask; if there are any, all inputs are embedded words.
  public let masked: [Int]

  /// Describes a sample.
  public init(
    _ text: String, inputs: [[Int]] = [[6]], indexCount: Int? = nil, width: Float = 1e-2,
    masked: [Int] = []
  ) {
    self.text = text
    self.inputs = inputs
    self.indexCount = masked.isEmpty ? indexCount : 3
    self.width = width
    self.masked = masked
  }

  /// The item and the shapes.
  public var description: String {
    "\(text) of \(inputs)" + (masked.isEmpty ? "" : ", masked \(masked)")
  }

  /// The layer.
  public func layer() throws -> any LayerConfiguration {
    try LayerRegistry.layer(try Value(yaml: text, file: "job.yaml"), at: ["layers", "0"]).layer
  }

  /// A network around the layer, so that its inputs' gradients are those of weights: a dense layer for
  /// each of its inputs, the layer itself, `layer`, and a dense layer over all of its outputs.
  public func network() throws -> Network {
    let layer = try layer()
    var layers: [NamedLayer] = []
    var names: [String] = []
    if !masked.isEmpty { return try maskedNetwork(layer) }
    let reads = indexCount == nil ? [5] : inputs[0]
    for (index, shape) in inputs.enumerated() where indexCount == nil {
      layers.append(
        NamedLayer(
          "in_\(index)", Dense(units: shape.reduce(1, *), activation: .tanh), inputs: ["input"]))
      layers.append(NamedLayer("shape_\(index)", Reshape(shape)))
      names.append("shape_\(index)")
    }
    layers.append(NamedLayer("layer", layer, inputs: names.isEmpty ? ["input"] : names))
    return try Network(name: "sample", inputShape: reads, layers: layers + tail(layer))
  }

  /// The same with an embedding of words for each input; word 0 is none.
  private func maskedNetwork(_ layer: any LayerConfiguration) throws -> Network {
    let places = inputs.indices
    let words = places.map { place in
      NamedLayer(
        "words_\(place)",
        Embedding(
          inputDim: 3, outputDim: inputs[place][1], embeddingsInitializer: .orthogonal(gain: 1),
          maskZero: masked.contains(place)), inputs: ["input_\(place)"])
    }
    let own = NamedLayer("layer", layer, inputs: places.map { "words_\($0)" })
    return try Network(
      name: "sample", inputs: places.map { NetworkInput("input_\($0)", shape: [inputs[$0][0]]) },
      layers: words + [own] + tail(layer))
  }

  /// A dense layer over all outputs of the layer.
  private func tail(_ layer: any LayerConfiguration) throws -> [NamedLayer] {
    var layers: [NamedLayer] = []
    let outputs = try layer.outputShapes(for: inputs)
    var flat: [String] = []
    for index in outputs.indices {
      layers.append(NamedLayer("flat_\(index)", Flatten(), inputs: ["layer:\(index)"]))
      flat.append("flat_\(index)")
    }
    if flat.count > 1 { layers.append(NamedLayer("all", Concatenate(), inputs: flat)) }
    return layers + [NamedLayer("out", Dense(units: 3))]
  }

  /// Fills a batch's features: numbers between -1 and 1, or indices.
  public func fill(
    _ features: UnsafeMutableBufferPointer<Float>, using generator: inout RandomGenerator
  ) {
    for i in features.indices {
      features[i] =
        indexCount.map { Float(generator.below($0)) } ?? Float(generator.uniform(-1, 1))
    }
  }
}

/// The samples of all layers.
public enum LayerSamples {
  /// All of them; each family of layers has a file of its own.
  public static let all: [LayerSample] = [core, convolution, recurrent, normalization, attention]
    .flatMap { $0 }

  /// Those of one kind of layer.
  public static func of(_ type: any LayerConfiguration.Type) -> [LayerSample] {
    all.filter { sample in (try? sample.layer()).map { Swift.type(of: $0).name } == type.name }
  }

  static let core: [LayerSample] =
    [
      LayerSample("dense: {units: 4}"),
      LayerSample(
        "dense: {units: 4, kernel_regularizer: {l2: 0.1}, bias_regularizer: {l1: {l1: 0.05}}, "
          + "bias_initializer: {constant: {value: 0.3}}}"),
      LayerSample("dense: {units: 3, use_bias: false, activation: tanh}"),
      LayerSample("dense: {units: 20, activation: gelu, kernel_initializer: orthogonal}"),
      LayerSample("dense: {units: 4, activation: relu}", inputs: [[2, 3, 5]], width: 2e-3),
      LayerSample("leaky_relu: {negative_slope: 0.4}"), LayerSample("elu: {alpha: 0.5}"),
      LayerSample("softmax", inputs: [[2, 3]]), LayerSample("dropout: {rate: 0.4}"),
      LayerSample("dropout: {rate: 0.2}", inputs: [[2, 3]]), LayerSample("flatten"),
      LayerSample("flatten", inputs: [[2, 3]]), LayerSample("reshape: {target_shape: [2, -1]}"),
      LayerSample("add", inputs: [[2, 3], [2, 3], [2, 3]]),
      LayerSample("subtract", inputs: [[6], [6]]),
      LayerSample("multiply", inputs: [[6], [6], [6]]),
      LayerSample("average", inputs: [[6], [6]]),
      LayerSample("maximum", inputs: [[6], [6], [6]], width: 1e-3),
      LayerSample("minimum", inputs: [[6], [6]], width: 1e-3),
      LayerSample("concatenate", inputs: [[6], [2]]),
      LayerSample("concatenate: {axis: 1}", inputs: [[1, 3], [2, 3]]),
      LayerSample("concatenate: {axis: -2}", inputs: [[2, 2, 3], [2, 1, 3]]),
      LayerSample("add", inputs: [[4, 3], [4, 3]], masked: [0, 1]),
      LayerSample("multiply", inputs: [[4, 3], [4, 3]], masked: [0, 1]),
      LayerSample("maximum", inputs: [[4, 3], [4, 3]], width: 1e-3, masked: [0]),
      LayerSample("concatenate: {axis: 1}", inputs: [[2, 3], [4, 3]], masked: [1]),
      LayerSample("concatenate", inputs: [[4, 3], [4, 2]], masked: [0, 1]),
      LayerSample("permute: {dims: [2, 1]}", inputs: [[2, 3]]),
      LayerSample("permute: {dims: [3, 1, 2]}", inputs: [[2, 3, 4]]),
      LayerSample("spatial_dropout1d: {rate: 0.4}", inputs: [[3, 4]]),
      LayerSample("spatial_dropout2d: {rate: 0.4}", inputs: [[2, 2, 4]]),
      LayerSample("spatial_dropout3d: {rate: 0.4}", inputs: [[2, 1, 2, 4]]),
      LayerSample("gaussian_noise: {stddev: 0.3}"), LayerSample("gaussian_dropout: {rate: 0.2}"),
      LayerSample("normal_sampling", inputs: [[6], [6]]),
      LayerSample("normal_sampling: {kl_weight: 0.3}", inputs: [[2, 3], [2, 3]]),
    ]
    // Shrinking functions have a jump or kinks amid the numbers of these networks; Keras has no serial
    // form of `threshold`, which is written as the equal `relu`.
    + Activation.Function.allCases.filter { $0 != .threshold }.map {
      LayerSample(
        "activation: {function: \($0.rawValue)}",
        width: $0.rawValue.contains("shrink") ? 1e-3 : 1e-2)
    }
}
