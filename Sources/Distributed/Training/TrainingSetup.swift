internal import NN
internal import Pipeline

/// What every rank knows before the roles part: rows, fitted pipeline, network, checkpoint.
struct TrainingSetup {
  /// The job, its optimizer prepared for the network's arrays and the training's steps.
  let job: TrainingJob
  let jobText: String
  let data: TrainingData
  let pipeline: FittedPipeline
  let network: Network
  let metrics: FigureSet
  /// When the training ends before its last epoch.
  let endings: EpochEndings
  let identity: String
  /// What the run resumes from.
  let checkpoint: Checkpoint?

  /// Where the first parameters come from.
  enum Source {
    /// The initializers.
    case nothing
    /// The job's own checkpoint.
    case own
    /// The checkpoint of another training of the same network.
    case adopted(String)
  }

  /// Opens the rows, fits the pipeline over all ranks, resolves the network's shapes.
  ///
  /// Collective over `world`. Rank 0 goes first where a file may be wrong, so that one rank speaks.
  init(
    _ job: TrainingJob, jobText: String, source: Source, on world: borrowing Communicator
  ) throws {
    self.jobText = jobText
    var opened: TrainingData?
    if world.rank == 0 { opened = try TrainingData(job) }
    try world.barrier()
    data = try opened ?? TrainingData(job)

    // A resumed run takes the pipeline that the interrupted one fitted.
    let path: String? =
      switch source {
      case .nothing: nil
      case .own: job.output.checkpoint
      case .adopted(let other): other
      }
    let stored = try path.map { try Checkpoint.pipeline(in: $0) }
    pipeline = try stored ?? data.fit(job.pipeline, on: world)
    network = try job.network.network(inputShape: pipeline.features.outputShape)
    // Ranks of several nodes share the memory of none but their own.
    try MemoryNeed(network, training: job.training, distribution: job.distribution)
      .check(workerCount: LaunchEnvironment().spansNodes ? 1 : max(1, world.size - 1))
    let losses = try job.training.losses(for: network)
    try data.check(network: network, losses: losses, pipeline: pipeline)
    metrics = try job.training.figures(for: network)
    try job.training.checkClassWeights(network: network)
    try job.checkMonitors(metrics, validates: data.validation != nil)
    endings = EpochEndings(job, metrics)
    identity = try job.identity(network: network)
    var isOwn = true
    if case .adopted = source { isOwn = false }
    let expected = isOwn ? identity : nil
    let shuffle = data.shuffle(seed: job.training.seed)
    let network = network
    checkpoint = try path.map {
      try Checkpoint(
        reading: $0, identity: expected, network: network, job: job, shuffle: shuffle)
    }
    var prepared = job
    prepared.training.optimizer.common.prepare(
      arrays: network.parameterRanges,
      stepCount: Self.stepCount(
        job, resuming: checkpoint, shuffle, workerCount: max(1, world.size - 1)))
    self.job = prepared
  }

  /// The updates of the whole training, for schedules that end with it: those that are done and
  /// those that are left.
  ///
  /// Exact for one worker. Among several, parts of an epoch (`validations_per_epoch`) may end in
  /// smaller batches, and a resumed run may deal its rows otherwise: a few steps more or less.
  private static func stepCount(
    _ job: TrainingJob, resuming checkpoint: Checkpoint?, _ shuffle: Shuffle, workerCount: Int
  ) -> Int {
    func steps(_ rowCounts: [Int]) -> Int {
      job.distribution.mode.optimizerSteps(
        batchCounts: rowCounts.map {
          ($0 + job.training.batchSize - 1) / job.training.batchSize
        })
    }
    let whole = steps(shuffle.slices(workerCount: workerCount).map(\.count))
    var left = (job.training.epochCount - (checkpoint?.epoch ?? 1) + 1) * whole
    if let rest = checkpoint?.rest {
      left += steps((0..<workerCount).map { rest.share(of: $0, among: workerCount).count }) - whole
    }
    return max(1, (checkpoint?.snapshot.updateCount ?? 0) + left)
  }

  /// The optimizer's floats beside each trained parameter of the shared memory.
  var slotCount: Int {
    type(of: job.distribution.mode).keepsStateInMemory ? job.training.optimizer.slotCount : 0
  }

  /// The names of an epoch's figures, as Keras has them.
  var resultNames: [String] {
    metrics.names(validates: data.validation != nil)
  }

  /// How the training rows are dealt and shuffled.
  var shuffle: Shuffle { data.shuffle(seed: job.training.seed) }

  /// Rows of one epoch, over all workers.
  var samplesPerEpoch: Int { data.trainingRows.count }

  /// Rows of the whole training.
  var samplesTotal: Int { samplesPerEpoch * job.training.epochCount }

  /// Rows that an interrupted run had done.
  var samplesDone: Int {
    guard let checkpoint else { return 0 }
    let whole = samplesPerEpoch * (checkpoint.epoch - 1)
    return whole + (checkpoint.rest.map { samplesPerEpoch - $0.count } ?? 0)
  }
}

extension TrainingSetup {
  /// Puts initial or resumed parameters into `memory`, which may hold anything.
  func fill(_ memory: ParameterMemory) {
    if let snapshot = checkpoint?.snapshot {
      _ = memory.parameters.update(fromContentsOf: snapshot.parameters)
      if memory.state.count > 0 { _ = memory.state.update(fromContentsOf: snapshot.state) }
      memory.updateCount = snapshot.updateCount
    } else {
      network.initialize(memory.parameters, seed: job.training.seed)
      memory.state.update(repeating: 0)
      memory.updateCount = 0
    }
  }

  /// An epoch's figures from the sums of all workers: those of training, then those of validation.
  func results(_ sums: [Double]) -> [EpochRecord.Result] {
    let count = metrics.sums.count
    func results(_ sums: ArraySlice<Double>, prefix: String) -> [EpochRecord.Result] {
      guard sums.count == count else { return [] }
      var counted = metrics
      counted.sums = Array(sums)
      return counted.results().map { .init(name: prefix + $0.name, value: $0.value) }
    }
    return results(sums.prefix(count), prefix: "") + results(sums.dropFirst(count), prefix: "val_")
  }

  /// Whether there is anything left to train.
  var beginsAnEpoch: Bool {
    guard let checkpoint else { return true }
    return checkpoint.rest != nil
      || (checkpoint.epoch <= job.training.epochCount
        && endings.reason(after: checkpoint.history) == nil)
  }

  /// Why a training with this history has ended, when epochs are missing.
  func endReason(after history: [EpochRecord]) -> String? {
    guard let last = history.last, last.epoch < job.training.epochCount else { return nil }
    return endings.reason(after: history) ?? "it was asked to end (callback)"
  }

  /// The rule by which the best weights are kept; nil when the last ones are wanted.
  var bestTracker: BestTracker? {
    job.bestWeights.map {
      BestTracker($0, sign: $0.monitor.sign(among: metrics), kept: checkpoint?.best)
    }
  }

  /// Writes the tables of the epochs, where the job asks for them, each whole or not at all.
  func writeHistory(_ history: [EpochRecord]) throws {
    let table = HistoryTable(history)
    if let path = job.output.historyCSV { try table.write(table.csv, to: path) }
    if let path = job.output.historyJSON { try table.write(table.json, to: path) }
  }

  /// Writes the model file, and removes the checkpoints when this training wrote or resumed one.
  func writeModel(
    _ parameters: [Float], history: [EpochRecord], removingCheckpoint: Bool
  ) throws {
    try TrainingRecord(job: job, jobText: jobText, pipeline: pipeline, history: history)
      .write(job.output.model, network: network, parameters: parameters)
    if removingCheckpoint { CheckpointFiles(job.output).removeAll() }
  }
}
