internal import Configuration
public import NN

/// The loss of one of a network's outputs.
public struct OutputLoss: Sendable, Equatable {
  /// The output's name.
  public var output: String
  /// What training makes small of it.
  public var loss: Loss

  /// Gives an output its loss.
  public init(_ output: String, _ loss: Loss) {
    self.output = output
    self.loss = loss
  }

  /// Reads `{digit: sparse_categorical_crossentropy, size: {huber: {delta: 2}}}`; nothing for a single
  /// loss, alone or with its options.
  static func list(
    _ value: Value, at keyPath: [String]
  ) throws(ConfigurationError) -> [OutputLoss] {
    guard case .map(let entries) = value.kind, let first = entries.first else { return [] }
    // One key that names a loss: its options.
    if entries.count == 1, Loss.Function(name: first.key) != nil { return [] }
    // One key that looks like a misspelt loss is told as such, not taken for an output.
    if entries.count == 1, case .map(let options) = first.value.kind,
      !options.contains(where: { Loss.Function(name: $0.key) != nil })
    {
      return []
    }
    var losses: [OutputLoss] = []
    for entry in entries {
      losses.append(OutputLoss(entry.key, try Loss(entry.value, at: keyPath + [entry.key])))
    }
    return losses
  }

  /// Reads `loss_weights`.
  static func weights(
    _ options: inout Options, _ losses: [OutputLoss]
  ) throws(ConfigurationError) -> [String: Double] {
    guard let value = options.value("loss_weights") else { return [:] }
    guard case .map(let entries) = value.kind, !losses.isEmpty else {
      throw options.error(
        losses.isEmpty
          ? "losses have weights where training.loss is a map of outputs to losses"
          : "expected a map of outputs to numbers, found \(value.summary)", "loss_weights", value)
    }
    var weights: [String: Double] = [:]
    for entry in entries {
      guard losses.contains(where: { $0.output == entry.key }) else {
        throw options.error(
          "'\(entry.key)' is no output that training.loss names: "
            + Spelling.advice(for: entry.key, among: losses.map(\.output)), "loss_weights",
          entry.value)
      }
      guard let weight = entry.value.number, weight >= 0, weight.isFinite else {
        throw options.error(
          "expected a number of at least 0, found \(entry.value.summary)", "loss_weights",
          entry.value)
      }
      weights[entry.key] = weight
    }
    return weights
  }
}

extension TrainingConfiguration {
  /// A training of which only the loss is known, of one output or a map of several, to measure by.
  init(measuring loss: Value) throws(ConfigurationError) {
    var options = try Options(["loss": loss, "optimizer": "sgd"])
    try self.init(options: &options)
  }

  /// The loss of each of the network's outputs, in their order.
  ///
  /// - Throws: `DistributedError` when an output has none, or a loss no output.
  public func losses(for network: Network) throws(DistributedError) -> [Loss] {
    let names = network.outputNames
    guard !outputLosses.isEmpty else {
      guard names.count == 1 else {
        throw DistributedError(
          "the network has the outputs \(names.joined(separator: ", ")), and training.loss is one: "
            + "make it a map of these to their losses")
      }
      return [loss]
    }
    guard outputLosses.map(\.output).sorted() == names.sorted() else {
      throw DistributedError(
        "training.loss names the outputs \(outputLosses.map(\.output).joined(separator: ", ")), and "
          + "the network's are \(names.joined(separator: ", ")): name a loss for each")
    }
    return names.map { name in outputLosses.first { $0.output == name }?.loss ?? loss }
  }

  /// The weights of these losses; empty when all are 1.
  public func lossWeights(for network: Network) -> [Double] {
    lossWeights.isEmpty ? [] : network.outputNames.map { lossWeights[$0] ?? 1 }
  }

  /// The loss and the metrics of all outputs.
  ///
  /// - Throws: an error that names the metric that does not fit its output.
  public func figures(for network: Network) throws -> FigureSet {
    let losses = try losses(for: network)
    let names = network.outputNames
    guard names.count > 1 else {
      return FigureSet(
        try MetricSet(
          outputMetrics[names[0]] ?? metrics, at: ["training", "metrics"], loss: losses[0],
          outputShape: network.outputShape))
    }
    var sets: [MetricSet] = []
    for (index, name) in names.enumerated() {
      sets.append(
        try MetricSet(
          outputMetrics[name] ?? [], at: ["training", "metrics", name], loss: losses[index],
          outputShape: network.tensors[network.outputs[index]].shape))
    }
    return FigureSet(sets, outputs: names)
  }
}
