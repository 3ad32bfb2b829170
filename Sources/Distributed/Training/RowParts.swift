package import NN
package import Pipeline

/// The data sets that a row of features and targets is made of, beside the network's inputs and
/// outputs that they are for.
package struct RowParts {
  private let source: DataSource
  private let features: [[Int]]
  private let targets: [[Int]]

  /// The parts of an open source.
  package init(_ opened: any OpenedSource, _ source: DataSource) {
    self.source = source
    (features, targets) = opened.partShapes
  }

  /// Throws when a data set has rows of another size than its input, or than its output's loss
  /// compares.
  ///
  /// Behind a pipeline that changes the size of a row nobody knows which part is which.
  package func check(
    network: Network, losses: [Loss], _ pipeline: FittedPipeline
  ) throws(DistributedError) {
    if !source.featureParts.isEmpty {
      try Self.checkSize(
        "features", features, before: pipeline.features.outputCount, source.featureParts)
      try check(network.inputs)
    }
    guard !source.targetParts.isEmpty else { return }
    try Self.checkSize(
      "target", targets, before: pipeline.target.outputCount, source.targetParts)
    try check(outputsOf: network, losses: losses)
  }

  /// The same without a fitted pipeline, for the inputs that rows are made of.
  package func check(_ inputs: [NetworkInput]) throws(DistributedError) {
    for (index, part) in source.featureParts.enumerated() {
      let (found, expected) = (Self.count(features[index]), inputs[index].count)
      guard found != expected else { continue }
      throw DistributedError(
        "the input '\(part.name)' takes rows of \(inputs[index].shape), but '\(part.dataset)' "
          + "has rows of \(features[index]): name another data set, or change network.inputs")
    }
  }

  /// The same for the targets.
  package func check(outputsOf network: Network, losses: [Loss]) throws(DistributedError) {
    for (index, part) in source.targetParts.enumerated() {
      let shape = network.tensors[network.outputs[index]].shape
      let expected = losses[index].targetCount(outputShape: shape)
      guard Self.count(targets[index]) != expected else { continue }
      throw DistributedError(
        "the loss \(losses[index].function.rawValue) compares the output '\(part.name)' with "
          + "\(expected) number(s) per row, but '\(part.dataset)' has rows of \(targets[index]): change "
          + "the layer, the loss, or the data set")
    }
  }

  private static func checkSize(
    _ key: String, _ shapes: [[Int]], before outputCount: Int, _ parts: [DataSource.Part]
  ) throws(DistributedError) {
    guard parts.count > 1, shapes.reduce(0, { $0 + count($1) }) != outputCount else { return }
    throw DistributedError(
      "pipeline.\(key) changes the size of a row that is made of \(parts.count) data sets: leave such "
        + "stages out (labels need no one_hot with a sparse loss)")
  }

  private static func count(_ shape: [Int]) -> Int { shape.reduce(1, *) }
}
