public import Configuration

/// A layer and the name that it has in the network and in a model file.
public struct NamedLayer: Sendable {
  /// The name, or nil to be named after the layer's kind: `dense`, `dense_1`.
  public var name: String?
  /// What the layer is.
  public var layer: any LayerConfiguration

  /// Names a layer.
  public init(_ name: String? = nil, _ layer: any LayerConfiguration) {
    self.name = name
    self.layer = layer
  }
}

/// The job file's `network`: layers in order, without the shape of the data.
public struct NetworkConfiguration: Sendable {
  /// The network's name in the model file.
  public var name: String
  /// The layers from input to output.
  public var layers: [NamedLayer]

  /// Describes a network.
  public init(name: String = "sounder", layers: [NamedLayer]) {
    self.name = name
    self.layers = layers
  }

  /// Reads `name` and `layers`.
  public init(options: inout Options) throws(ConfigurationError) {
    name = try options.string("name", default: "sounder")
    layers = []
    let items = try options.list("layers")
    guard !items.isEmpty else { throw options.error("at least one layer is needed", "layers") }
    for (index, item) in items.enumerated() {
      let layer = try LayerRegistry.layer(item, at: options.keyPath + ["layers", "\(index)"])
      if let name = layer.name, layers.contains(where: { $0.name == name }) {
        throw ConfigurationError(
          "the name '\(name)' stands twice", at: options.keyPath + ["layers", "\(index)"],
          origin: item.origin)
      }
      layers.append(layer)
    }
  }

  /// The options as the job file has them.
  public var value: Value {
    let items = layers.map { named in
      var entries: [Value.Entry] = []
      if let name = named.name { entries.append(.init("name", Value(.string(name)))) }
      if case .map(let options) = named.layer.value.kind { entries += options }
      let kind = type(of: named.layer).name
      return entries.isEmpty
        ? Value(.string(kind)) : Value(.map([.init(kind, Value(.map(entries)))]))
    }
    return ["name": Value(.string(name)), "layers": Value(.list(items))]
  }

  /// The network for samples of the shape `inputShape`.
  /// - Throws: `NetworkError` that names the layer whose shape does not fit.
  public func network(inputShape: [Int]) throws(NetworkError) -> Network {
    try Network(name: name, inputShape: inputShape, layers: layers)
  }
}
