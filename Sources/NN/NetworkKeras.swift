public import Configuration

// The network as Keras' own JSON: written in the one dialect that Keras 2 and 3 both load, read in
// both.
extension Network {
  /// The value of Keras' `model_config`: a Sequential model.
  /// - Throws: `NetworkError` for an option that Keras has no word for.
  public func kerasModelConfig() throws(NetworkError) -> Value {
    let axes = [Value(.null)] + inputShape.map { Value(.int($0)) }
    var items: [Value] = [
      [
        "class_name": "InputLayer",
        "config": [
          "batch_input_shape": Value(.list(axes)), "dtype": "float32", "sparse": false,
          "name": Value(.string(inputName)),
        ] as Value,
      ]
    ]
    for layer in layers {
      let keras: (className: String, config: [Value.Entry])
      do throws(NetworkError) { keras = try layer.configuration.kerasLayer() } catch {
        throw NetworkError("layer '\(layer.name)': \(error.description)")
      }
      let common: [Value.Entry] = [
        .init("name", Value(.string(layer.name))), .init("trainable", true),
        .init("dtype", "float32"),
      ]
      items.append([
        "class_name": Value(.string(keras.className)),
        "config": Value(.map(common + keras.config)),
      ])
    }
    return [
      "class_name": "Sequential",
      "config": ["name": Value(.string(name)), "layers": Value(.list(items))] as Value,
    ]
  }

  /// Reads Keras' `model_config` of a Sequential model.
  /// - Throws: `NetworkError` for a model that is not Sequential, lacks an input shape, or has a
  ///   layer or option that is not supported: nothing is silently ignored.
  public init(kerasModelConfig value: Value) throws(NetworkError) {
    guard let (className, config) = value.kerasObject, className == "Sequential" else {
      throw NetworkError(
        "only Sequential models can be read, found \(value["class_name"]?.text ?? value.summary)")
    }
    guard case .list(let items) = config["layers"]?.kind else {
      throw NetworkError("the model's configuration has no list of layers")
    }
    var shape = config["build_input_shape"]
    var layers: [NamedLayer] = []
    for (index, item) in items.enumerated() {
      let own = item["config"]
      if let given = own?["batch_input_shape"] ?? own?["batch_shape"], index == 0 { shape = given }
      if item["class_name"]?.text == "InputLayer" {
        guard index == 0 else { throw NetworkError("an InputLayer stands among the layers") }
        continue
      }
      do throws(ConfigurationError) {
        layers.append(try LayerRegistry.layer(keras: item, at: ["layers", "\(index)"]))
      } catch { throw NetworkError(error.description) }
    }
    guard let shape, case .list(let axes) = shape.kind else {
      throw NetworkError("the model's configuration says no input shape")
    }
    let lengths = axes.dropFirst().compactMap(\.int)
    guard lengths.count == axes.count - 1 else {
      throw NetworkError("the input shape \(shape.json) has an axis without a length")
    }
    try self.init(
      name: config["name"]?.text ?? "sequential", inputShape: lengths, layers: layers)
  }

  /// A name that no layer has.
  private var inputName: String {
    var name = "input"
    while layers.contains(where: { $0.name == name }) { name += "_" }
    return name
  }
}
