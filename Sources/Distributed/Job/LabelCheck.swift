package import NN
package import Pipeline

extension TrainingConfiguration {
  /// Throws where a loss takes class numbers, of which a stage of the target makes other numbers.
  ///
  /// Such targets name no class: at best the training would diverge, without a word about the reason.
  package func checkLabels(network: Network, pipeline: PipelineConfiguration) throws {
    for (loss, tensor) in zip(try losses(for: network), network.outputs) where loss.isSparse {
      let count = network.tensors[tensor].shape.last ?? 1
      guard let stage = try pipeline.stageScalingLabels(classCount: count) else { continue }
      throw DistributedError(
        "training.loss: \(loss.function.rawValue) takes targets that are the numbers of classes, here 0 to "
          + "\(count - 1), and '\(stage)' of pipeline.target makes other numbers of them: leave that stage "
          + "out, or use a loss for numbers, such as mse")
    }
  }
}
