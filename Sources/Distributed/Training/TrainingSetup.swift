private import Glibc
internal import NN
internal import Pipeline

/// What every rank knows before the roles part: rows, fitted pipeline, network, checkpoint.
struct TrainingSetup {
  let job: TrainingJob
  let jobText: String
  let data: TrainingData
  let pipeline: FittedPipeline
  let network: Network
  let metrics: MetricSet
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
    self.job = job
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
    network = try Network(
      name: job.network.name, inputShape: pipeline.features.outputShape,
      layers: job.network.layers)
    // Ranks of several nodes share the memory of none but their own.
    try MemoryNeed(network, training: job.training)
      .check(workerCount: LaunchEnvironment().spansNodes ? 1 : max(1, world.size - 1))
    try data.check(network: network, loss: job.training.loss, pipeline: pipeline)
    metrics = try MetricSet(
      job.training.metrics, at: ["training", "metrics"], loss: job.training.loss,
      outputShape: network.outputShape)
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
  }

  /// The names of an epoch's figures, as Keras has them.
  var resultNames: [String] {
    let names = metrics.names
    return names + (data.validation == nil ? [] : names.map { "val_" + $0 })
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
      _ = memory.state.update(fromContentsOf: snapshot.state)
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

  /// Writes the model file, and removes the checkpoint when this training wrote or resumed one.
  func writeModel(
    _ snapshot: ParameterSnapshot, history: [EpochRecord], removingCheckpoint: Bool
  ) throws {
    try TrainingRecord(job: job, jobText: jobText, pipeline: pipeline, history: history)
      .write(job.output.model, network: network, parameters: snapshot.parameters)
    if removingCheckpoint { unlink(job.output.checkpoint) }
  }
}
