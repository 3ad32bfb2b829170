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

  /// Reads `name` and `layers`, among which `{repeat: 3, layers: [...]}` stands for the same layers
  /// several times in a row.
  public init(options: inout Options) throws(ConfigurationError) {
    name = try options.string("name", default: "sounder")
    layers = []
    let items = try options.list("layers")
    guard !items.isEmpty else { throw options.error("at least one layer is needed", "layers") }
    var budget = Self.mostLayers
    try append(items, at: options.keyPath + ["layers"], &budget)
    guard !layers.isEmpty else {
      throw options.error("no layer is left: every `repeat` is 0", "layers")
    }
  }

  private mutating func append(
    _ items: [Value], at keyPath: [String], _ budget: inout Int
  ) throws(ConfigurationError) {
    for (index, item) in items.enumerated() {
      let place = keyPath + ["\(index)"]
      budget -= 1
      guard budget >= 0 else {
        throw ConfigurationError(
          "more than \(Self.mostLayers) layers: lower a `repeat`", at: place, origin: item.origin)
      }
      if item["repeat"] != nil {
        try appendRepetitions(item, at: place, &budget)
        continue
      }
      let layer = try LayerRegistry.layer(item, at: place)
      if let name = layer.name, layers.contains(where: { $0.name == name }) {
        throw ConfigurationError("the name '\(name)' stands twice", at: place, origin: item.origin)
      }
      layers.append(layer)
    }
  }

  /// `{repeat: 3, layers: [...]}`: the same layers, several times in a row.
  private mutating func appendRepetitions(
    _ item: Value, at keyPath: [String], _ budget: inout Int
  ) throws(ConfigurationError) {
    var options = try Options(item, at: keyPath)
    let count = try options.int("repeat", in: 0...Self.mostRepetitions)
    let items = try options.list("layers")
    guard !items.isEmpty else { throw options.error("at least one layer is needed", "layers") }
    try options.finish()
    for number in 0..<count {
      try append(
        items.map { Self.layer($0, repetition: number + 1) }, at: keyPath + ["layers"], &budget)
    }
  }

  /// More layers than any network has.
  package static let mostLayers = 10_000

  /// More repetitions than any network has layers: larger numbers are mistakes.
  package static let mostRepetitions = 1000

  /// A layer in repetition `number` of a `repeat`: a name that the user gave ends in the number.
  package static func layer(_ item: Value, repetition number: Int) -> Value {
    guard case .map(var outer) = item.kind, outer.count == 1,
      case .map(var options) = outer[0].value.kind,
      let index = options.firstIndex(where: { $0.key == "name" }),
      case .string(let name) = options[index].value.kind
    else { return item }
    options[index].value.kind = .string("\(name)_\(number)")
    outer[0].value.kind = .map(options)
    return Value(.map(outer), origin: item.origin)
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
