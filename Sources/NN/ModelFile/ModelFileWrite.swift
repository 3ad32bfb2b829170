import Configuration
public import HDF5

extension ModelFile {
  /// Writes network, weights and training into an empty file.
  public static func write(
    to file: borrowing File, network: Network, parameters: UnsafeBufferPointer<Float>,
    training: Training?
  ) throws {
    precondition(
      parameters.count == network.parameterCount,
      "\(parameters.count) floats for \(network.parameterCount) parameters")
    try network.requireFrozen()
    try file.writeAttribute("keras_version", kerasVersion)
    try file.writeAttribute("backend", "tensorflow")
    let part = try network.kerasPart()
    let exported = part ?? network
    try file.writeAttribute("model_config", try exported.kerasModelConfig().json)
    if let config = training?.kerasConfig {
      try file.writeAttribute("training_config", config.json)
    }
    let weights = try file.root().createGroup("model_weights")
    try weights.writeAttribute("keras_version", kerasVersion)
    try weights.writeAttribute("backend", "tensorflow")
    let names = exported.kerasOrder.map { exported.layers[$0].name }
    try weights.writeAttribute("layer_names", names)
    for name in names {
      guard let layer = network.layers.first(where: { $0.name == name }) else { continue }
      try write(layer, of: network, to: weights, parameters)
    }
    guard part != nil || training?.loss.distribution != nil else { return }
    let own = try file.root().createGroup(ownGroupName)
    try own.writeAttribute("model_config", try network.kerasModelConfig().json)
    if let distribution = training?.loss.distribution {
      try own.writeAttribute("distribution", distribution.value.json)
    }
    let ownWeights = try own.createGroup("model_weights")
    for layer in network.layers where layer.sharing == nil && !names.contains(layer.name) {
      try write(layer, of: network, to: ownWeights, parameters)
    }
  }

  private static func write(
    _ layer: ResolvedLayer, of network: Network, to weights: borrowing Group,
    _ parameters: UnsafeBufferPointer<Float>
  ) throws {
    if layer.isFrozen {
      try network.frozen.withUnsafeBufferPointer { try write(layer, to: weights, $0) }
    } else {
      try write(layer, to: weights, parameters)
    }
  }

  private static func write(
    _ layer: ResolvedLayer, to weights: borrowing Group, _ parameters: UnsafeBufferPointer<Float>
  ) throws {
    guard !layer.name.contains("/") else {
      throw NetworkError("layer '\(layer.name)': a layer's name must not contain '/'")
    }
    let group = try weights.createGroup(layer.name)
    let names = layer.storedParameters.map { "\(layer.name)/\($0.name):0" }
    try group.writeAttribute("weight_names", names)
    for (name, parameter) in zip(names, layer.storedParameters) {
      let dataset = try group.createDataset(name, shape: parameter.shape, of: Float.self)
      let values = UnsafeBufferPointer(rebasing: parameters[parameter.range])
      if parameter.isVariance {
        // Keras would take the root of a negative one. What is no number stays so.
        let variances = values.map { $0 < 0 ? 0 : $0 }
        try variances.withUnsafeBufferPointer {
          try dataset.write(rows: 0..<dataset.rowCount, from: $0)
        }
      } else {
        try dataset.write(rows: 0..<dataset.rowCount, from: values)
      }
    }
  }
}

extension ModelFile.Training {
  /// What Keras calls `training_config`.
  ///
  /// The optimizer's state is not part of it: Keras begins with zeros. Nil where Keras has no such loss.
  var kerasConfig: Value? {
    guard let loss = lossConfig else { return nil }
    return [
      "loss": loss,
      "metrics": measuresAccuracy ? ["accuracy"] as Value : nil,
      "weighted_metrics": nil,
      "loss_weights": lossWeightsConfig,
      "optimizer_config": optimizerConfig,
    ]
  }

  private var lossConfig: Value? {
    guard !outputLosses.isEmpty else { return loss.kerasConfig }
    var entries: [Value.Entry] = []
    for output in outputLosses {
      guard let config = output.loss.kerasConfig else { return nil }
      entries.append(.init(output.name, config))
    }
    return Value(.map(entries))
  }

  private var lossWeightsConfig: Value {
    guard !lossWeights.isEmpty else { return nil }
    return Value(
      .map(
        zip(outputLosses, lossWeights).map { Value.Entry($0.0.name, Value(.number($0.1))) }))
  }

  /// Keras 2 knows its own AdamW under the name of a registered class only; Keras 3 takes that too.
  private var optimizerConfig: Value {
    let config = optimizer.kerasConfig
    guard config["class_name"] == "AdamW", let options = config["config"] else { return config }
    return ["class_name": "Custom>AdamW", "config": options]
  }
}
