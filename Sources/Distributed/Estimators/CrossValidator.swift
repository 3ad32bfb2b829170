public import Configuration

/// Trains an estimator once for each of several parts of the rows, and measures it on that part, on which it was
/// not trained.
///
/// Stages are fitted anew to the rows of each training. Where the estimator stops early, the part also decides when:
/// `stopsEarly = false` for figures that owe nothing to it. No model is kept.
public struct CrossValidator<Estimator: TableEstimator>: Sendable {
  /// What is trained.
  public var estimator: Estimator
  /// The number of parts, at least 2.
  public var foldCount: Int
  /// What is measured beside the loss, as `training.metrics` lists it; nil: what the estimator measures.
  public var metrics: [Value]?
  /// Which rows are in which part; nil: the estimator's seed.
  public var seed: UInt64?

  /// Prepares to validate `estimator` on `folds` parts, each once.
  public init(
    _ estimator: Estimator, folds: Int = 5, metrics: [Value]? = nil, seed: UInt64? = nil
  ) {
    (self.estimator, foldCount) = (estimator, folds)
    (self.metrics, self.seed) = (metrics, seed)
  }

  /// Trains and measures, one part after the other.
  ///
  /// Of classes each part has the whole's share where the estimator holds rows out that way. Collective over `world`
  /// and blocking; every rank gets the figures. `observer` is told of every training on rank 0.
  /// - Throws: `DistributedError` (64) for fewer than 2 parts, (75) for a training that a signal stopped; what the
  ///   estimator and the trainings throw.
  public func run(
    _ table: Table, on world: borrowing Communicator, observer: (any TrainingObserver)? = nil
  ) throws -> FoldFigures {
    guard foldCount > 1 else {
      throw DistributedError(
        "rows in \(foldCount) part leave none to train on: ask for at least 2 folds", exitCode: 64)
    }
    let value = try estimator.job(for: table)
    var job = try TrainingJob(value: value)
    if let metrics { job.training.metrics = metrics }
    var folds: [[EpochRecord.Result]] = []
    for fold in 0..<foldCount {
      job.data.validation = .fold(fold, count: foldCount, seed: seed)
      let run = try EstimatorRun(
        job, text: value.yaml, of: table, modelFile: nil, overwrites: true, on: world)
      let report = try withExtendedLifetime(run) {
        let report = try run.train(on: world, observer: observer)
        try run.requireEnd(report, rank: world.rank)
        try world.barrier()
        return report
      }
      folds.append((report.result?.values ?? []).filter { $0.name.hasPrefix("val_") })
    }
    return FoldFigures(folds: folds)
  }
}
