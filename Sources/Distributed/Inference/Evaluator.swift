public import NN
public import Pipeline

/// What an evaluation found.
public struct Evaluation: Sendable {
  /// The rows that were measured.
  public var rowCount: Int
  /// Loss and metrics by Keras' names.
  public var values: [EpochRecord.Result]
  /// Rows by true and predicted class; nil when the model tells no classes apart.
  public var confusion: ConfusionMatrix?
}

/// Measures a trained model on rows with known targets, shared among all ranks.
public struct Evaluator: Sendable {
  private let model: TrainedModel
  private let source: DataSource
  private let batchSize: Int
  private let threadCount: Int

  /// Prepares to measure on the features and targets that `source` names.
  public init(
    _ model: TrainedModel, source: DataSource, batchSize: Int? = nil, threadCount: Int = 1
  ) {
    self.model = model
    self.source = source
    self.batchSize = model.batchSize(asked: batchSize)
    self.threadCount = threadCount
  }

  /// Measures `rows` (all, unless given); every rank gets the result.
  ///
  /// Collective over `world` and blocking. The figures from any number of ranks are equal: counts
  /// exactly, sums to rounding.
  public func run(
    on world: borrowing Communicator, rows: Range<Int>? = nil
  ) throws -> Evaluation {
    Engine.configure(threads: threadCount)
    guard let job = model.job else {
      throw DistributedError(
        "\(model.path) was not written by sounder and names no loss to evaluate: predict with it")
    }
    guard source.target != nil else {
      throw DistributedError(
        "an evaluation needs the data set of targets: name it with --target", exitCode: 64)
    }
    let aligned = try source.aligned(
      inputs: model.network.inputs.map(\.name), outputs: model.network.outputNames)
    let opened = try aligned.open()
    try RowParts(opened, aligned).check(
      network: model.network, losses: try job.training.losses(for: model.network), model.pipeline)
    if let shape = opened.layout.weightShape {
      try TrainingData.checkWeights(shape, key: aligned.file, network: model.network)
    }
    let range = try RowRange.checked(rows, of: opened.layout.rowCount, in: source)
    var metrics = try job.training.figures(for: model.network)
    var confusion =
      model.isClassifier ? ConfusionMatrix(classCount: model.network.outputCount) : nil
    let memory = Gradient(parameterCount: model.parameters.count)
    _ = memory.values.update(fromContentsOf: model.parameters)
    var sums = try withExtendedLifetime(memory) {
      try Scorer(
        network: model.network, parameters: memory.start, training: job.training, metrics: metrics,
        source: aligned, rows: RowSet(runs: [range]), pipeline: model.pipeline,
        batchSize: batchSize, memoryByteCount: 64 << 20, confusion: confusion
      ).sums(among: world)
    }
    try world.barrier()
    try world.allReduce(&sums, .sum)
    let metricCount = metrics.sums.count
    metrics.sums = Array(sums[..<metricCount])
    confusion?.counts = Array(sums[metricCount...])
    return Evaluation(
      rowCount: range.count,
      values: metrics.results().map { .init(name: $0.name, value: $0.value) },
      confusion: confusion)
  }
}
