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
    try file.writeAttribute("keras_version", kerasVersion)
    try file.writeAttribute("backend", "tensorflow")
    try file.writeAttribute("model_config", try network.kerasModelConfig().json)
    if let training { try file.writeAttribute("training_config", training.kerasConfig.json) }
    let weights = try file.root().createGroup("model_weights")
    try weights.writeAttribute("keras_version", kerasVersion)
    try weights.writeAttribute("backend", "tensorflow")
    try weights.writeAttribute("layer_names", network.layers.map(\.name))
    for layer in network.layers {
      guard !layer.name.contains("/") else {
        throw NetworkError("layer '\(layer.name)': a layer's name must not contain '/'")
      }
      let group = try weights.createGroup(layer.name)
      let names = layer.parameters.map { "\(layer.name)/\($0.name):0" }
      try group.writeAttribute("weight_names", names)
      for (name, parameter) in zip(names, layer.parameters) {
        let dataset = try group.createDataset(name, shape: parameter.shape, of: Float.self)
        try dataset.write(
          rows: 0..<dataset.rowCount,
          from: UnsafeBufferPointer(rebasing: parameters[parameter.range]))
      }
    }
  }
}

extension ModelFile.Training {
  /// What Keras calls `training_config`.
  ///
  /// The optimizer's state is not part of it: Keras begins with zeros.
  var kerasConfig: Value {
    [
      "loss": loss.kerasConfig,
      "metrics": measuresAccuracy ? ["accuracy"] as Value : nil,
      "weighted_metrics": nil,
      "loss_weights": nil,
      "optimizer_config": optimizerConfig,
    ]
  }

  /// Keras 2 knows its own AdamW under the name of a registered class only; Keras 3 takes that too.
  private var optimizerConfig: Value {
    let config = optimizer.kerasConfig
    guard config["class_name"] == "AdamW", let options = config["config"] else { return config }
    return ["class_name": "Custom>AdamW", "config": options]
  }
}
