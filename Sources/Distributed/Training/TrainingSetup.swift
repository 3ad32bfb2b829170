internal import NN
internal import Pipeline

/// What every rank knows before the roles part: rows, fitted pipeline, network, checkpoint.
struct TrainingSetup {
  /// The job, its optimizer prepared for the network's arrays and the training's steps.
  private(set) var job: TrainingJob
  let jobText: String
  let data: TrainingData
  /// Copies of the data on this node; nil: the files themselves are read.
  let staged: StagedData?
  /// Data that are no HDF5, converted.
  let converted: ConvertedJobData
  let pipeline: FittedPipeline
  let network: Network
  let metrics: FigureSet
  /// When the training ends before its last epoch.
  let endings: EpochEndings
  let identity: String
  /// What the run resumes from, without its numbers: `resumed` reads these.
  let checkpoint: Checkpoint?
  private let checkpointPath: String?
  /// Whether the checkpoint is the job's own, and not another training's.
  private let isOwn: Bool
  private(set) var workerCount: Int

  /// Where the first parameters come from.
  enum Source {
    /// The initializers.
    case nothing
    /// The job's own checkpoint.
    case own
    /// The checkpoint of another training of the same network.
    case adopted(String)
  }

  /// Converts data that are no HDF5, copies the data to the nodes where the job says so, opens the rows, fits the pipeline over all ranks,
  /// resolves the network's shapes.
  ///
  /// Collective over `world`. Rank 0 goes first where a file may be wrong, so that one rank speaks.
  init(
    _ job: TrainingJob, jobText: String, source: Source, reading: DataReading? = nil,
    on world: borrowing Communicator
  ) throws {
    self.jobText = jobText
    try world.sign?.waits(in: .file)
    var read = job
    let converted = try ConvertedJobData(
      reading?.data ?? job.data, for: job.pipeline, beside: job.output.model,
      with: try MPIImportCrew(world), known: reading?.numbers ?? RowNumbers(), sign: world.sign)
    self.converted = converted
    read.data = converted.data
    if converted.line != nil { try world.sign?.waits(in: .file) }
    if let stage = read.data.stage {
      let staged = try StagedData(
        read.data, stage,
        patience: job.distribution.timeoutSeconds * WorkerWatch.filePatience, on: world)
      read.data = staged.data
      self.staged = staged
      try world.sign?.waits(in: .file)
    } else {
      staged = nil
    }
    let (plain, stages) = (read.data, job.pipeline)
    read.data = try converted.naming { try TrainingData.withClasses(plain, stages, on: world) }
    try world.sign?.waits(in: .file)
    let (open, seed) = (read.data, job.training.seed)
    var data = try converted.naming { try TrainingData(open, stages, seed: seed, on: world) }
    // From here on a silent rank hangs.
    world.sign?.works()
    workerCount = max(1, world.size - 1)
    var job = job
    try job.training.resolveBatch(data, workerCount: workerCount)

    // A resumed run takes the pipeline that the interrupted one fitted.
    let path: String? =
      switch source {
      case .nothing: nil
      case .own: job.output.checkpoint
      case .adopted(let other): other
      }
    FaultInjection.come(to: .fit, rank: world.rank)
    let stored = try path.map { try Checkpoint.pipeline(in: $0) } ?? job.pipeline.fittedBefore()
    pipeline = try stored ?? converted.naming { try data.fit(stages, on: world) }
    try data.bind(pipeline, isOwn: stored == nil, on: world)
    self.data = data
    network = try job.network.network(inputShape: pipeline.features.outputShape)
    guard network.trainedCount > 0 || network.frozenCount == 0 else {
      throw DistributedError(
        "every layer of the network is frozen, and nothing is left to train: predict with the file as it "
          + "is (sounder predict), or add layers")
    }
    let losses = try job.training.losses(for: network)
    try data.check(network: network, losses: losses, pipeline: pipeline)
    metrics = try job.training.figures(for: network)
    try job.training.checkClassWeights(network: network)
    try job.training.checkLabels(network: network, pipeline: job.pipeline)
    try job.checkMonitors(metrics, validates: data.validation != nil)
    endings = EpochEndings(job, metrics)
    identity = try job.identity(network: network)
    isOwn = if case .adopted = source { false } else { true }
    checkpointPath = path
    let (expected, shuffle) = (isOwn ? identity : nil, data.shuffle(job.training))
    let (network, resumedJob) = (network, job)
    checkpoint = try path.map {
      try Checkpoint(
        reading: $0, identity: expected, network: network, job: resumedJob, shuffle: shuffle,
        numbers: [])
    }
    self.job = job
  }

  /// What the run resumes from, with those numbers; nil: nothing.
  ///
  /// A rank reads what it uses when it uses it, and keeps none of it: together they are several times the
  /// network, which a job that just fits has no room for.
  func resumed(_ numbers: Checkpoint.Numbers) throws -> Checkpoint? {
    try checkpointPath.map {
      try Checkpoint(
        reading: $0, identity: isOwn ? identity : nil, network: network, job: job,
        shuffle: shuffle, numbers: numbers)
    }
  }

  /// Prepares the optimizer for the network's arrays and the updates that `layout` will make, and sees
  /// whether the memory of this node is enough.
  ///
  /// - Throws: where it is not, or where the optimizer would forget what other nodes do.
  mutating func prepare(for layout: NodeLayout, isServer: Bool) throws {
    workerCount = layout.workers.joined().count
    try job.training.resolveBatch(data, workerCount: workerCount)
    try MemoryNeed(network, training: job.training, distribution: job.distribution)
      .check(layout, isServer: isServer)
    if layout.isPrivate, job.distribution.ranksPerWorker > 1 {
      throw DistributedError(
        "distribution.ranks_per_worker is \(job.distribution.ranksPerWorker), and the ranks of a worker "
          + "must share its parameters, which they cannot here: see the note above, or leave it 1",
        exitCode: 70)
    }
    try job.check(layout)
    job.training.optimizer.common.prepare(
      arrays: network.parameterRanges, stepCount: stepCount(layout))
  }

  /// The updates of the whole training, for schedules that end with it: those that are done and
  /// those that are left.
  ///
  /// Exact for one worker. Among several, parts of an epoch (`validations_per_epoch`) may end in
  /// smaller batches, and a resumed run may deal its rows otherwise: a few steps more or less.
  private func stepCount(_ layout: NodeLayout) -> Int {
    let (mode, batchSize) = (job.distribution.mode, job.training.batchSize)
    // Where nodes have an optimizer each, its steps are those of the node's workers.
    let groups = job.distribution.sharesMemory ? layout.workers : [Array(0..<workerCount)]
    let size = job.distribution.ranksPerWorker
    func steps(_ batchCounts: [Int]) -> Int {
      groups.map { group in
        // A worker of several ranks makes the steps of the busiest of them.
        mode.optimizerSteps(
          batchCounts: stride(from: 0, to: group.count, by: size).map { start in
            group[start..<min(start + size, group.count)].map { batchCounts[$0] }.max() ?? 0
          })
      }.max() ?? 0
    }
    // All epochs have as many steps, however the rows are dealt.
    let whole = steps(
      EpochSize(shuffle, workerCount: workerCount).stepCounts(batchSize: batchSize))
    var left = (job.training.epochCount - (checkpoint?.epoch ?? 1) + 1) * whole
    if let rest = checkpoint?.rest {
      let counts = (0..<workerCount).map { worker in
        let plan = rest.share(of: worker, among: workerCount)
        let rows = plan.stepRowCount(atMost: batchSize)
        return (plan.count + rows - 1) / rows
      }
      left += steps(counts) - whole
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
  var shuffle: Shuffle { data.shuffle(job.training) }

  /// Rows of one epoch, over all workers.
  var samplesPerEpoch: Int { EpochSize(shuffle, workerCount: workerCount).sampleCount }

  /// Rows of the whole training.
  var samplesTotal: Int {
    // The epoch that is resumed may have been begun by another number of workers.
    samplesPerEpoch * (job.training.epochCount - (checkpoint?.rest == nil ? 0 : 1))
      + (checkpoint?.rest?.wholeCount ?? 0)
  }

  /// Rows that an interrupted run had done.
  var samplesDone: Int {
    guard let checkpoint else { return 0 }
    return samplesPerEpoch * (checkpoint.epoch - 1)
      + (checkpoint.rest.map { $0.wholeCount - $0.count } ?? 0)
  }

  /// Steps that each worker has yet to make, about.
  var stepsLeft: Int { (samplesTotal - samplesDone) / (job.training.batchSize * workerCount) }
}

extension TrainingSetup {
  /// Puts initial parameters, or those of `snapshot`, into `memory`, which may hold anything.
  ///
  /// - Throws: `NetworkError` for files of weights that cannot be read.
  func fill(_ memory: ParameterMemory, from snapshot: ParameterSnapshot?) throws {
    if let snapshot {
      _ = memory.parameters.update(fromContentsOf: snapshot.parameters)
      if memory.state.count > 0 { _ = memory.state.update(fromContentsOf: snapshot.state) }
      memory.updateCount = snapshot.updateCount
    } else {
      network.initialize(memory.parameters, seed: job.training.seed)
      try network.loadPretrained(into: memory.parameters)
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

  /// The rule by which the best weights are kept, with those that the run resumes with; nil when the last ones
  /// are wanted.
  func bestTracker(from checkpoint: Checkpoint?) -> BestTracker? {
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
