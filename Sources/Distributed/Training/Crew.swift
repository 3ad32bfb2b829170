internal import NN
internal import Pipeline

/// A worker and its fellows: the epochs, what they agree on between them, and what the first writes.
struct Crew {
  private let setup: TrainingSetup
  private let memory: ParameterMemory
  private let channel: any ProgressChannel
  private var worker: Worker
  private let scorer: Scorer?
  private let policy: CheckpointPolicy
  private let asksForVerdicts: Bool
  private var wroteCheckpoint = false
  private var lastCheckpoint = Clock.now
  let choice: ExchangeChoice

  /// How the training ended for the workers.
  struct Outcome {
    var history: [EpochRecord]
    var stoppedEarly: Bool
    /// Rows that this worker trained on.
    var sampleCount: Int
    /// Whether the observer wants no model file.
    var isDiscarded = false
  }

  /// Chooses the exchange, then fills the memory with initial or resumed parameters.
  ///
  /// Collective over `workers`, and once over `world` (rank 0 calls `hearChoice`).
  init(
    _ setup: TrainingSetup, memory: ParameterMemory, channel: any ProgressChannel,
    policy: CheckpointPolicy, asksForVerdicts: Bool, world: borrowing Communicator,
    among workers: borrowing Communicator
  ) throws {
    self.policy = policy
    self.asksForVerdicts = asksForVerdicts
    self.setup = setup
    self.memory = memory
    self.channel = channel
    let training = setup.job.training
    let gradient = Gradient(parameterCount: memory.parameterCount)
    let mode = setup.job.distribution.mode

    var measured: Calibration?
    if mode == .hogwild, setup.job.distribution.exchange == .auto, workers.size > 1 {
      measured = try Calibration.measure(
        network: setup.network, training: training, memory: memory, gradient: gradient,
        among: workers)
    }
    choice = try ExchangeChoice(
      mode: mode,
      usesCopy: measured?.prefersCopy ?? (setup.job.distribution.exchange == .copy),
      measured: measured
    ).told(on: world)

    let exchange: any Exchange =
      switch mode {
      case .hogwild:
        HogwildExchange(
          memory: memory, gradient: gradient, optimizer: training.optimizer,
          privateCopy: choice.usesCopy)
      case .locked:
        LockedExchange(memory: memory, gradient: gradient, optimizer: training.optimizer)
      case .sync:
        SynchronousExchange(memory: memory, gradient: gradient, optimizer: training.optimizer)
      }
    // In shared memory one worker fills, in synchronous mode each its own.
    if workers.rank == 0 || mode == .sync { setup.fill(memory) }
    try workers.barrier()

    worker = try Worker(
      network: setup.network, exchange: exchange, gradient: gradient,
      reader: try setup.data.reader(
        setup.pipeline, network: setup.network, training: training),
      channel: channel, training: training)
    scorer = try setup.data.validation.map {
      try Scorer(
        network: setup.network, parameters: memory.parameters.start, loss: training.loss,
        metrics: setup.metrics, source: $0.source, rows: $0.rows, pipeline: setup.pipeline,
        batchSize: training.batchSize, memoryByteCount: setup.data.validationByteCount)
    }
  }

  /// What rank 0 does while the workers choose.
  static func hearChoice(
    from world: borrowing Communicator, mode: DistributionConfiguration.Mode
  ) throws -> ExchangeChoice {
    try ExchangeChoice(mode: mode, usesCopy: false).told(on: world)
  }

  /// Trains all epochs that are left.
  ///
  /// Collective over `workers`.
  mutating func train(
    world: borrowing Communicator, among workers: borrowing Communicator
  ) throws -> Outcome {
    var outcome = Outcome(
      history: setup.checkpoint?.history ?? [], stoppedEarly: false, sampleCount: 0)
    var checkpoint = setup.checkpoint
    let epochs = setup.job.training.epochCount
    var epoch = setup.checkpoint?.epoch ?? 1
    while epoch <= epochs, !outcome.stoppedEarly {
      // Only the first epoch of a resumed run has something behind it.
      let earlier = checkpoint?.rest == nil ? nil : checkpoint
      checkpoint = nil
      var run = EpochRun(
        epoch: epoch, resumed: earlier?.rest, sums: workers.rank == 0 ? earlier?.sums : nil,
        earlierSeconds: earlier?.seconds ?? 0, metrics: setup.metrics)
      try trainEpoch(&run, outcome: &outcome, world: world, among: workers)
      epoch += 1
    }
    if !outcome.stoppedEarly, !outcome.isDiscarded, workers.rank == 0 {
      try setup.writeModel(
        ParameterSnapshot(memory), history: outcome.history,
        removingCheckpoint: setup.checkpoint != nil || wroteCheckpoint)
    }
    return outcome
  }

  private mutating func trainEpoch(
    _ run: inout EpochRun, outcome: inout Outcome, world: borrowing Communicator,
    among workers: borrowing Communicator
  ) throws {
    let start = Clock.now
    let plan = run.plan(for: workers.rank, of: workers.size, setup)
    let end = try worker.train(plan, metrics: &run.metrics, world: world, among: workers)
    outcome.sampleCount += end.visited
    try workers.barrier()
    let trainSeconds = Clock.now - start

    let ends = try workers.allGather([
      end.visited, end.isComplete ? 1 : 0, end.stops ? 1 : 0,
    ])
    let visited = stride(from: 0, to: ends.count, by: 3).map { ends[$0] }
    let isComplete = stride(from: 1, to: ends.count, by: 3).allSatisfy { ends[$0] == 1 }
    let stops = stride(from: 2, to: ends.count, by: 3).contains { ends[$0] == 1 }

    guard isComplete else {
      let sums = try run.sums(over: workers)
      if workers.rank == 0 {
        try Checkpoint(
          epoch: run.epoch, rest: run.rest(after: visited, setup), sums: sums,
          seconds: run.earlierSeconds + Clock.now - start, snapshot: ParameterSnapshot(memory),
          history: outcome.history, rowCount: setup.samplesPerEpoch
        ).write(setup)
      }
      outcome.stoppedEarly = true
      return
    }
    var sums = run.metrics.sums
    if let scorer {
      // Validation gives signs of life too; a stop that is heard here comes with the next batch.
      sums += try scorer.sums(among: workers) {
        _ = try channel.poll(epoch: run.epoch, world: world)
      }
    }
    // Nobody changes the parameters before all have met in this reduction.
    let copy = workers.rank == 0 ? ParameterSnapshot(memory) : nil
    try workers.barrier()
    try workers.allReduce(&sums, .sum)
    let record = EpochRecord(
      epoch: run.epoch, seconds: run.earlierSeconds + Clock.now - start,
      samplesPerSecond: Double(visited.reduce(0, +)) / max(trainSeconds, 1e-9),
      values: setup.results(sums))
    outcome.history.append(record)
    outcome.stoppedEarly = stops && run.epoch < setup.job.training.epochCount
    if copy != nil { try channel.epochEnded(record, world: world) }
    let isLast = run.epoch == setup.job.training.epochCount
    if asksForVerdicts {
      var answer = [EpochVerdict.proceed.rawValue]
      if workers.rank == 0 {
        answer[0] = try channel.verdict(after: record, world: world).rawValue
      }
      if workers.size > 1 { answer = try workers.broadcast(answer, from: 0) }
      switch EpochVerdict(rawValue: answer[0]) {
      case .stop: outcome.stoppedEarly = !isLast || outcome.stoppedEarly
      case .discard: outcome.isDiscarded = isLast
      default: break
      }
    }
    guard let copy else { return }
    if !isLast, outcome.stoppedEarly || policy.isDue(since: lastCheckpoint) {
      lastCheckpoint = Clock.now
      try Checkpoint(
        epoch: run.epoch + 1, rest: nil, sums: [], seconds: 0, snapshot: copy,
        history: outcome.history, rowCount: setup.samplesPerEpoch
      ).write(setup)
      wroteCheckpoint = true
    }
  }
}
