private import Configuration
internal import Distributed
internal import NN
internal import Pipeline

/// The network of a job: that its shapes fit the data, the layers and the loss, and what it costs.
struct NetworkCheck {
  /// What was found.
  private(set) var items: [CheckItem] = []
  /// The network with its shapes.
  private(set) var network: Network?
  /// The classes that the labels may name; nil when targets are no labels.
  private(set) var classCount: Int?
  private let isUnread: Bool

  /// Resolves the shapes from the data on; says what was not possible.
  ///
  /// With `isUnread` the data are not opened: `layout` is all that is known of them.
  init(_ job: JobSections, layout: RowLayout?, isUnread: Bool = false) {
    self.isUnread = isUnread
    guard let configuration = job.network, let pipeline = job.pipeline, let layout else { return }
    let inputShape: [Int]
    do {
      // A stage that keeps the shape open until it has seen data keeps this check open, too.
      guard let shape = try pipeline.featureShape(for: layout.featureShape) else { return }
      inputShape = shape
      try pipeline.checkAugmented(layout)
      network = try configuration.network(inputShape: inputShape)
    } catch {
      items.append(CheckItem("network", failed: error))
      return
    }
    guard let network else { return }
    if !pipeline.augment.isEmpty {
      items.append(
        CheckItem(
          "pipeline.augment",
          pipeline.augment.map { type(of: $0).name }.joined(separator: ", ")
            + " of the images that are trained on"))
    }
    items.append(
      CheckItem(
        "network",
        "\(network.layers.count) layers, \(Figures.grouped(network.parameterCount)) "
          + "parameters"
          + (network.frozenCount > 0
            ? " and \(Figures.grouped(network.frozenCount)) frozen ones" : "")))
    if let training = job.training { check(job, training, network, pipeline, layout) }
  }

  private mutating func check(
    _ job: JobSections, _ training: TrainingConfiguration, _ network: Network,
    _ pipeline: PipelineConfiguration, _ layout: RowLayout
  ) {
    do {
      let figures = try training.figures(for: network)
      let losses = try training.losses(for: network)
      classCount = losses.count == 1 && losses[0].isSparse ? network.outputShape.last : nil
      try training.checkClassWeights(network: network)
      try training.checkLabels(network: network, pipeline: pipeline)
      if let whole = job.whole {
        try whole.checkMonitors(figures, validates: whole.data.validation != nil)
        items += followed(whole)
      }
      if let shape = layout.weightShape {
        try TrainingData.checkWeights(shape, key: "data.train", network: network)
      }
      guard let targetShape = layout.targetShape,
        let shape = try pipeline.targetShape(for: targetShape)
      else { return }
      let names = losses.map(\.function.rawValue).joined(separator: ", ")
      let expected = network.targetCount(losses: losses)
      let found = shape.reduce(1, *)
      guard expected == found else {
        items.append(
          CheckItem(
            "training.loss",
            failed: "\(names) compares \(network.outputCount) outputs with "
              + "\(expected) number(s) per row, but the target has \(found) after the pipeline: "
              + losses[0].advice(outputs: network.outputCount, targets: found)))
        return
      }
      if !isUnread, let data = job.whole?.data.train {
        let parts = RowParts(try pipeline.prepared(data).open(), data)
        try parts.check(network.inputs)
        try parts.check(outputsOf: network, losses: losses)
      }
      items.append(
        CheckItem(
          "training.loss", "\(names) \(losses.count == 1 ? "fits" : "fit") outputs and targets"))
      for (loss, tensor) in zip(losses, network.outputs) {
        guard let producer = network.tensors[tensor].producer,
          let activation = network.layers[producer].configuration.outputActivation,
          let remark = loss.remark(on: activation)
        else { continue }
        items.append(CheckItem("training.loss", note: "\(loss.function.rawValue) \(remark)"))
      }
      let float32 = network.float32Layers
      if training.precision == .bfloat16, !float32.isEmpty {
        items.append(
          CheckItem(
            "training.precision",
            note: "only dense layers and attention multiply bfloat16; in float32 stay "
              + float32.joined(separator: ", ")))
      }
      let hasUnits = pipeline.target.contains {
        $0 is Standardize || $0 is Scale || $0 is MinMax || $0 is MaxAbs || $0 is Robust
      }
      if hasUnits {
        items.append(
          CheckItem(
            "pipeline.target",
            note: "losses and metrics are in the units behind it; predict gives the file's units"))
      }
    } catch { items.append(CheckItem("training", failed: error)) }
  }

  /// What ends a training before its last epoch, and which weights the model file gets.
  private func followed(_ job: TrainingJob) -> [CheckItem] {
    var items: [CheckItem] = []
    if let early = job.training.earlyStopping {
      items.append(
        CheckItem(
          "early stopping",
          "after \(max(1, early.patience)) epochs in which \(early.monitor.name) is not better"))
    }
    if let target = job.training.target {
      items.append(CheckItem("target", "\(target.monitor.name) \(target.value) ends the training"))
    }
    if let best = job.bestWeights {
      items.append(
        CheckItem("weights", "the model file gets those that are best by \(best.monitor.name)"))
    }
    return items
  }
}
