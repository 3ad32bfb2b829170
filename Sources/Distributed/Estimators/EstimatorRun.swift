internal import Pipeline

/// One training of an estimator's job, whose model file may be there only until it is read.
struct EstimatorRun {
  /// The job with the names of the files that it writes.
  let job: TrainingJob
  private let text: String
  private let overwrites: Bool
  private let scratch: ScratchFile?
  /// Rows of a CSV file are there already in another one.
  private let table: Table

  /// Prepares to train; without a `modelFile` the model is written to a file for a while.
  ///
  /// Collective over `world`.
  init(
    _ job: TrainingJob, text: String, of table: Table, modelFile: String?, overwrites: Bool,
    on world: borrowing Communicator
  ) throws {
    var job = job
    self.text = text
    self.table = table
    if modelFile == nil {
      let scratch = try ScratchFile(ending: ".model.h5", on: world)
      job.output.model = scratch.path
      job.output.checkpoint = scratch.path + ".checkpoint.h5"
      self.scratch = scratch
      // The file is there already, empty.
      self.overwrites = true
    } else {
      scratch = nil
      self.overwrites = overwrites
    }
    self.job = job
  }

  /// Trains; the model file is there where the training came to its end.
  ///
  /// Collective over `world` and blocking.
  func train(
    on world: borrowing Communicator, observer: (any TrainingObserver)?,
    callbacks: [any TrainingCallback] = []
  ) throws -> TrainingReport {
    try table.naming {
      try Trainer(
        job, jobText: text, overwrites: overwrites,
        // Nobody could go on from the checkpoint of a model that is in memory alone.
        policy: scratch == nil
          ? CheckpointPolicy() : CheckpointPolicy(start: .fresh, seconds: .infinity),
        reading: try table.reading(job)
      ).run(on: world, observer: observer ?? SilentObserver(), callbacks: callbacks)
    }
  }

  /// Throws for a training that was stopped, and removes the checkpoint that nobody asked for.
  ///
  /// Every rank calls it with the same report.
  /// - Throws: `DistributedError` (75).
  func requireEnd(_ report: TrainingReport, rank: Int) throws(DistributedError) {
    guard report.outcome != .finished else { return }
    discard(rank: rank)
    throw DistributedError(
      "the training was stopped behind epoch \(report.history.last?.epoch ?? 0) of "
        + "\(job.training.epochCount): "
        + (scratch == nil
          ? "the same call goes on with it, from \(job.output.checkpoint)"
          : "fit again; with a `modelFile` it would go on where it was"),
      exitCode: 75)
  }

  /// Removes the checkpoint of a training whose model is in no file of the caller's.
  func discard(rank: Int) {
    if scratch != nil, rank == 0 { CheckpointFiles(job.output).removeAll() }
  }
}

/// An observer that says nothing.
private final class SilentObserver: TrainingObserver {
  func note(_ line: String) {}
  func progress(_ progress: TrainingProgress) {}
  func epochEnded(_ record: EpochRecord) {}
}
