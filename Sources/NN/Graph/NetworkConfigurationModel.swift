internal import Configuration

/// `- model: {file: base.keras, until: pool, frozen: true}` among the layers: those of a file of this project or
/// of Keras, with their weights.
///
/// The job's record has the layers one by one, and where their weights come from.
extension NetworkConfiguration {
  /// What an item says.
  private struct Attached {
    let file: String
    let until: String?
    let prefix: String
    let inputs: [String]?
    /// What is frozen; nil: what is so in the file.
    let frozen: Frozen?

    enum Frozen {
      case all(Bool)
      /// The layers that lead to this one, and itself.
      case until(String)
    }
  }

  /// Appends the layers of a file.
  ///
  /// - Throws: `ConfigurationError` for an option that is not known, a file that cannot be read, a layer that is
  ///   not supported.
  mutating func appendModel(
    _ item: Value, at place: [String], _ budget: inout Int
  ) throws(ConfigurationError) {
    var named = try NamedOptions(item, at: place)
    let model = try Self.attached(&named.options)
    func failure(_ reason: String) -> ConfigurationError {
      ConfigurationError(reason, at: place + ["model"], origin: item.origin)
    }
    let network: Network
    let frozen: Set<String>?
    do throws(NetworkError) {
      let whole = try ModelFile.network(at: model.file)
      network =
        try model.until.map { (name) throws(NetworkError) in
          try whole.part(endingAt: name)
        } ?? whole
      frozen = try Self.frozen(model, network)
    } catch { throw failure("\(model.file): \(error.description)") }
    budget -= network.layers.count
    guard budget >= 0 else {
      throw failure("more than \(Self.mostLayers) layers: lower a `repeat`")
    }
    if let name = model.until, !network.layers.contains(where: { $0.name == name }) {
      throw failure(
        "\(model.file): `until: \(name)` is an output of a layer, and the next layers read a layer's first: name "
          + "the layer alone")
    }
    guard let last = network.layers.last, network.outputs == [last.outputs[0]] else {
      throw failure(
        "\(model.file) has the outputs \(network.outputNames.joined(separator: ", ")): say with `until` "
          + "which layer's output the next layers read")
    }
    let inputs = try self.inputs(of: network, model, failure)
    append(network, model, inputs, frozen)
    for (index, layer) in layers.enumerated() {
      guard let name = layer.name else { continue }
      if layers[..<index].contains(where: { $0.name == name }) {
        throw failure(
          "the name '\(name)' stands twice: give the model a `name`, with which the names of its layers "
            + "begin then")
      }
    }
  }

  private static func attached(_ options: inout Options) throws(ConfigurationError) -> Attached {
    let name = try options.string("name", default: "")
    guard !name.contains("/") else {
      throw options.error("'\(name)' must be a word without '/'", "name")
    }
    var frozen: Attached.Frozen?
    if let value = options.value("frozen") {
      switch value.kind {
      case .bool(let truth): frozen = .all(truth)
      case .string(let layer): frozen = .until(layer)
      default:
        throw options.error(
          "expected true, false, or the last layer that is frozen, found \(value.summary)",
          "frozen",
          value)
      }
    }
    let model = Attached(
      file: try options.string("file"),
      until: options.value("until") == nil ? nil : try options.string("until"),
      prefix: name.isEmpty ? "" : name + "_", inputs: try options.names("inputs"), frozen: frozen)
    try options.finish()
    return model
  }

  /// The layers that are frozen; nil: those that are so in the file.
  private static func frozen(
    _ model: Attached, _ network: Network
  ) throws(NetworkError) -> Set<String>? {
    switch model.frozen {
    case .all(true): Set(network.layers.map(\.name))
    case .all(false): []
    case .until(let layer): Set(try network.part(endingAt: layer).layers.map(\.name))
    case nil: nil
    }
  }

  /// What the layers before this call the inputs of the file's network; nil for what comes before.
  private mutating func inputs(
    of network: Network, _ model: Attached, _ failure: (String) -> ConfigurationError
  ) throws(ConfigurationError) -> [String]? {
    let names = network.inputs.map(\.name)
    guard let inputs = model.inputs else {
      guard names.count == 1 else {
        throw failure(
          "\(model.file) has several inputs: say with `inputs` what it reads as "
            + names.joined(separator: ", ") + ", in this order")
      }
      // A name for what several layers read.
      guard network.layers.count(where: { $0.inputs.contains(0) }) > 1 else { return nil }
      var name = model.prefix + names[0]
      let taken =
        network.layers.map { model.prefix + $0.name } + layers.compactMap(\.name)
        + (self.inputs ?? []).map(\.name)
      while taken.contains(name) { name += "_" }
      layers.append(NamedLayer(name, ActivationConfiguration(.linear)))
      return [name]
    }
    guard inputs.count == names.count else {
      throw failure(
        "`inputs` are \(inputs.count), and \(model.file) has \(names.count): "
          + names.joined(separator: ", "))
    }
    return inputs
  }

  private mutating func append(
    _ network: Network, _ model: Attached, _ inputs: [String]?, _ frozen: Set<String>?
  ) {
    func name(_ tensor: Int) -> String? {
      guard network.tensors[tensor].producer != nil else { return inputs?[tensor] }
      return model.prefix + network.tensorName(tensor)
    }
    var sources: [PretrainedWeights.Layer] = []
    for layer in network.layers {
      let names = layer.inputs.compactMap(name)
      let own = model.prefix + layer.name
      layers.append(
        NamedLayer(
          own, layer.configuration, inputs: names.isEmpty ? nil : names,
          sharing: layer.sharing.map { model.prefix + network.layers[$0].name },
          isFrozen: layer.sharing == nil && (frozen?.contains(layer.name) ?? layer.isFrozen)))
      if layer.sharing == nil, !layer.storedParameters.isEmpty {
        sources.append(PretrainedWeights.Layer(own, from: layer.name))
      }
    }
    if !sources.isEmpty {
      weights.append(PretrainedWeights(file: model.file, layers: sources))
    }
  }
}
