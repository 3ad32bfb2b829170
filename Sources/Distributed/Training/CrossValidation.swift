private import Configuration
private import Glibc
public import NN
private import Pipeline

/// Trains a job once for each of several folds of its rows, and measures each model on the fold that it has not
/// seen.
///
/// The folds are those of `data.validation: {fold, folds}`: together all rows, each once. A model file
/// stands beside the job's own, `m.fold-0.h5` for `m.h5` where models are kept, else `m.fold-0.part.h5` until all
/// folds are done, so that a run that was stopped goes on with the fold at which it was.
public struct CrossValidation: Sendable {
  /// One fold.
  public struct Fold: Sendable {
    /// Its number, from 0.
    public let index: Int
    /// Its model file, which stays where models are kept.
    public let modelPath: String
    /// The figures of its model on its rows.
    public let evaluation: Evaluation
  }

  /// A figure over all folds.
  public struct Summary: Sendable {
    /// Its name.
    public let name: String
    /// The mean of the folds.
    public let mean: Double
    /// The sample standard deviation of the folds, with n - 1.
    public let deviation: Double
  }

  /// All folds that were trained.
  public struct Report: Sendable {
    /// The folds, in order.
    public internal(set) var folds: [Fold] = []
    /// The names of the target's classes, where its texts are; the same in all folds.
    public internal(set) var classNames: [String]?
    /// Whether a signal came before the last one was done: the same command goes on.
    public internal(set) var wasStopped = false

    /// 0, or 75 when it was stopped.
    public var exitCode: Int32 { wasStopped ? ExitCode.stoppedEarly : 0 }

    /// Mean and standard deviation of each figure.
    public var summaries: [Summary] {
      guard let first = folds.first else { return [] }
      return first.evaluation.values.indices.map { index in
        CrossValidation.summary(
          first.evaluation.values[index].name, folds.map { $0.evaluation.values[index].value })
      }
    }

    /// How often each class was predicted as each, over the rows of all folds; nil where there are no classes.
    public var confusion: ConfusionMatrix? {
      classified.first { $0.output.isEmpty }?.confusion
    }

    /// What was counted of each output that tells classes or labels apart, over the rows of all folds; without areas.
    public var classified: [OutputClasses] {
      guard var sums = folds.first?.evaluation.classified else { return [] }
      for index in sums.indices {
        sums[index].areas = []
        for fold in folds.dropFirst() {
          for (place, sum) in fold.evaluation.classified[index].counts.sums.enumerated() {
            sums[index].counts.sums[place] += sum
          }
        }
      }
      return sums
    }
  }

  private let job: TrainingJob
  private let jobText: String
  private let foldCount: Int
  private let overwrites: Bool
  private let keepsModels: Bool
  private let start: CheckpointPolicy.Start
  private let request: EvaluationRequest

  /// Prepares to train `job` on all but one of `foldCount` folds, at least 2, each in turn.
  ///
  /// - Parameters:
  ///   - job: the job.
  ///   - jobText: the job file as the user wrote it.
  ///   - foldCount: how many folds there are.
  ///   - overwrites: whether model files of folds that are there may be replaced; else those of the same job
  ///     are taken as they are, and those that an earlier run kept stay.
  ///   - keepsModels: whether those of this run stay.
  ///   - start: where the parameters of a fold come from: its checkpoint, or nothing.
  ///   - request: what is measured.
  /// - Throws: `DistributedError` where the job's validation rows are no part of its training rows, and where
  ///   classes are to be told of and the job's loss tells none apart.
  public init(
    _ job: TrainingJob, jobText: String = "", foldCount: Int, overwrites: Bool = false,
    keepsModels: Bool = false, start: CheckpointPolicy.Start = .resume,
    request: EvaluationRequest = EvaluationRequest()
  ) throws(DistributedError) {
    precondition(foldCount > 1, "\(foldCount) folds")
    if case .source = job.data.validation {
      throw DistributedError(
        "data.validation names rows of its own, and a fold is a part of the training rows: leave it out",
        exitCode: ExitCode.data)
    }
    let losses =
      job.training.outputLosses.isEmpty
      ? [job.training.loss] : job.training.outputLosses.map(\.loss)
    guard
      !request.tellsClasses || losses.contains(where: { $0.isCategorical || $0.isBinary })
    else {
      throw DistributedError(
        "--per-class tells of each class, and the job's training.loss tells none apart: leave it out",
        exitCode: ExitCode.usage)
    }
    self.job = job
    self.jobText = jobText
    self.foldCount = foldCount
    self.overwrites = overwrites
    self.keepsModels = keepsModels
    self.start = start
    self.request = request
  }

  /// Trains and measures fold after fold; every rank gets the report.
  ///
  /// Collective over `world` and blocking. `observer` follows each training, `foldEnded` is told of each
  /// fold, both on rank 0 alone.
  public func run(
    on world: borrowing Communicator, observer: any TrainingObserver,
    foldEnded: (Fold) -> Void = { _ in }
  ) throws -> Report {
    let converted = try ConvertedJobData(
      job.data, for: job.pipeline, beside: job.output.model, with: try MPIImportCrew(world))
    defer { converted.remove() }
    if world.rank == 0 {
      for note in [converted.line].compactMap({ $0 }) + converted.remarks { observer.note(note) }
    }
    var report = Report()
    for index in 0..<foldCount {
      var own = fold(index, isKept: true)
      var isThere = try isDone(own, on: world)
      if !isThere, !keepsModels {
        own = fold(index, isKept: false)
        isThere = try isDone(own, on: world)
      }
      var data = converted.data
      data.validation = own.data.validation
      if !isThere {
        if world.rank == 0 { observer.note("fold \(index) of \(foldCount)") }
        let result = try Trainer(
          own, jobText: jobText, overwrites: overwrites, policy: CheckpointPolicy(start: start),
          reading: DataReading(data, numbers: converted.numbers)
        ).run(on: world, observer: observer)
        guard result.outcome == .finished else {
          report.wasStopped = true
          return report
        }
      } else if world.rank == 0 {
        observer.note("fold \(index) of \(foldCount): \(own.output.model) is there already")
      }
      try world.barrier()
      let model = try TrainedModel(reading: own.output.model)
      let heldOut = try Calibrator.heldOutRows(
        of: model, in: data, with: try MPIImportCrew(world))
      let evaluation = try converted.naming {
        try Evaluator(model, source: heldOut.source, request: request)
          .run(on: world, rows: heldOut.rows)
      }
      let fold = Fold(index: index, modelPath: own.output.model, evaluation: evaluation)
      report.folds.append(fold)
      report.classNames = model.pipeline.targetClasses?.names
      if world.rank == 0 {
        if index == 0, let remark = evaluation.remark { observer.note(remark + ": there is none") }
        foldEnded(fold)
      }
    }
    try world.barrier()
    // Those that are kept are of this run or of one before it, and stay.
    if world.rank == 0 {
      for index in 0..<foldCount { unlink(fold(index, isKept: false).output.model) }
    }
    return report
  }

  /// Whether the model of a fold is there, trained by the same job.
  private func isDone(_ own: TrainingJob, on world: borrowing Communicator) throws -> Bool {
    var isDone = false
    if world.rank == 0, !overwrites, access(own.output.model, F_OK) == 0,
      let model = try? TrainedModel(reading: own.output.model)
    {
      isDone = model.job?.value.json == own.value.json
    }
    return try world.broadcast(bytes: [isDone ? 1 : 0], from: 0) == [1]
  }

  /// The job of one fold, with the name of a model that is kept or of one that goes at the end.
  private func fold(_ index: Int, isKept: Bool) -> TrainingJob {
    var own = job
    let seed: UInt64? =
      switch job.data.validation {
      case .fraction(_, let seed), .fold(_, _, let seed): seed
      default: nil
      }
    own.data.validation = .fold(index, count: foldCount, seed: seed)
    func named(_ path: String, _ part: String = "") -> String {
      let name = path.lastIndex(of: "/").map { path.index(after: $0) } ?? path.startIndex
      let dot = path[name...].lastIndex(of: ".") ?? path.endIndex
      return "\(path[..<dot]).fold-\(index)\(part)\(path[dot...])"
    }
    own.output.model = named(job.output.model, isKept ? "" : ".part")
    own.output.checkpoint = named(job.output.checkpoint)
    own.output.historyCSV = job.output.historyCSV.map { named($0) }
    own.output.historyJSON = job.output.historyJSON.map { named($0) }
    return own
  }

  /// The mean of some values, and their sample standard deviation.
  package static func summary(_ name: String, _ values: [Double]) -> Summary {
    let count = Double(values.count)
    let mean = values.reduce(0, +) / count
    let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    return Summary(
      name: name, mean: mean,
      deviation: values.count > 1 ? (squares / (count - 1)).squareRoot() : .nan)
  }
}
