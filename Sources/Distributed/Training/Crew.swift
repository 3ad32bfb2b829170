internal import NN
internal import Pipeline

/// A worker and its fellows: the epochs, what they agree on between them, and what the first writes.
struct Crew {
  let setup: TrainingSetup
  private let memory: ParameterMemory
  let channel: any ProgressChannel
  var worker: Worker
  private let scorer: Scorer?
  private let policy: CheckpointPolicy
  private let callbacks: Callbacks
  private let asksForVerdicts: Bool
  var best: BestTracker?
  var wroteCheckpoint = false
  var lastCheckpoint = Clock.now
  let choice: ExchangeChoice
  private let group: WorkerGroup?
  private let nodeClocks: NodeClocks?
  private let reduction: CompressedReduction?
  private let groups: NodeGroups?
  let clock: StepClock

  /// How the training ended for the workers.
  struct Outcome {
    var history: [EpochRecord]
    var stoppedEarly: Bool
    /// Whether the training is at its end before the last epoch.
    var isFinished = false
    /// Rows that this worker trained on.
    var sampleCount: Int
    /// Whether the observer wants no model file.
    var isDiscarded = false
    /// The epoch whose weights the model file has; nil: the last one's.
    var bestEpoch: Int?
  }

  /// Chooses the exchange, then fills the memory with initial or resumed parameters.
  ///
  /// Collective over `workers`, and once over `world` (rank 0 calls `hearChoice`).
  init(
    _ setup: TrainingSetup, _ place: borrowing TrainingPlace, channel: any ProgressChannel,
    policy: CheckpointPolicy, callbacks: Callbacks, asksForVerdicts: Bool, isStrict: Bool,
    recorder: TraceRecorder?, world: borrowing Communicator, among workers: borrowing Communicator
  ) throws {
    self.policy = policy
    self.callbacks = callbacks
    self.asksForVerdicts = asksForVerdicts
    self.setup = setup
    let fault = FaultInjection()
    var memory = place.memory
    memory.trigger = fault.trigger
    if let link = place.membership?.link { link.trigger = fault.trigger }
    self.memory = memory
    self.channel = channel
    let training = setup.job.training
    let gradient = Gradient(parameterCount: memory.parameterCount)
    let distribution = setup.job.distribution
    let (mode, correction) = (distribution.mode, distribution.correction)

    var measured: Calibration?
    // A worker that shares memory with nobody has nothing to gain by a copy, and beside a step over a whole
    // slice the way to the parameters costs nothing.
    let size = distribution.ranksPerWorker
    let isShared = workers.size > 1 && !place.layout.isPrivate && size == 1
    if mode is HogwildMode, distribution.exchange == .auto, isShared, !training.usesWholeSlice,
      !correction.needsCopy
    {
      measured = try Calibration.measure(
        network: setup.network, training: training, memory: memory, fills: place.fills,
        gradient: gradient, correction: correction, stepCount: setup.stepsLeft, among: workers)
    }
    choice = try ExchangeChoice(
      mode: distribution.words,
      usesCopy: measured?.prefersCopy ?? (distribution.exchange == .copy || correction.needsCopy),
      measured: measured
    ).told(on: world, by: place.layout.serverCount)

    let resumed = try setup.resumed(
      Self.numbers(of: setup.job, fills: place.fills, writes: workers.rank == 0))
    best = setup.bestTracker(from: resumed)
    groups =
      type(of: mode).sharesMemory
      ? nil : try NodeGroups.make(place.layout.workers, of: workers)
    reduction = try CompressedReduction.make(
      setup, by: groups, resumed: resumed?.snapshot, among: workers)
    var exchange = mode.exchange(
      ExchangeParts(
        memory: memory, gradient: gradient, optimizer: training.optimizer,
        workerCount: workers.size / size,
        usesCopy: choice.usesCopy, correction: correction, reduction: reduction,
        groups: groups))
    group = size > 1 ? try WorkerGroup(size, of: workers, place.layout) : nil
    if let group { exchange = GroupExchange(exchange, group, gradient: gradient) }
    // In shared memory one worker fills, otherwise each its own.
    if place.fills { try setup.fill(memory, from: resumed?.snapshot) }
    try workers.barrier()
    if let membership = place.membership {
      try membership.begin(among: workers)
      exchange = LinkedExchange(
        exchange, membership, keepsState: type(of: mode).keepsStateInMemory)
      try world.barrier()  // the servers answered up to here
    }
    exchange.begin(from: resumed?.snapshot)
    channel.holdings = exchange.holdings
    try workers.barrier()  // nobody changes what another one still reads

    var bound: StepBound?
    var nodeClocks: NodeClocks?
    if let limit = distribution.stalenessBound, workers.size > 1 {
      let clocks = memory.clocks(of: place.indexOnNode)
      if place.layout.isLinked {
        nodeClocks = try NodeClocks(clocks, isFirst: place.fills, of: workers)
      }
      bound = StepBound(
        clocks: clocks, hasOtherNodes: place.layout.isLinked, nodes: nodeClocks, limit: limit,
        timeoutSeconds: distribution.timeoutSeconds)
    }
    self.nodeClocks = nodeClocks
    FaultInjection.come(to: .readers, rank: world.rank)
    try workers.sign?.waits(in: .file)
    clock = StepClock(
      memory: memory.traffic, workers: workers.traffic,
      sharesMemory: setup.job.distribution.sharesMemory, recorder: recorder)
    worker = try Worker(
      network: setup.network, exchange: exchange, gradient: gradient,
      reader: try setup.data.reader(
        setup.pipeline, network: setup.network, training: training),
      channel: channel, training: training, clock: clock,
      bound: bound, isStrict: isStrict, fault: fault)
    scorer = try setup.data.validation.map {
      try Scorer(
        network: setup.network, parameters: memory.parameters.start, training: training,
        metrics: setup.metrics, source: $0.source, rows: $0.rows, pipeline: setup.pipeline,
        batchSize: training.usesWholeSlice
          ? min(training.batchSize, setup.network.predictionRows(atMost: 512))
          : training.batchSize, memoryByteCount: setup.data.validationByteCount)
    }
    recorder?.staleness = worker.staleness
    workers.sign?.works()
  }

  /// What rank 0 does while the workers choose.
  static func hearChoice(
    from world: borrowing Communicator, mode: String, firstWorker: Int
  ) throws -> ExchangeChoice {
    try ExchangeChoice(mode: mode, usesCopy: false).told(on: world, by: firstWorker)
  }

  /// Trains all epochs that are left.
  ///
  /// Collective over `workers`.
  mutating func train(
    world: borrowing Communicator, among workers: borrowing Communicator
  ) throws -> Outcome {
    clock.begin()
    var outcome = Outcome(
      history: setup.checkpoint?.history ?? [], stoppedEarly: false, sampleCount: 0)
    var checkpoint = setup.checkpoint
    let epochs = setup.job.training.epochCount
    var epoch = setup.checkpoint?.epoch ?? 1
    // A checkpoint may be of an epoch after which nothing was to follow.
    if epoch > 1, checkpoint?.rest == nil {
      outcome.isFinished = try agree(
        setup.endings.reason(after: outcome.history) != nil, among: workers)
    }
    while epoch <= epochs, !outcome.stoppedEarly, !outcome.isFinished {
      try callbacks.began(epoch)
      // Only the first epoch of a resumed run has something behind it.
      let earlier = checkpoint?.rest == nil ? nil : checkpoint
      checkpoint = nil
      var run = EpochRun(
        epoch: epoch, resumed: earlier?.rest, sums: workers.rank == 0 ? earlier?.sums : nil,
        earlierSeconds: earlier?.seconds ?? 0, metrics: setup.metrics)
      worker.observe(outcome.history)
      try trainEpoch(&run, outcome: &outcome, world: world, among: workers)
      epoch += 1
    }
    outcome.bestEpoch = best?.kept?.epoch
    if !outcome.stoppedEarly, !outcome.isDiscarded,
      let last = try worker.snapshot(among: workers)
    {
      try channel.writes()
      // As in Keras: restored weights are those that were validated, not an average of weights.
      try setup.writeHistory(outcome.history)
      try setup.writeModel(
        best?.kept?.parameters ?? last.finalized(by: setup.job.training.optimizer),
        history: outcome.history,
        removingCheckpoint: !policy.keepsCheckpoint
          && (setup.checkpoint != nil || wroteCheckpoint))
    }
    return outcome
  }

  private mutating func trainEpoch(
    _ run: inout EpochRun, outcome: inout Outcome, world: borrowing Communicator,
    among workers: borrowing Communicator
  ) throws {
    let count = setup.job.training.validationsPerEpoch
    let plan = run.plan(for: workers.rank, of: workers.size, setup)
    var epoch = RunningEpoch(plan: plan, start: Clock.now)
    try worker.begin(plan)
    for part in run.parts(of: count) where !epoch.isOver {
      epoch.part = part
      try trainPart(&epoch, &run, outcome: &outcome, world: world, among: workers)
    }
    outcome.sampleCount += epoch.visited
  }

  /// How far this run is with an epoch.
  struct RunningEpoch {
    let plan: EpochPlan
    let start: Double
    var part = 1
    var trainSeconds = 0.0
    /// Rows of the plan that this worker has done.
    var visited = 0
    /// The same of all workers.
    var allVisited: [Int] = []
    /// Whether the epoch is at its end, or the training.
    var isOver = false
  }

  private mutating func trainPart(
    _ epoch: inout RunningEpoch, _ run: inout EpochRun, outcome: inout Outcome,
    world: borrowing Communicator, among workers: borrowing Communicator
  ) throws {
    let training = setup.job.training
    let count = training.validationsPerEpoch
    let goal = run.end(
      ofPart: epoch.part, of: count, in: epoch.plan, batchSize: worker.stepRowCount)
    let begin = Clock.now
    let end = try worker.train(
      upTo: max(goal, epoch.visited), metrics: &run.metrics, world: world, among: workers)
    clock.enter(.wait)
    try workers.barrier()
    epoch.trainSeconds += Clock.now - begin
    epoch.visited = end.visited

    let ends = try workers.allGather([
      end.visited, end.visited >= goal ? 1 : 0, end.stops ? 1 : 0,
      end.visited == epoch.plan.count ? 1 : 0,
    ])
    func column(_ index: Int) -> [Int] {
      stride(from: index, to: ends.count, by: 4).map { ends[$0] }
    }
    let before = epoch.allVisited
    epoch.allVisited = column(0)
    let stops = column(2).contains(1)
    guard column(1).allSatisfy({ $0 == 1 }) else {
      try stopInside(&epoch, run, outcome: &outcome, among: workers)
      return
    }
    let isWhole = column(3).allSatisfy { $0 == 1 }
    // Fewer batches than parts: what brought no rows is no part.
    if !isWhole, !stops, before == epoch.allVisited || epoch.allVisited.allSatisfy({ $0 == 0 }) {
      return
    }
    epoch.part = isWhole ? count : epoch.part
    epoch.isOver = isWhole
    clock.enter(.communicate)
    try worker.settle(epoch: run.epoch, world: world, among: workers)
    clock.enter(.wait)
    try workers.barrier()
    clock.enter(.validate)

    var sums = run.metrics.sums
    if let scorer {
      // Validation gives signs of life too; a stop that is heard here comes with the next batch.
      sums += try scorer.sums(among: workers) {
        clock.sample()
        _ = try channel.poll(epoch: run.epoch, world: world)
      }
    }
    // Nobody changes the parameters before all have met in this reduction.
    var savesPart = false
    if !isWhole {
      // The clocks of others may differ.
      let isDue = policy.isPartDue(since: lastCheckpoint, setup.job.output)
      savesPart = try workers.broadcast([isDue ? 1 : 0], from: 0) == [1]
    }
    if isWhole || savesPart { clock.enter(.checkpoint) }
    let copy = isWhole || savesPart ? try worker.snapshot(among: workers) : nil
    clock.enter(.validate)
    try workers.barrier()
    try workers.allReduce(&sums, .sum)
    clock.enter(.other)
    var record = EpochRecord(
      epoch: run.epoch, seconds: run.earlierSeconds + Clock.now - epoch.start,
      samplesPerSecond: Double(epoch.allVisited.reduce(0, +)) / max(epoch.trainSeconds, 1e-9),
      values: setup.results(sums))
    (record.part, record.partCount) = (epoch.part, count)
    if workers.rank == 0 { clock.mark(record.values.map(\.value)) }
    if asksForVerdicts { try record.share(among: workers) }
    if isWhole {
      outcome.history.append(record)
      if let copy { best?.observe(record) { copy.parameters } }
    }
    let isLast = isWhole && run.epoch == training.epochCount
    // Nothing follows: the last epoch, or one after which the job wants no more.
    var isEnd = isLast
    if isWhole, !isLast {
      isEnd = try agree(setup.endings.reason(after: outcome.history) != nil, among: workers)
    }
    outcome.stoppedEarly = stops && !isEnd
    // Before the epoch is told of: whoever hears of it may take over what it has led to.
    var isSaved = false
    if savesPart {
      let sums = try run.sums(over: workers)
      if let copy { try save(copy, inside: epoch, run, sums: sums, history: outcome.history) }
    } else if let copy, !isLast, outcome.stoppedEarly || policy.isDue(since: lastCheckpoint) {
      try save(copy, after: run.epoch, history: outcome.history)
      isSaved = true
    }
    if isWhole, workers.rank == 0, !isLast { try setup.writeHistory(outcome.history) }
    if savesPart || isWhole && !isLast {
      // The others would only wait for the first one at the next end: it is the checkpoint that takes the time.
      clock.enter(.checkpoint)
      try workers.barrier()
      clock.enter(.other)
    }
    try callbacks.ended(record)
    if isWhole, !isEnd, asksForVerdicts, try agree(callbacks.wantStop, among: workers) {
      isEnd = true
      outcome.stoppedEarly = false
    }
    outcome.isFinished = isEnd
    if workers.rank == 0 {
      let next = isWhole && !isEnd && !outcome.stoppedEarly ? run.epoch + 1 : nil
      try channel.ended(
        record, next: next, hasCheckpoint: wroteCheckpoint || setup.checkpoint != nil, world: world)
    }
    if asksForVerdicts {
      try hearVerdict(record, isLast: isLast, outcome: &outcome, world: world, among: workers)
    }
    guard isWhole else {
      if outcome.stoppedEarly { try stopInside(&epoch, run, outcome: &outcome, among: workers) }
      return
    }
    if let copy, !isLast, !isSaved, outcome.stoppedEarly {
      try save(copy, after: run.epoch, history: outcome.history)
    }
  }

  private func hearVerdict(
    _ record: EpochRecord, isLast: Bool, outcome: inout Outcome, world: borrowing Communicator,
    among workers: borrowing Communicator
  ) throws {
    var answer = [EpochVerdict.proceed.rawValue]
    if workers.rank == 0 {
      answer[0] = try channel.verdict(after: record, world: world).rawValue
    }
    if workers.size > 1 { answer = try workers.broadcast(answer, from: 0) }
    switch EpochVerdict(rawValue: answer[0]) {
    case .stop:
      // Also where the job itself wants no more epochs: who paused the training resumes it, and it
      // ends then.
      outcome.stoppedEarly = !isLast || outcome.stoppedEarly
    case .discard: outcome.isDiscarded = outcome.isFinished
    case .finish where record.isWhole:
      outcome.isFinished = true
      outcome.stoppedEarly = false
    default: break
    }
  }

  /// Whether one of the workers says so: they leave together.
  private func agree(_ wish: Bool, among workers: borrowing Communicator) throws -> Bool {
    try workers.allReduce(wish ? 1 : 0, .maximum) > 0
  }

  /// Frees what the worker's ranks share, and the nodes' first workers.
  ///
  /// Collective.
  func free() throws {
    try group?.free()
    try nodeClocks?.free()
    try groups?.free()
  }

  /// How stale this worker's updates were.
  var staleness: StalenessCounts? { worker.staleness }

  /// Where this worker's time went, at the end of its training.
  func count() -> RankCount { clock.end() }
  /// Where the optimizer's updates are in that time.
  var updatePlace: UpdatePlace {
    UpdatePlace(setup.job.distribution.mode, worker.updatesInBackward)
  }
  /// The updates of this worker that were refused.
  var refusedCount: Int { worker.refusedCount }

  /// What a step takes, as this worker has planned it.
  var stepMemory: StepMemory { worker.stepMemory }
}
