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

  /// Resolves the shapes from the data on; says what was not possible.
  init(_ job: JobSections, layout: RowLayout?) {
    guard let configuration = job.network, let pipeline = job.pipeline, let layout else { return }
    let inputShape: [Int]
    do {
      // A stage that keeps the shape open until it has seen data keeps this check open, too.
      guard let shape = try pipeline.featureShape(for: layout.featureShape) else { return }
      inputShape = shape
      network = try Network(
        name: configuration.name, inputShape: inputShape, layers: configuration.layers)
    } catch {
      items.append(CheckItem("network", failed: error))
      return
    }
    guard let network else { return }
    items.append(
      CheckItem(
        "network",
        "\(network.layers.count) layers, \(Figures.grouped(network.parameterCount)) "
          + "parameters"))
    if let training = job.training { check(training, network, pipeline, layout) }
  }

  /// The classes that the labels may name; nil when targets are no labels.
  func classCount(_ job: JobSections) -> Int? {
    guard let training = job.training, training.loss.isSparse else { return nil }
    return network?.outputShape.last
  }

  private mutating func check(
    _ training: TrainingConfiguration, _ network: Network, _ pipeline: PipelineConfiguration,
    _ layout: RowLayout
  ) {
    do {
      _ = try MetricSet(
        training.metrics, at: ["training", "metrics"], loss: training.loss,
        outputShape: network.outputShape)
      guard let targetShape = layout.targetShape,
        let shape = try pipeline.targetShape(for: targetShape)
      else { return }
      let expected = training.loss.targetCount(outputShape: network.outputShape)
      let found = shape.reduce(1, *)
      guard expected == found else {
        items.append(
          CheckItem(
            "training.loss",
            failed:
              "\(training.loss.function.rawValue) compares \(network.outputCount) outputs with "
              + "\(expected) number(s) per row, but the target has \(found) after the pipeline: "
              + "change the last layer, the loss, or add one_hot to pipeline.target"))
        return
      }
      items.append(
        CheckItem("training.loss", "\(training.loss.function.rawValue) fits outputs and targets"))
    } catch { items.append(CheckItem("training", failed: error)) }
  }
}
