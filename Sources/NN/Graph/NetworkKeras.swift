public import Configuration

// The network as Keras' own JSON, written in the one dialect that Keras 2 and 3 both load: a stack as
// a Sequential model, everything else as a Functional one.
extension Network {
  /// The value of Keras' `model_config`, which is also what `to_json()` gives.
  /// - Throws: `NetworkError` for an option that Keras has no word for.
  public func kerasModelConfig() throws(NetworkError) -> Value {
    isStack ? try kerasSequential() : try kerasFunctional()
  }

  private func kerasSequential() throws(NetworkError) -> Value {
    var items = [Self.kerasInput(inputs[0], config: inputName(inputs[0].name))]
    for layer in layers { items.append(Value(.map(try kerasItem(layer)))) }
    return [
      "class_name": "Sequential",
      "config": ["name": Value(.string(name)), "layers": Value(.list(items))] as Value,
    ]
  }

  private func kerasFunctional() throws(NetworkError) -> Value {
    // Where each tensor comes from: the layer, which of its calls, which of its outputs.
    var origins = inputs.map { (name: $0.name, call: 0, output: 0) }
    var calls: [[Value]] = layers.map { _ in [] }
    // Only Keras 3 has a form for calls with several arguments; both read the older one of the others.
    let isModern = layers.contains {
      let call = $0.configuration.kerasCall
      return call.leastInputs > 1 || !call.arguments.isEmpty
        || call.hasStates && $0.inputs.count > 1
    }
    for (index, layer) in layers.enumerated() {
      let owner = layer.sharing ?? index
      let tensors = layer.inputs.map { input in
        let (origin, call, output) = origins[input]
        let place: [Value] = [Value(.string(origin)), Value(.int(call)), Value(.int(output))]
        guard isModern else { return Value(.list(place + [Value(.map([]))])) }
        let axes = [Value(.null)] + self.tensors[input].shape.map { Value(.int($0)) }
        return [
          "class_name": "__keras_tensor__",
          "config": [
            "shape": Value(.list(axes)), "dtype": "float32", "keras_history": Value(.list(place)),
          ] as Value,
        ]
      }
      for output in layer.outputs.indices {
        origins.append((layers[owner].name, calls[owner].count, output))
      }
      calls[owner].append(
        isModern
          ? Self.modernCall(tensors, layer.configuration.kerasCall) : Value(.list(tensors)))
    }
    var items = inputs.map { input in
      let item = Self.kerasInput(input, config: input.name)
      guard case .map(let entries) = item.kind else { return item }
      return Value(
        .map(
          entries + [
            .init("name", Value(.string(input.name))), .init("inbound_nodes", Value(.list([]))),
          ]))
    }
    for (index, layer) in layers.enumerated() where layer.sharing == nil {
      items.append(
        Value(
          .map(
            try kerasItem(layer) + [
              .init("name", Value(.string(layer.name))),
              .init("inbound_nodes", Value(.list(calls[index]))),
            ])))
    }
    func places(_ tensors: [Int]) -> Value {
      Value(
        .list(
          tensors.map { tensor in
            let origin = origins[tensor]
            return Value(
              .list([
                Value(.string(origin.name)), Value(.int(origin.call)), Value(.int(origin.output)),
              ]))
          }))
    }
    return [
      "class_name": "Functional",
      "config": [
        "name": Value(.string(name)), "trainable": true, "layers": Value(.list(items)),
        "input_layers": places(Array(inputs.indices)), "output_layers": places(outputs),
      ] as Value,
    ]
  }

  private static func modernCall(_ tensors: [Value], _ call: KerasCall) -> Value {
    var arguments = tensors
    if call.leastInputs > 1 {
      while arguments.count < call.leastInputs { arguments.append(tensors[0]) }
    } else if call.hasStates, tensors.count > 1 {
      arguments = [tensors[0], Value(.list(Array(tensors.dropFirst())))]
    } else if tensors.count > 1 {
      arguments = [Value(.list(tensors))]
    }
    return ["args": Value(.list(arguments)), "kwargs": Value(.map(call.arguments))]
  }

  private static func kerasInput(_ input: NetworkInput, config name: String) -> Value {
    let axes = [Value(.null)] + input.shape.map { Value(.int($0)) }
    return [
      "class_name": "InputLayer",
      "config": [
        "batch_input_shape": Value(.list(axes)), "dtype": "float32", "sparse": false,
        "name": Value(.string(name)),
      ] as Value,
    ]
  }

  private func kerasItem(_ layer: ResolvedLayer) throws(NetworkError) -> [Value.Entry] {
    let keras: (className: String, config: [Value.Entry])
    do throws(NetworkError) { keras = try layer.configuration.kerasLayer() } catch {
      throw NetworkError("layer '\(layer.name)': \(error.description)")
    }
    var common: [Value.Entry] = [
      .init("name", Value(.string(layer.name))), .init("dtype", "float32"),
    ]
    // SpatialDropout of Keras 3 does not take the key, and it is true elsewhere.
    if layer.isFrozen, !keras.className.hasPrefix("SpatialDropout") {
      common.append(.init("trainable", false))
    }
    return [
      .init("class_name", Value(.string(keras.className))),
      .init("config", Value(.map(common + keras.config))),
    ]
  }

  /// A name that no layer has.
  private func inputName(_ wanted: String) -> String {
    var name = wanted
    while layers.contains(where: { $0.name == name }) { name += "_" }
    return name
  }
}
