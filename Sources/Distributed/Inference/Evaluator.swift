private import Configuration
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
  /// Why there is no confusion matrix though the model tells classes apart; nil otherwise.
  public var remark: String?
  /// The rows that `unknown: skip` of the pipeline left out; they are not among those that were measured.
  public var leftOut = LeftOutRows()
  /// The areas under the curves of each class, where they were asked for.
  var areas: [(roc: Double, pr: Double)] = []

  /// How well each class is told; nil when the model tells no classes apart.
  public var classes: ClassReport? { confusion.map { ClassReport($0, areas: areas) } }
}

/// Measures a trained model on rows with known targets, shared among all ranks.
public struct Evaluator: Sendable {
  /// More classes have no confusion matrix, which takes 8 bytes for each pair on every rank: at most 128 MB.
  static let mostConfusedClasses = 4096

  private let model: TrainedModel
  private let source: DataSource
  private let batchSize: Int
  private let threadCount: Int
  private let request: EvaluationRequest

  /// Prepares to measure on the features and targets that `source` names.
  public init(
    _ model: TrainedModel, source: DataSource, batchSize: Int? = nil, threadCount: Int = 1,
    request: EvaluationRequest = EvaluationRequest()
  ) {
    self.model = model
    self.request = request
    self.source = source.bound(to: model.pipeline)
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
    try run(on: world) { layout in
      RowSet(runs: [try RowRange.checked(rows, of: layout.rowCount, in: source)])
    }
  }

  /// The same for a set of rows.
  public func run(on world: borrowing Communicator, rows: RowSet) throws -> Evaluation {
    try run(on: world) { _ in rows }
  }

  private func run(
    on world: borrowing Communicator, _ choose: (RowLayout) throws -> RowSet
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
    try aligned.checkAlike(opened.layout, on: world)
    guard opened.layout.targetShape != nil else {
      throw DistributedError(
        "\(aligned.file): its rows have no targets, which an evaluation needs: give its layout a targetShape"
      )
    }
    try RowParts(opened, aligned).check(
      network: model.network, losses: try job.training.losses(for: model.network), model.pipeline)
    if let shape = opened.layout.weightShape {
      try TrainingData.checkWeights(shape, key: aligned.file, network: model.network)
    }
    let asked = try choose(opened.layout)
    let leftOut = try aligned.leftOut(among: asked)
    let rows = asked.subtracting(leftOut.rows)
    guard rows.count > 0 || asked.count == 0 else {
      throw DistributedError(
        "\(aligned.file): no row is left to measure, where \(leftOut.words()): name other rows",
        exitCode: ExitCode.data)
    }
    let training = try request.training(job.training, for: model.network)
    var metrics = try training.figures(for: model.network)
    let threshold = request.tellsClasses ? try binaryThreshold(training) : nil
    var confusion: ConfusionMatrix?
    var remark: String?
    if model.isClassifier, model.network.outputCount > Self.mostConfusedClasses {
      remark =
        "\(model.path) tells \(model.network.outputCount) classes apart, and a confusion matrix has room for "
        + "\(Self.mostConfusedClasses)"
    } else if model.isClassifier {
      confusion = ConfusionMatrix(classCount: model.network.outputCount)
    } else if threshold != nil {
      confusion = ConfusionMatrix(classCount: 2)
    }
    guard !request.tellsClasses || confusion != nil else {
      throw DistributedError(
        "--per-class tells of each class, and "
          + (remark ?? "\(model.path) tells none apart")
          + ": leave it out", exitCode: ExitCode.usage)
    }
    let memory = Gradient(parameterCount: model.parameters.count)
    _ = memory.values.update(fromContentsOf: model.parameters)
    var sums = try withExtendedLifetime(memory) {
      try Scorer(
        network: model.network, parameters: memory.start, training: training, metrics: metrics,
        source: aligned, rows: rows, pipeline: model.pipeline,
        batchSize: batchSize, memoryByteCount: 64 << 20, confusion: confusion,
        threshold: threshold
      ).sums(among: world)
    }
    try world.barrier()
    try world.allReduce(&sums, .sum)
    let metricCount = metrics.sums.count
    metrics.sums = Array(sums[..<metricCount])
    confusion?.counts = Array(sums[metricCount...])
    var values = metrics.results().map { EpochRecord.Result(name: $0.name, value: $0.value) }
    func take(_ name: String) -> Double? {
      values.firstIndex { $0.name == name }.map { values.remove(at: $0).value }
    }
    var areas: [(roc: Double, pr: Double)] = []
    while request.tellsClasses,
      let roc = take(EvaluationRequest.area("roc_auc", of: areas.count)),
      let pr = take(EvaluationRequest.area("pr_auc", of: areas.count))
    {
      areas.append((roc, pr))
    }
    return Evaluation(
      rowCount: rows.count, values: values, confusion: confusion, remark: remark,
      leftOut: leftOut, areas: areas)
  }

  /// The output above which a network with one yes or no says yes; nil for other networks.
  private func binaryThreshold(_ training: TrainingConfiguration) throws -> Float? {
    guard model.network.outputCount == 1 else { return nil }
    let loss = try training.losses(for: model.network)[0]
    switch loss.function {
    case .binaryCrossentropy, .binaryFocalCrossentropy: return loss.fromLogits ? 0 : 0.5
    default: return nil
    }
  }
}
