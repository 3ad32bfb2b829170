internal import HDF5
internal import NN
public import Pipeline

/// A fitted pipeline with its trained network: what `fit` gives and a model file holds.
///
/// In memory on every rank; a value that is never changed.
public struct PipelineModel: Sendable {
  /// Network, weights, and the fitted stages.
  public let model: TrainedModel
  /// The figures of the training's epochs.
  public let history: [EpochRecord]
  /// The figures of the epoch whose weights the model has; nil for one that was read from a file.
  public let result: EpochRecord?
  private let jobText: String

  /// Reads a model file that `save`, `fit` or `sounder train` has written.
  ///
  /// Not collective.
  /// - Throws: `DistributedError` for a model without a table, which other programs may have written.
  public init(loading path: String) throws {
    let file = try File(opening: path)
    guard try file.root().contains(TrainingRecord.groupName) else {
      throw DistributedError(
        "\(path) was not written by sounder and has no fitted pipeline: predict with `Predictor`")
    }
    try self.init(
      path, history: TrainingRecord.readHistory(from: file.group(TrainingRecord.groupName)),
      result: nil)
  }

  init(_ path: String, history: [EpochRecord], result: EpochRecord?) throws {
    let model = try TrainedModel(reading: path)
    guard model.job?.data.train.table != nil else {
      throw DistributedError(
        "\(path): the model takes rows of numbers, not the columns of a table: predict with `Predictor`"
      )
    }
    (self.model, self.history, self.result) = (model, history, result)
    jobText = try File(opening: path).group(TrainingRecord.groupName).stringAttribute("job_text")
  }

  /// The classes in the order of the network's outputs; empty where it tells none apart.
  public var classNames: [String] { model.pipeline.targetClasses?.names ?? [] }

  /// Writes the model file: what `init(loading:)`, all commands and Keras read.
  ///
  /// Collective over `world`: rank 0 writes, the others wait. The file appears whole or not at all, in the place of
  /// one that is there.
  public func save(to path: String, on world: borrowing Communicator) throws {
    if world.rank == 0, var job = model.job {
      try OutputFiles.checkWritable(path, key: "the model file")
      job.output.model = path
      try TrainingRecord(job: job, jobText: jobText, pipeline: model.pipeline, history: history)
        .write(path, network: model.network, parameters: model.parameters) { group in
          guard let calibration = model.calibration else { return }
          try calibration.write(to: try group.createGroup(IntervalCalibration.groupName))
        }
    }
    try world.barrier()
  }

  /// Opens the file at `path` for this model, without looking through its rows: a CSV file is read as the job that
  /// trained the model read its own (`data.train.csv`), as far as `options` say nothing of it.
  ///
  /// Collective over `world` and blocking, as `Table`.
  /// - Throws: as `Table`, and `DistributedError` (64) for a CSV file without a line of names that has another number of
  ///   columns than the job names.
  public func table(
    _ path: String, name: String? = nil, options: ImportOptions = ImportOptions(),
    on world: borrowing Communicator
  ) throws -> Table {
    guard ConvertedData.isCSV(path) else {
      return try Table(path, name: name, options: options, surveys: false, on: world)
    }
    let recorded = try RecordedForm(
      [path], for: model, given: CSVForm(options), advice: "give `options`")
    var read = options
    recorded.form.apply(to: &read)
    return try recorded.telling {
      try Table(path, name: name, options: read, surveys: false, on: world)
    }
  }

  /// Predicts all rows of `table` and writes them to `output`, in the table's order: HDF5 for a name that ends in
  /// `.h5` or `.hdf5`, standard output for `-`, CSV otherwise.
  ///
  /// As `sounder predict`; with a `layer`, what that one gives, as `sounder transform`. Columns are found by their
  /// names, and the label need not be there. Collective over `world` and blocking.
  /// - Returns: The number of rows.
  /// - Throws: `PipelineError` for a column that is missing or holds something else than when the stages were
  ///   fitted, `NetworkError` for a layer that is not there.
  @discardableResult
  public func transform(
    _ table: Table, to output: String, layer: String? = nil,
    request: PredictionRequest = PredictionRequest(), on world: borrowing Communicator
  ) throws -> Int {
    let part = try layer.map { try model.part(endingAt: $0) } ?? model
    return try withExtendedLifetime(table) {
      try Predictor(part, source: source(of: table, withTarget: false), request: request)
        .run(on: world, output: output)
    }
  }

  /// Measures the model on all rows of `table`, which has the label.
  ///
  /// As `sounder evaluate`. Collective over `world` and blocking; every rank gets the figures.
  public func evaluate(
    _ table: Table, on world: borrowing Communicator
  ) throws -> Evaluation {
    try withExtendedLifetime(table) {
      try Evaluator(model, source: source(of: table, withTarget: true)).run(on: world)
    }
  }

  /// The table's columns that the job names.
  private func source(of table: Table, withTarget: Bool) throws -> DataSource {
    guard var source = model.job?.data.train else {
      preconditionFailure("\(model.path): a model without a job")
    }
    source.file = table.file
    source.table = table.name
    source.largestRowByteCount = nil
    if !withTarget {
      (source.target, source.targetParts, source.targetColumns) = (nil, [], [])
      source.weights = nil
    }
    return source
  }
}

extension Evaluation {
  /// The figure of that name; nil where it was not measured.
  public subscript(name: String) -> Double? { values.first { $0.name == name }?.value }
}
