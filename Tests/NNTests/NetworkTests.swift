import Configuration
import LayerSamples
import NN
import Testing

@Suite("Network")
struct NetworkTests {
  private let perceptron: [any LayerConfiguration] = [
    Flatten(), Dense(units: 256, activation: .relu), Dense(units: 256, activation: .relu),
    Dense(units: 10, activation: .softmax),
  ]

  private func network(_ layers: [any LayerConfiguration], _ shape: [Int]) throws -> Network {
    try Network(inputShape: shape, layers: layers.map { NamedLayer(nil, $0) })
  }

  @Test("Shapes, names and the flat parameter buffer are resolved as Keras does")
  func resolved() throws {
    let network = try network(perceptron, [28, 28])
    #expect(network.parameterCount == 269_322)
    #expect(network.layers.map(\.name) == ["flatten", "dense", "dense_1", "dense_2"])
    #expect(network.outputShape == [10])
    let parameters = network.layers.flatMap(\.parameters)
    #expect(parameters.map(\.name) == ["kernel", "bias", "kernel", "bias", "kernel", "bias"])
    #expect(parameters[0].shape == [784, 256])
    var end = 0
    for parameter in parameters {
      #expect(parameter.range.lowerBound == end)
      #expect(parameter.range.count == parameter.shape.reduce(1, *))
      end = parameter.range.upperBound
    }
    #expect(end == network.parameterCount)
  }

  @Test("A given name is kept and not given twice")
  func names() throws {
    let layers = [NamedLayer(nil, Flatten()), NamedLayer("flatten", Flatten())]
    let network = try Network(inputShape: [4], layers: layers)
    #expect(network.layers.map(\.name) == ["flatten_1", "flatten"])
    #expect(throws: NetworkError.self) {
      try Network(
        inputShape: [4], layers: [NamedLayer("a", Flatten()), NamedLayer("a", Flatten())])
    }
  }

  @Test("A shape that does not fit is an error that names the layer")
  func shapes() throws {
    let error = #expect(throws: NetworkError.self) {
      try network([Flatten(), Reshape([3, -1])], [2, 5])
    }
    #expect(error?.description.hasPrefix("layer 'reshape': the shape [3, -1] cannot hold") == true)
    #expect(error?.exitCode == 65)
    #expect(throws: NetworkError.self) { try network([Dense(units: 2)], []) }
    #expect(throws: NetworkError.self) { try network([Dense(units: 2)], [0]) }
    #expect(throws: NetworkError.self) { try network([], [3]) }
  }

  @Test("The table lists every layer and adds up")
  func table() throws {
    let network = try network(perceptron, [28, 28])
    #expect(network.table.map(\.parameterCount) == [0, 200_960, 65_792, 2_570])
    let lines = network.tableText.split(separator: "\n")
    #expect(lines.count == 7)
    #expect(lines[3] == "dense    dense    256          200960  401664")
    #expect(lines[6].hasSuffix("269322  538122"))
    #expect(Set(lines.map(\.count)).count == 1)
  }

  @Test("Equal seeds begin equally, others differently")
  func seeds() throws {
    let network = try network(perceptron, [28, 28])
    func beginning(_ seed: UInt64) -> [Float] {
      [Float](unsafeUninitializedCapacity: network.parameterCount) { buffer, count in
        network.initialize(UnsafeMutableBufferPointer(rebasing: buffer[...]), seed: seed)
        count = network.parameterCount
      }
    }
    #expect(beginning(1) == beginning(1))
    #expect(beginning(1) != beginning(2))
    let kernels = network.layers.flatMap(\.parameters).filter { $0.name == "kernel" }
    let values = beginning(1)
    for kernel in kernels {
      let limit = (6 / Float(kernel.shape[0] + kernel.shape[1])).squareRoot()
      let largest = values[kernel.range].map(abs).max() ?? 0
      #expect(largest <= limit && largest > 0.99 * limit)
    }
  }

  @Test("Keras' configuration reads back the same", arguments: LayerSamples.all)
  func kerasRoundTrip(_ sample: LayerSample) throws {
    let network = try sample.network()
    let config = try Value(json: try network.kerasModelConfig().json)
    let again = try Network(kerasModelConfig: config)
    #expect(again.inputs == network.inputs)
    #expect(again.layers.map(\.name) == network.layers.map(\.name))
    #expect(again.layers.map(\.inputs) == network.layers.map(\.inputs))
    for (layer, other) in zip(network.layers, again.layers) {
      #expect(other.configuration.value == layer.configuration.value)
      #expect(type(of: other.configuration).name == type(of: layer.configuration).name)
    }
  }

  @Test("A job file's options read back the same", arguments: LayerSamples.all)
  func jobRoundTrip(_ sample: LayerSample) throws {
    let layer = try sample.layer()
    let kind = type(of: layer).name
    let item = Value(.map([.init(kind, layer.value)]))
    #expect(try LayerRegistry.layer(item, at: []).layer.value == layer.value)
  }

  @Test(
    "Shapes and counts that do not fit into an Int are errors, not traps",
    arguments: [
      ([Flatten()], [1 << 62, 4]), ([Flatten()], [1 << 40]),
      ([Reshape([2_147_483_647, 2_147_483_647, 2_147_483_647])], [4]),
      ([Reshape([-1, 2_147_483_647, 2_147_483_647, 2_147_483_647])], [4]),
      ([Dense(units: 2_147_483_647)], [1 << 20, 1]),
      ([Dense(units: 2_147_483_647), Dense(units: 2_147_483_647)], [1]),
    ] as [([any LayerConfiguration], [Int])])
  func uncountable(_ layers: [any LayerConfiguration], _ shape: [Int]) throws {
    let error = #expect(throws: NetworkError.self) { try network(layers, shape) }
    #expect(error?.exitCode == 65)
    #expect(error?.description.contains("numbers") == true || layers.count == 2)
  }

  @Test("What is asked of a layer alone does not trap either")
  func uncountableAlone() throws {
    let shape = [1 << 62, 4]
    #expect(throws: NetworkError.self) { try Flatten().outputShape(for: shape) }
    #expect(throws: NetworkError.self) { try Reshape([4]).outputShape(for: shape) }
    let slots = Dense(units: 2_147_483_647).parameters(for: [1 << 62])
    #expect(slots.map(\.count) == [.max, 2_147_483_647])
  }

  @Test("A batch that no memory holds is an error before memory is asked for")
  func hugeBatch() throws {
    let network = try network([Flatten()], [1 << 30])
    var parameter: Float = 0
    let error = #expect(throws: NetworkError.self) {
      try withUnsafeMutablePointer(to: &parameter) {
        _ = try Executor(
          network, batchSize: 1 << 20, loss: nil, parameters: $0, gradient: nil)
      }
    }
    #expect(error?.description.contains("GiB") == true)
  }

  @Test("Keras' configuration is written in the dialect that Keras 2 and 3 both load")
  func kerasDialect() throws {
    let json = try network([Dense(units: 3, activation: .relu)], [5]).kerasModelConfig().json
    #expect(json.contains(#""batch_input_shape":[null,5]"#))
    #expect(json.contains(#""activation":"relu""#))
    #expect(json.contains(#""dtype":"float32""#))
    #expect(!json.contains("batch_shape") && !json.contains("DTypePolicy"))
  }

  @Test("What Keras has no word for is an error when written")
  func kerasUnrepresentable() throws {
    let leaky = Dense(units: 3, activation: Activation(.leakyRelu, parameter: 0.5))
    let error = #expect(throws: NetworkError.self) {
      try network([leaky], [5]).kerasModelConfig()
    }
    #expect(error?.description.hasPrefix("layer 'dense': Keras has no name for leaky_relu") == true)
  }

  /// A dense layer as Keras 3 writes it, with replacements.
  private func keras3(_ replacing: [(String, String)] = []) throws -> Network {
    var text = """
      {"module": "keras", "class_name": "Sequential", "config": {"name": "mlp", "layers": [
        {"module": "keras.layers", "class_name": "InputLayer", "config": {"batch_shape": [null, 784],
         "dtype": "float32", "sparse": false, "name": "in"}, "registered_name": null},
        {"module": "keras.layers", "class_name": "Dense", "config": {"name": "d", "trainable": true,
         "dtype": {"module": "keras", "class_name": "DTypePolicy", "config": {"name": "float32"},
                   "registered_name": null},
         "units": 64, "activation": "relu", "use_bias": true,
         "kernel_initializer": {"module": "keras.initializers", "class_name": "GlorotUniform",
           "config": {"seed": null, "input_axes": null, "output_axes": null}},
         "bias_initializer": {"module": "keras.initializers", "class_name": "Zeros", "config": {}},
         "kernel_regularizer": null, "bias_regularizer": null, "kernel_constraint": null,
         "bias_constraint": null, "quantization_config": null},
         "build_config": {"input_shape": [null, 784]}},
        {"class_name": "LeakyReLU", "config": {"name": "l", "negative_slope": 0.3}},
        {"class_name": "Dropout", "config": {"rate": 0.5, "seed": 3, "noise_shape": null}}]}}
      """
    for (old, new) in replacing { text = text.replacing(old, with: new) }
    return try Network(kerasModelConfig: try Value(json: text))
  }

  @Test("A model of Keras 3 is read")
  func kerasThree() throws {
    let network = try keras3()
    #expect(network.name == "mlp")
    #expect(network.parameterCount == 784 * 64 + 64)
    let leaky = network.layers[1].configuration as? ActivationConfiguration
    #expect(leaky?.activation == Activation(.leakyRelu, parameter: 0.3))
  }

  @Test(
    "What cannot be honoured in a model of Keras is an error",
    arguments: [
      (#""kernel_constraint": null"#, #""kernel_constraint": {"class_name": "NonNeg"}"#),
      (#""config": {"name": "float32"}"#, #""config": {"name": "mixed_bfloat16"}"#),
      (#""class_name": "Dense""#, #""class_name": "Conv2D""#),
      (#""activation": "relu""#, #""activation": "warp""#),
      (#""use_bias": true"#, #""use_bias": true, "surprise": 1"#),
      (#""noise_shape": null"#, #""noise_shape": [1]"#),
      (#""class_name": "Sequential""#, #""class_name": "Functional""#),
      (#""batch_shape": [null, 784]"#, #""batch_shape": [null, null]"#),
      (#""batch_shape": [null, 784]"#, #""shape": 3"#),
      ("GlorotUniform", "Wishful"),
    ])
  func kerasRefused(_ old: String, _ new: String) throws {
    #expect(throws: NetworkError.self) { try keras3([(old, new)]) }
  }

  /// A normalization of rows of the shape 4 x `last` as Keras writes it.
  private func normalized(_ layer: String, axis: String, last: Int, more: String = "") throws
    -> Network
  {
    try Network(
      kerasModelConfig: try Value(
        json: """
          {"class_name": "Sequential", "config": {"name": "n", "layers": [
            {"class_name": "InputLayer", "config": {"batch_shape": [null, 4, \(last)], "name": "in"}},
            {"class_name": "\(layer)", "config": {"name": "norm", "axis": \(axis)\(more)}}]}}
          """))
  }

  @Test(
    "A normalization is over the last axis, however Keras names it, or an error that names the layer",
    arguments: [
      "BatchNormalization", "LayerNormalization", "GroupNormalization", "RMSNormalization",
    ])
  func normalizedAxis(_ layer: String) throws {
    let groups = layer == "GroupNormalization" ? ", \"groups\": 2" : ""
    for axis in ["-1", "2", "[2]"] {
      let network = try normalized(layer, axis: axis, last: 6, more: groups)
      #expect(network.layers[0].parameters[0].shape == [6], "axis \(axis)")
    }
    // Also where the weights would fit.
    for last in [4, 6] {
      for axis in ["1", "[1]", "3", "-2", "[1, 2]"] {
        let error = #expect(throws: NetworkError.self, "axis \(axis) of 4 x \(last)") {
          try normalized(layer, axis: axis, last: last, more: groups)
        }
        let text = error?.description ?? ""
        #expect(text.lowercased().contains("norm") && text.contains("axis"), "\(text)")
      }
    }
  }

  @Test("Moving averages of Keras that begin elsewhere are an error")
  func movingInitializers() throws {
    let zeros = "{\"class_name\": \"Zeros\", \"config\": {}}"
    let ones = "{\"class_name\": \"Ones\", \"config\": {}}"
    for key in ["moving_mean_initializer", "moving_variance_initializer"] {
      for (value, isRight) in [(zeros, key.contains("mean")), (ones, key.contains("variance"))] {
        let read = {
          try normalized(
            "BatchNormalization", axis: "-1", last: 3, more: ", \"\(key)\": \(value)")
        }
        if isRight {
          #expect(try read().layers.count == 1)
        } else {
          #expect(throws: NetworkError.self) { try read() }
        }
      }
    }
  }
}
