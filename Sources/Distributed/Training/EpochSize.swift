package import Pipeline

/// What an epoch comes to, once the rows and the number of workers are known.
package struct EpochSize {
  /// The rows that are trained on.
  package let rowCount: Int
  /// Rows of each worker's slice.
  package let slices: [Int]
  /// Rows of an epoch, over all workers.
  package let sampleCount: Int
  private let draw: Draw?

  /// Rows of the longest slice.
  package var longestSlice: Int { slices.max() ?? 0 }

  /// The epoch of a job whose files are opened.
  ///
  /// Not collective.
  package init(_ job: TrainingJob, workerCount: Int) throws {
    self.init(try TrainingData(job).shuffle(job.training), workerCount: workerCount)
  }

  /// The epoch of an order of rows; slices of other epochs have the same lengths, in another order.
  package init(_ shuffle: Shuffle, workerCount: Int) {
    rowCount = shuffle.rowCount
    draw = shuffle.draw
    slices = shuffle.deal(epoch: 1, workerCount: workerCount).rowCounts
    sampleCount = shuffle.rowCounts(epoch: 1, workerCount: workerCount).reduce(0, +)
  }

  /// Steps of each worker in an epoch.
  package func stepCounts(batchSize: Int) -> [Int] {
    slices.map { slice in
      guard let draw else { return (slice + batchSize - 1) / batchSize }
      return slice == 0 ? 0 : draw.stepCount
    }
  }
}

extension TrainingConfiguration {
  /// Puts the rows of the longest slice in the place of `batch_size: -1`.
  ///
  /// - Throws: `DistributedError` for a slice that no step may be as long as.
  package mutating func resolveBatch(_ size: EpochSize) throws(DistributedError) {
    guard usesWholeSlice else { return }
    guard size.longestSlice <= Self.largestBatch else {
      throw DistributedError(
        "training.batch_size is -1, and a worker's slice has \(size.longestSlice) rows, but a step "
          + "at most \(Self.largestBatch): start more ranks, or give a batch size")
    }
    batchSize = max(1, size.longestSlice)
  }

  /// The same for rows that are open.
  mutating func resolveBatch(_ data: TrainingData, workerCount: Int) throws(DistributedError) {
    try resolveBatch(EpochSize(data.shuffle(self), workerCount: workerCount))
  }
}
