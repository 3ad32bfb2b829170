internal import HDF5
package import NN
internal import Pipeline

extension TrainingJob {
  /// Throws what a training would throw about the checkpoints that are there: of another job, of
  /// other rows, all damaged, or no checkpoints at all.
  ///
  /// `data` are the job's data as they can be read now, where they are no HDF5; nil: as the job has them.
  /// Not collective.
  /// - Returns: What it would say about damaged ones that it passes over.
  package func checkCheckpoint(
    network: Network, data: DataConfiguration? = nil
  ) throws -> [String] {
    let files = CheckpointFiles(output)
    guard let found = try files.newestGood() else { return [] }
    let path = files.path(found.age)
    let pipeline = try Checkpoint.pipeline(in: path)
    _ = try Checkpoint(
      reading: path, identity: try identity(network: network), network: network, job: self,
      shuffle: try TrainingData(
        data ?? self.data, self.pipeline, seed: training.seed, fitted: pipeline
      ).shuffle(training))
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

  /// The HDF5 files that a training reads and that nothing vouches for: data, checkpoints without a checksum.
  ///
  /// A checkpoint with a wrong one is passed over before HDF5 sees it.
  package var inputFiles: [String] {
    let checkpoints = CheckpointFiles(output)
    return data.files + (pipeline.file.map { [$0] } ?? [])
      + checkpoints.ages.map { checkpoints.path($0) }
      .filter { (try? FileSeal.isThere(in: $0)) == false }
  }

  /// Whether any checkpoint of the job is there, good or not.
  package var hasCheckpoint: Bool { !CheckpointFiles(output).ages.isEmpty }
}
