package import NN
internal import Pipeline

extension TrainingJob {
  /// Throws what a training would throw about the checkpoint that is there: one of another job, of
  /// other rows, damaged, or no checkpoint at all.
  ///
  /// Not collective.
  package func checkCheckpoint(network: Network) throws {
    let path = output.checkpoint
    _ = try Checkpoint.pipeline(in: path)
    _ = try Checkpoint(
      reading: path, identity: try identity(network: network), network: network, job: self,
      shuffle: try TrainingData(self).shuffle(training))
  }
}
