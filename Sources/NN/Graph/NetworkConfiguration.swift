public import Configuration

/// The job file's `network`: layers and how they are wired, without the shape of the data.
public struct NetworkConfiguration: Sendable {
  /// The network's name in the model file.
  public var name: String
  /// What it reads, where the job says so: a row of features has them one after the other.
  public var inputs: [NetworkInput]?
  /// The layers, each after those that it reads.
  public var layers: [NamedLayer]
  /// The names of what it gives; nil for the last layer.
  public var outputs: [String]?
  /// The files whose weights layers begin with, or keep.
  public var weights: [PretrainedWeights]

  /// Describes a network.
  public init(
    name: String = "sounder", inputs: [NetworkInput]? = nil, layers: [NamedLayer],
    outputs: [String]? = nil, weights: [PretrainedWeights] = []
  ) {
    self.weights = weights
    self.name = name
    self.inputs = inputs
    self.layers = layers
    self.outputs = outputs
  }

  /// Reads a network.
  ///
  /// `name`, `inputs` (a map of names to shapes), `outputs` and `layers`, among which `{repeat: 3,
  /// layers: [...]}` stands for the same layers several times in a row and `model` for those of a file; or
  /// `keras` in place of the last three. `weights` names files of weights, a file or a list.
  public init(options: inout Options) throws(ConfigurationError) {
    if let model = options.value("keras") {
      self = try Self.keras(model, &options)
      return
    }
    name = try options.string("name", default: "sounder")
    inputs = try Self.inputs(&options)
    outputs = try options.names("outputs")
    layers = []
    weights = try Self.weights(&options)
    let items = try options.list("layers")
    guard !items.isEmpty else { throw options.error("at least one layer is needed", "layers") }
    var budget = Self.mostLayers
    try append(items, at: options.keyPath + ["layers"], &budget)
    guard !layers.isEmpty else {
      throw options.error("no layer is left: every `repeat` is 0", "layers")
    }
  }

  private static func inputs(
    _ options: inout Options
  ) throws(ConfigurationError) -> [NetworkInput]? {
    guard let value = options.value("inputs") else { return nil }
    guard case .map(let entries) = value.kind, !entries.isEmpty else {
      throw options.error(
        "expected a map of names to shapes, as in {image: [28, 28], weight: [1]}, found "
          + value.summary, "inputs", value)
    }
    var inputs: [NetworkInput] = []
    for entry in entries {
      let lengths = entry.value.items?.compactMap(\.int) ?? []
      guard let items = entry.value.items, items.count == lengths.count,
        lengths.allSatisfy({ $0 > 0 }), lengths.shapeCount != nil
      else {
        throw ConfigurationError(
          "expected a shape, as in [28, 28], found \(entry.value.summary)",
          at: options.keyPath + ["inputs", entry.key], origin: entry.value.origin)
      }
      inputs.append(NetworkInput(entry.key, shape: lengths))
    }
    return inputs
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
      if item["model"] != nil {
        try appendModel(item, at: place, &budget)
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
    var entries = [Value.Entry("name", Value(.string(name)))]
    if let inputs {
      let shapes = inputs.map {
        Value.Entry($0.name, Value(.list($0.shape.map { Value(.int($0)) })))
      }
      entries.append(.init("inputs", Value(.map(shapes))))
    }
    entries.append(.init("layers", Value(.list(layers.map(Self.item)))))
    if let outputs { entries.append(.init("outputs", Self.list(outputs))) }
    if !weights.isEmpty {
      entries.append(.init("weights", Value(.list(weights.map(\.value)))))
    }
    return Value(.map(entries))
  }

  private static func list(_ names: [String]) -> Value {
    Value(.list(names.map { Value(.string($0)) }))
  }

  private static func item(_ named: NamedLayer) -> Value {
    var entries: [Value.Entry] = []
    if let name = named.name { entries.append(.init("name", Value(.string(name)))) }
    if let inputs = named.inputs { entries.append(.init("inputs", list(inputs))) }
    if let sharing = named.sharing {
      entries.append(.init("layer", Value(.string(sharing))))
      return ["shared": Value(.map(entries))]
    }
    if named.isFrozen { entries.append(.init("frozen", true)) }
    if case .map(let options) = named.layer.value.kind { entries += options }
    let kind = type(of: named.layer).name
    return entries.isEmpty
      ? Value(.string(kind)) : Value(.map([.init(kind, Value(.map(entries)))]))
  }

  static func weights(
    _ options: inout Options
  ) throws(ConfigurationError) -> [PretrainedWeights] {
    guard let value = options.value("weights") else { return [] }
    let place = options.keyPath + ["weights"]
    guard let items = value.items else { return [try PretrainedWeights(value, at: place)] }
    var weights: [PretrainedWeights] = []
    for (index, item) in items.enumerated() {
      weights.append(try PretrainedWeights(item, at: place + ["\(index)"]))
    }
    return weights
  }

  /// The network for samples of the shape `inputShape`, with the weights of its frozen layers.
  ///
  /// Reads the files of `weights`.
  /// - Throws: `NetworkError` that names the layer whose shape does not fit, or whose weights are not in the
  ///   file.
  public func network(inputShape: [Int]) throws(NetworkError) -> Network {
    let network = try unweighted(inputShape: inputShape)
    try network.requireFrozenFirst()
    return try network.withPretrained(weights)
  }

  /// The same network without weights: no file is read.
  package func unweighted(inputShape: [Int]) throws(NetworkError) -> Network {
    guard let inputs else {
      return try Network(name: name, inputShape: inputShape, layers: layers, outputs: outputs)
    }
    let count = inputShape.shapeCount ?? 0
    let sum = inputs.reduce(0) { $0 + $1.count }
    guard sum == count else {
      throw NetworkError(
        "network.inputs take \(sum) numbers of a row, and rows of the shape \(inputShape) have "
          + "\(count)")
    }
    return try Network(name: name, inputs: inputs, layers: layers, outputs: outputs)
  }
}
