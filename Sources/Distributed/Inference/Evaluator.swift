private import Configuration
public import NN
public import Pipeline

/// What an evaluation found.
public struct Evaluation: Sendable {
  /// The rows that were measured.
  public var rowCount: Int
  /// Loss and metrics by Keras' names.
  public var values: [EpochRecord.Result]
  /// What was counted of each output that tells classes or labels apart.
  public var classified: [OutputClasses] = []
  /// Why there is no confusion matrix though an output tells classes apart; nil otherwise.
  public var remark: String?
  /// The rows that `unknown: skip` of the pipeline left out; they are not among those that were measured.
  public var leftOut = LeftOutRows()

  /// Rows by true and predicted class of a network with one output; nil when it tells no classes apart.
  public var confusion: ConfusionMatrix? { single?.confusion }
  /// How well each class or label of a network with one output is told; nil when it tells none apart.
  public var classes: ClassReport? { single?.report }
  private var single: OutputClasses? { classified.first { $0.output.isEmpty } }
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
    let own = try request.training(of: model)
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
    let losses = try own.losses(for: model.network)
    // What nobody fitted takes targets as they are.
    let pipeline =
      model.job == nil
      ? model.pipeline.taking(targetsOf: opened.layout.targetShape ?? []) : model.pipeline
    try RowParts(opened, aligned).check(
      network: model.network, losses: losses, pipeline)
    try TrainingData.check(
      targetCount: pipeline.target.outputCount, of: aligned, network: model.network, losses: losses)
    if let shape = opened.layout.weightShape {
      try TrainingData.checkWeights(shape, key: aligned.file, network: model.network)
    }
    let asked = try choose(opened.layout)
    let leftOut = try aligned.leftOut(among: asked, with: try MPIImportCrew(world))
    let rows = asked.subtracting(leftOut.rows)
    guard rows.count > 0 || asked.count == 0 else {
      throw DistributedError(
        "\(aligned.file): no row is left to measure, where \(leftOut.words()): name other rows",
        exitCode: ExitCode.data)
    }
    let training = try request.training(own, for: model.network)
    var metrics = try training.figures(for: model.network)
    var (classified, remark) = counting(losses)
    guard !request.tellsClasses || !classified.isEmpty else {
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
        source: aligned, rows: rows, pipeline: pipeline,
        batchSize: batchSize, memoryByteCount: 64 << 20, classes: classified
      ).sums(among: world)
    }
    try world.barrier()
    try world.allReduce(&sums, .sum)
    var start = metrics.sums.count
    metrics.sums = Array(sums[..<start])
    for index in classified.indices {
      let end = start + classified[index].counts.sums.count
      classified[index].counts.sums = Array(sums[start..<end])
      start = end
    }
    var values = metrics.results().map { EpochRecord.Result(name: $0.name, value: $0.value) }
    func take(_ name: String) -> Double? {
      values.firstIndex { $0.name == name }.map { values.remove(at: $0).value }
    }
    for index in classified.indices where request.tellsClasses {
      let output = classified[index].output
      let prefix = output.isEmpty ? "" : output + "_"
      var areas: [(roc: Double, pr: Double)] = []
      while let roc = take(prefix + EvaluationRequest.area("roc_auc", of: areas.count)),
        let pr = take(prefix + EvaluationRequest.area("pr_auc", of: areas.count))
      {
        areas.append((roc, pr))
      }
      classified[index].areas = areas
    }
    return Evaluation(
      rowCount: rows.count, values: values, classified: classified, remark: remark,
      leftOut: leftOut)
  }

  /// What is counted of the outputs with these losses, and which have too many classes.
  ///
  /// Outputs of yes and no count where classes are asked for.
  private func counting(_ losses: [Loss]) -> (classified: [OutputClasses], remark: String?) {
    let network = model.network
    var classified: [OutputClasses] = []
    var remarks: [String] = []
    for (index, loss) in losses.enumerated() {
      let name = losses.count == 1 ? "" : network.outputNames[index]
      let shape = network.tensors[network.outputs[index]].shape
      switch ClassCounts.kind(loss, outputShape: shape) {
      case .classes(let count) where count > Self.mostConfusedClasses:
        remarks.append(
          (name.isEmpty ? model.path : "\(model.path): the output '\(name)'")
            + " tells \(count) classes apart, and a confusion matrix has room for "
            + "\(Self.mostConfusedClasses)")
        continue
      case .yesOrNo, .labels:
        guard request.tellsClasses else { continue }
      case .classes, nil: break
      }
      if let counts = ClassCounts(loss, outputShape: shape) {
        classified.append(OutputClasses(name, index: index, counts))
      }
    }
    return (classified, remarks.isEmpty ? nil : remarks.joined(separator: "; "))
  }
}
