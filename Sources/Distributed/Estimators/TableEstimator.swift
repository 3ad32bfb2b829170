public import Configuration

/// What learns a model from a table: a network, or a pipeline that ends with one.
public protocol TableEstimator: Sendable {
  /// The job that `fit` trains, as the tree of a job file; `output.model` is the estimator's `modelFile`, else
  /// `model.h5`.
  ///
  /// Reads no row: the table has been looked through. The same on all ranks.
  /// - Throws: `PipelineError` for columns that the stages do not fit, `DistributedError` for a table that the
  ///   estimator cannot learn from.
  func job(for table: Table) throws -> Value
  /// Whether the model is kept in a file that the caller named.
  var modelFile: String? { get }
}

extension TableEstimator {
  /// Learns a model from the rows of `table`.
  ///
  /// As `sounder train` with the estimator's `job`: rank 0 of several serves, the others train. Collective over
  /// `world` and blocking; every rank gets the model. Call it within `Session.run`.
  /// - Parameters:
  ///   - table: The rows, which were looked through.
  ///   - world: The ranks that train.
  ///   - overwrites: Whether a model file that is there may be replaced.
  ///   - observer: Is told of the training on rank 0; nil: nobody is.
  ///   - callbacks: Take part on every rank, which gives as many.
  /// - Returns: The model.
  /// - Throws: `DistributedError` (75) for a training that a signal stopped; with a `modelFile` the same call goes on
  ///   with it. Otherwise what `job(for:)` and the training throw.
  public func fit(
    _ table: Table, on world: borrowing Communicator, overwrites: Bool = false,
    observer: (any TrainingObserver)? = nil, callbacks: [any TrainingCallback] = []
  ) throws -> PipelineModel {
    let value = try job(for: table)
    let job = try TrainingJob(value: value)
    let run = try EstimatorRun(
      job, text: value.yaml, of: table, modelFile: modelFile, overwrites: overwrites, on: world)
    return try withExtendedLifetime(run) {
      let report = try run.train(on: world, observer: observer, callbacks: callbacks)
      try run.requireEnd(report, rank: world.rank)
      let model = try PipelineModel(
        run.job.output.model, history: report.history, result: report.result)
      // Rank 0 removes files that are there for a while when all have read them.
      try world.barrier()
      return model
    }
  }

  /// Trains as `fit` does, and keeps neither the model nor a checkpoint.
  ///
  /// Collective over `world` and blocking.
  package func report(
    _ table: Table, on world: borrowing Communicator, observer: any TrainingObserver
  ) throws -> TrainingReport {
    let value = try job(for: table)
    let run = try EstimatorRun(
      try TrainingJob(value: value), text: value.yaml, of: table, modelFile: nil,
      overwrites: true, on: world)
    return try withExtendedLifetime(run) {
      let report = try run.train(on: world, observer: observer)
      run.discard(rank: world.rank)
      try world.barrier()
      return report
    }
  }
}
