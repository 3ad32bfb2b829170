public import Configuration

extension Network {
  /// Reads Keras' `model_config` or `to_json()` of a Sequential or Functional model.
  /// - Throws: `NetworkError` for another kind of model, a model without an input shape, or a layer or
  ///   option that is not supported: nothing is silently ignored.
  public init(kerasModelConfig value: Value) throws(NetworkError) {
    guard let (className, config) = value.kerasObject else {
      throw NetworkError("expected Keras' configuration of a model, found \(value.summary)")
    }
    switch className {
    case "Sequential": try self.init(kerasSequential: config)
    case "Functional", "Model": try self.init(kerasFunctional: config)
    default:
      throw NetworkError("only Sequential and Functional models can be read, found \(className)")
    }
  }

  private init(kerasSequential config: Value) throws(NetworkError) {
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
      layers.append(try Self.layer(item, "\(index)"))
    }
    try self.init(
      name: config["name"]?.text ?? "sequential", inputShape: try Self.shape(shape), layers: layers)
  }

  private init(kerasFunctional config: Value) throws(NetworkError) {
    guard case .list(let items) = config["layers"]?.kind else {
      throw NetworkError("the model's configuration has no list of layers")
    }
    var inputs: [String: NetworkInput] = [:]
    var calls = KerasCalls()
    try KerasMasks.check(items)
    for (index, item) in items.enumerated() {
      let own = item["config"]
      guard let name = item["name"]?.text ?? own?["name"]?.text else {
        throw NetworkError("layer \(index) of the model's configuration has no name")
      }
      if item["class_name"]?.text == "InputLayer" {
        inputs[name] = NetworkInput(
          name, shape: try Self.shape(own?["batch_input_shape"] ?? own?["batch_shape"]))
        continue
      }
      if KerasMasks.isOperation(item) {
        calls.addOperation(name, item["class_name"]?.text ?? name)
        continue
      }
      var layer = try Self.layer(item, "\(index)")
      layer.name = name
      try calls.add(layer, name, nodes: item["inbound_nodes"])
    }
    var order: [NetworkInput] = []
    for place in try KerasCalls.places(config["input_layers"], "input_layers") {
      guard let input = inputs[place.layer] else {
        throw NetworkError("the model's input '\(place.layer)' is no InputLayer of it")
      }
      order.append(input)
    }
    let layers = try calls.sorted(after: Set(inputs.keys))
    let places = try KerasCalls.places(config["output_layers"], "output_layers")
    for place in places { try calls.refuseOperation(place, "the network's outputs") }
    let outputs = places.map(calls.name)
    try self.init(
      name: config["name"]?.text ?? "functional", inputs: order, layers: layers, outputs: outputs)
  }

  private static func layer(_ item: Value, _ place: String) throws(NetworkError) -> NamedLayer {
    do throws(ConfigurationError) {
      return try LayerRegistry.layer(keras: item, at: ["layers", place])
    } catch {
      let name = item["name"]?.text ?? item["config"]?["name"]?.text ?? place
      throw NetworkError("layer '\(name)': \(error.description)")
    }
  }

  private static func shape(_ value: Value?) throws(NetworkError) -> [Int] {
    // One input in a list of its own, as Keras 3 may write it.
    var value = value
    if case .list(let outer)? = value?.kind, outer.count == 1, case .list = outer[0].kind {
      value = outer[0]
    }
    guard let value, case .list(let axes) = value.kind else {
      throw NetworkError("the model's configuration says no input shape")
    }
    let lengths = axes.dropFirst().compactMap(\.int)
    guard lengths.count == axes.count - 1 else {
      throw NetworkError("the input shape \(value.json) has an axis without a length")
    }
    return lengths
  }
}

/// The calls of a Functional model's layers: each layer is called once or, with the same weights, more
/// often.
struct KerasCalls {
  /// A tensor: the layer, which of its calls, which of its outputs.
  struct Place: Hashable {
    var layer: String
    var call: Int
    var output: Int
  }

  private struct Call {
    var layer: NamedLayer
    var inputs: [Place]
  }

  private var calls: [Call] = []
  /// The names of the calls of each layer.
  private var names: [String: [String]] = [:]
  private var taken = Set<String>()
  /// The classes of the operations that only masks are made of, by name.
  private var operations: [String: String] = [:]

  mutating func addOperation(_ name: String, _ className: String) { operations[name] = className }

  /// - Throws: `NetworkError` where what is read is such an operation.
  func refuseOperation(_ place: Place, _ reader: String) throws(NetworkError) {
    guard let className = operations[place.layer] else { return }
    throw NetworkError(
      "\(reader): reads '\(place.layer)', the operation \(className) of keras.ops, which no layer computes here"
        + (className == "Concatenate" ? ": use the layer keras.layers.Concatenate" : ""))
  }

  mutating func add(_ layer: NamedLayer, _ name: String, nodes: Value?) throws(NetworkError) {
    guard case .list(let nodes)? = nodes?.kind, !nodes.isEmpty else {
      throw NetworkError("layer '\(name)': its configuration says no inbound_nodes")
    }
    for (index, node) in nodes.enumerated() {
      var own = layer
      if index > 0 {
        var number = index
        repeat {
          number += 1
          own.name = "\(name)_\(number)"
        } while taken.contains(own.name ?? "")
        own.sharing = name
      }
      taken.insert(own.name ?? name)
      names[name, default: []].append(own.name ?? name)
      var inputs: [Place] = []
      var arguments: [Value.Entry] = []
      try Self.collect(node, into: &inputs, &arguments, of: name)
      do throws(NetworkError) { own.layer = try own.layer.called(with: arguments) } catch {
        throw NetworkError("layer '\(name)': it \(error.description)")
      }
      if own.layer.kerasCall.leastInputs == inputs.count, Set(inputs).count == 1 {
        inputs = [inputs[0]]
      }
      calls.append(Call(layer: own, inputs: inputs))
    }
  }

  /// The tensors among a call's arguments, in both dialects.
  private static func collect(
    _ value: Value, into places: inout [Place], _ arguments: inout [Value.Entry], of name: String
  ) throws(NetworkError) {
    if value["class_name"]?.text == "__keras_tensor__" {
      guard let history = value["config"]?["keras_history"], let place = place(history) else {
        throw NetworkError("layer '\(name)': a tensor of its call has no keras_history")
      }
      places.append(place)
      return
    }
    if let args = value["args"] {
      if let kwargs = value["kwargs"], case .map(let entries) = kwargs.kind {
        arguments += entries.filter { !isUsual($0) && $0.key != statesKey }
      }
      try collect(args, into: &places, &arguments, of: name)
      // The states that a recurrent layer begins with are inputs behind the first.
      if let states = value["kwargs"]?[statesKey] {
        try collect(states, into: &places, &arguments, of: name)
      }
      return
    }
    guard case .list(let items) = value.kind else { return }
    if let place = place(value) {
      if items.count > 3, case .map(let entries) = items[3].kind {
        arguments += entries.filter { !isUsual($0) }
      }
      places.append(place)
      return
    }
    for item in items { try collect(item, into: &places, &arguments, of: name) }
  }

  private static let statesKey = "initial_state"

  /// What every layer may be called with: Keras works these out by itself.
  ///
  /// `KerasMasks` has looked at the masks. `training: true` is another network: one whose dropout works
  /// in predictions, too.
  private static func isUsual(_ entry: Value.Entry) -> Bool {
    if case .null = entry.value.kind { return true }
    return entry.key == "mask" || (entry.key == "training" && entry.value == false)
  }

  /// `["dense", 0, 0]`, with or without a fourth item.
  static func place(_ value: Value) -> Place? {
    guard case .list(let items) = value.kind, items.count == 3 || items.count == 4,
      let layer = items[0].text, let call = items[1].int, let output = items[2].int
    else { return nil }
    return Place(layer: layer, call: call, output: output)
  }

  /// The tensors of `input_layers` or `output_layers`: a list of them, or a single one.
  static func places(_ value: Value?, _ key: String) throws(NetworkError) -> [Place] {
    guard let value else { throw NetworkError("the model's configuration has no \(key)") }
    // A model of named inputs or outputs: {"image": ["image", 0, 0]}.
    if case .map(let entries) = value.kind {
      return try places(Value(.list(entries.map(\.value))), key)
    }
    guard case .list(let items) = value.kind else {
      throw NetworkError("the model's \(key) are no list of tensors: \(value.json)")
    }
    if let only = place(value) { return [only] }
    let places = items.compactMap(place)
    guard places.count == items.count, !places.isEmpty else {
      throw NetworkError("the model's \(key) are no list of tensors: \(value.json)")
    }
    return places
  }

  /// What this project calls a tensor.
  func name(_ place: Place) -> String {
    let calls = names[place.layer] ?? []
    let name = calls.indices.contains(place.call) ? calls[place.call] : place.layer
    return place.output == 0 ? name : "\(name):\(place.output)"
  }

  /// The calls in an order in which they can run: the first that can of those that are left.
  func sorted(after inputs: Set<String>) throws(NetworkError) -> [NamedLayer] {
    for call in calls {
      for place in call.inputs { try refuseOperation(place, "layer '\(call.layer.name ?? "")'") }
    }
    var ready = inputs
    var left = calls
    var order: [NamedLayer] = []
    while !left.isEmpty {
      let index = left.firstIndex { call in
        (call.layer.sharing.map(ready.contains) ?? true)
          && call.inputs.allSatisfy { place in
            ready.contains(String(name(Place(layer: place.layer, call: place.call, output: 0))))
          }
      }
      guard let index else {
        throw NetworkError(
          "layer '\(left[0].layer.name ?? "")': what it reads is no layer of the model, or reads it"
        )
      }
      var layer = left[index].layer
      layer.inputs = left[index].inputs.map(name)
      ready.insert(layer.name ?? "")
      order.append(layer)
      left.remove(at: index)
    }
    return order
  }
}
