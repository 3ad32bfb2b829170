internal import HDF5
package import NN
internal import Pipeline

extension TrainingJob {
  /// Throws what a training would throw about the checkpoints that are there: of another job, of
  /// other rows, all damaged, or no checkpoints at all.
  ///
  /// Not collective.
  /// - Returns: What it would say about damaged ones that it passes over.
  package func checkCheckpoint(network: Network) throws -> [String] {
    let files = CheckpointFiles(output)
    guard let found = try files.newestGood() else { return [] }
    let path = files.path(found.age)
    _ = try Checkpoint.pipeline(in: path)
    _ = try Checkpoint(
      reading: path, identity: try identity(network: network), network: network, job: self,
      shuffle: try TrainingData(self).shuffle(training))
    return files.notes(on: found)
  }

  /// The epoch that a training would go on with, and the checkpoint that says so; nil when it would
  /// begin anew, or end with an error.
  ///
  /// Not collective.
  package var resumption: (epoch: Int, path: String)? {
    let files = CheckpointFiles(output)
    guard let found = try? files.newestGood() else { return nil }
    let path = files.path(found.age)
    guard
      let epoch = try? Checkpoint.open(path).group(Checkpoint.groupName).intAttribute("epoch")
    else { return nil }
    return (epoch, path)
  }

  /// Whether any checkpoint of the job is there, good or not.
  package var hasCheckpoint: Bool { !CheckpointFiles(output).ages.isEmpty }
}
