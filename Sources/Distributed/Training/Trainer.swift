internal import Configuration
internal import HDF5
internal import NN
internal import Pipeline

/// Trains the network of a job on all ranks: the file that a reader starts from.
///
/// Every rank does the same until the roles part: rank 0 of several serves (`ServerLoop`), the
/// others work (`Crew`); a process that is alone works without a server.
public struct Trainer: Sendable {
  private let job: TrainingJob
  private let jobText: String
  private let jobPath: String?
  private let overwrites: Bool
  private let policy: CheckpointPolicy
  private let tracePath: String?
  private let isStrict: Bool
  /// The job's data as they are read, where that is another way; nil: as the job names them.
  private let reading: DataReading?

  /// Prepares a training.
  ///
  /// `jobText` is the job file as the user wrote it, kept in the model file; `jobPath` is where it
  /// stands, so that no output takes its place. `overwrites` allows the replacement of an existing
  /// model file; `policy` says what to do with checkpoints. `tracePath` is where a trace of all ranks is
  /// written at the end; nil: none is kept. With `isStrict` an update that must be refused ends the
  /// training.
  public init(
    _ job: TrainingJob, jobText: String = "", jobPath: String? = nil, overwrites: Bool = false,
    policy: CheckpointPolicy = CheckpointPolicy(), tracePath: String? = nil, isStrict: Bool = false
  ) {
    self.init(
      job, jobText: jobText, jobPath: jobPath, overwrites: overwrites, policy: policy,
      tracePath: tracePath, isStrict: isStrict, reading: nil)
  }

  /// The same for data that stand in other files than the job names: converted ones.
  package init(
    _ job: TrainingJob, jobText: String, jobPath: String? = nil, overwrites: Bool,
    policy: CheckpointPolicy, tracePath: String? = nil, isStrict: Bool = false,
    reading: DataReading?
  ) {
    self.reading = reading
    self.tracePath = tracePath
    self.jobPath = jobPath
    self.job = job
    self.jobText = jobText
    self.overwrites = overwrites
    self.policy = policy
    self.isStrict = isStrict
  }

  /// Trains until the last epoch or a signal; writes the model or a checkpoint.
  ///
  /// Collective over `world` and blocking. SIGUSR1, SIGTERM or Ctrl-C stop it at the next batch with a
  /// checkpoint; a checkpoint of the same job that is there at the start is resumed, also on
  /// another number of ranks. `observer` is called on rank 0 only, `callbacks` are on every rank, of
  /// which each gives as many.
  public func run(
    on world: borrowing Communicator, observer: any TrainingObserver,
    callbacks: [any TrainingCallback] = []
  ) throws -> TrainingReport {
    let callbacks = Callbacks(callbacks)
    Engine.configure(threads: job.training.threadCount)
    StopSignal.catch()
    let watch =
      world.size > 1
      ? try SetupWatch(world, timeoutSeconds: job.distribution.timeoutSeconds) : nil
    let early = try world.heard(by: watch)
    let files = OutputFiles(
      job, jobPath: jobPath, overwrites: overwrites, startsFresh: policy.start != .resume,
      tracePath: tracePath)
    let resumes = try files.prepare(on: early, observer: observer)
    if world.rank == 0, case .adopt(let path) = policy.start {
      try Checkpoint.requireSound(path)
    }
    let source: TrainingSetup.Source =
      switch policy.start {
      case .adopt(let path): .adopted(path)
      default: resumes ? .own : .nothing
      }
    var setup = try TrainingSetup(
      job, jobText: jobText, source: source, reading: reading, on: early)
    let (layout, note) = try NodeLayout.found(setup, on: early)
    if world.rank == 0 {
      for note in [setup.converted.line, setup.staged?.note, note].compactMap({ $0 }) {
        observer.note(note)
      }
      let remarks = setup.converted.remarks + setup.converted.remarks(leftOutOf: setup.data)
      for remark in remarks { observer.note(remark) }
    }
    // Two workers are not too many for any node.
    if layout.largestNodeCount > 2 {
      let cores = try NodeCores.found(serverCount: layout.serverCount, on: early)
      if world.rank == 0, let remark = cores.remark { observer.note(remark) }
    }
    try setup.prepare(for: layout, isServer: world.rank < layout.serverCount)
    if world.rank == 0, let checkpoint = setup.checkpoint {
      observer.note(checkpoint.summary(setup))
      if setup.bestTracker(from: checkpoint)?.hasForgotten == true {
        observer.note(
          "the checkpoint has weights that were best by another figure or rule: from here on the "
            + "best ones are looked for anew")
      }
    }

    if world.rank == 0, job.training.precision == .bfloat16, !Precision.hasFastBFloat16 {
      observer.note(
        "this CPU has no bfloat16 instructions: matrix products round their factors, and are slower "
          + "than in float32")
    }
    let start = Clock.now
    let place = try TrainingPlace.take(setup, layout, on: early)
    if world.rank == 0 {
      for note in place.notes { observer.note(note) }
    }
    // Ranks that can share no memory are nodes of their own.
    if place.layout != layout {
      try setup.prepare(for: place.layout, isServer: world.rank < layout.serverCount)
    }
    var report: TrainingReport
    do {
      report = try train(
        setup, place, watch, early: early, on: world, observer: observer, callbacks: callbacks)
    } catch { throw ConvertedData.renamed(error, setup.converted.named) }
    try place.free()
    // No rank reads any more: all have told of their last epoch.
    setup.staged?.release()
    setup.converted.remove()
    report.computeSeconds = Clock.now - start
    return report
  }

  /// Parts the roles, and meets again when the files are written.
  ///
  /// `early` is `world` while `watch` sees that no rank hangs: until all are ready to train.
  private func train(
    _ setup: TrainingSetup, _ place: borrowing TrainingPlace, _ watch: SetupWatch?,
    early: borrowing Communicator, on world: borrowing Communicator,
    observer: any TrainingObserver, callbacks: Callbacks
  ) throws -> TrainingReport {
    let serverCount = place.layout.serverCount
    let isServer = world.rank < serverCount
    let part = try early.split(color: isServer ? nil : 0)
    var report = TrainingReport(
      outcome: .finished, history: setup.checkpoint?.history ?? [],
      modelPath: job.output.model, checkpointPath: job.output.checkpoint, computeSeconds: 0,
      sampleCount: 0, exchange: "", parameterCount: setup.network.parameterCount,
      serverCPUShare: nil)
    let meter = ThroughputMeter(
      epochCount: job.training.epochCount, samplesTotal: setup.samplesTotal,
      samplesDone: setup.samplesDone)
    var staleness: StalenessCounts?
    // Stopped early, rows trained on, the best epoch, refused updates, where updates are made.
    var ending = [0, 0, 0, 0, 0]
    let layerNames = setup.network.layers.map(\.name)
    let recorder =
      tracePath == nil
      ? nil
      : TraceRecorder(
        origin: try TraceRecorder.origin(on: early), workerCount: max(1, world.size - serverCount))
    let count: RankCount
    let asks =
      try early.allReduce(observer.givesVerdicts || !callbacks.isEmpty ? 1 : 0, .maximum) > 0
    switch consume part {
    case .none:
      let choice = try Crew.hearChoice(
        from: early, mode: job.distribution.words, firstWorker: serverCount)
      report.exchange = place.words(choice.words)
      if let service = place.service {
        try service.serve(early, until: try early.startBarrier())
      } else if place.isLinked {
        try early.barrier()
      }
      if world.rank == 0, let note = choice.note { observer.note(note) }
      // The workers are ready.
      report.stepMemory = try StepMemory.told(nil, on: early, by: serverCount)
      try watch?.end(next: nil, on: early)
      guard world.rank == 0 else {
        // A server beside the first one has nobody to talk to but the nodes.
        let (wall, cpu) = (Clock.now, Clock.cpuSeconds)
        let done = try world.startBarrier()
        if let service = place.service {
          try service.serve(world, until: done)
        } else {
          while try !done.isDone() { Clock.sleep(seconds: 0.01) }
        }
        count = .server(seconds: Clock.now - wall, cpuSince: cpu)
        _ = try Self.tellCounts(fromWorker: 0, toWorker: 0, on: world)
        break
      }
      if let memory = report.stepMemory { observer.note(memory.summary) }
      if setup.beginsAnEpoch { try callbacks.began(setup.checkpoint?.epoch ?? 1) }
      let (wall, cpu) = (Clock.now, Clock.cpuSeconds)
      let loop = ServerLoop(
        observer: observer, meter: meter, resultNames: setup.resultNames,
        layerNames: layerNames,
        timeoutSeconds: job.distribution.timeoutSeconds,
        firstEpoch: setup.checkpoint?.epoch ?? 1, partCount: job.training.validationsPerEpoch,
        callbacks: callbacks, answers: asks, firstWorker: serverCount,
        service: place.service, recorder: recorder, rescue: Rescue(setup, place))
      let served = try loop.run(world: world)
      report.history += served.history
      let seconds = Clock.now - wall
      report.serverCPUShare = seconds > 0 ? (Clock.cpuSeconds - cpu) / seconds : 0
      count = .server(seconds: seconds, cpuSince: cpu)
      try loop.hearRest(
        of: try Self.tellCounts(fromWorker: 0, toWorker: served.sentCount, on: world).fromWorkers,
        served, world: world)
    case .some(let workers):
      let messages =
        world.size > 1
        ? try MessageChannel(
          world, figureCount: setup.resultNames.count, layerNames: layerNames,
          timeoutSeconds: job.distribution.timeoutSeconds) : nil
      let channel: any ProgressChannel =
        messages ?? DirectChannel(meter: meter, observer: observer)
      var crew = try Crew(
        setup, place, channel: channel, policy: policy, callbacks: callbacks,
        asksForVerdicts: asks, isStrict: isStrict, recorder: recorder, world: early, among: workers)
      if world.size == 1, let note = crew.choice.note { observer.note(note) }
      report.stepMemory = try StepMemory.told(crew.stepMemory, on: early, by: serverCount)
      try watch?.end(next: messages, on: early)
      messages?.begin()
      if world.size == 1, let memory = report.stepMemory { observer.note(memory.summary) }
      report.exchange = place.words(crew.choice.words)
      let outcome: Crew.Outcome
      do {
        outcome = try crew.train(world: world, among: workers)
      } catch let error as DistributedError {
        throw messages?.rescued(error) ?? error
      }
      count = crew.count()
      report.history = outcome.history
      staleness = crew.staleness
      ending = [
        outcome.stoppedEarly ? 1 : 0, outcome.sampleCount, outcome.bestEpoch ?? 0,
        crew.refusedCount, crew.updatePlace.rawValue,
      ]
      try crew.free()
      // Whoever waits for the first one's files here gives signs of life.
      try workers.barrier()
      try world.barrier()  // meets the server's pending one, behind the last rename
      let sent = messages?.sentCount ?? 0
      let counts = try Self.tellCounts(fromWorker: sent, toWorker: 0, on: world)
      try messages?.hearRest(of: counts.toWorker)
      try workers.free()
    }
    report.workerCount = max(1, (world.size - serverCount) / job.distribution.ranksPerWorker)
    report.staleness = try StalenessCounts.told(staleness, on: world)
    report.nodeCount = place.layout.nodeCount
    report.nodeStaleness = try StalenessCounts.told(place.membership?.link?.counts, on: world)
    report.exchangedByteCount = try world.allReduce(place.membership?.link?.byteCount ?? 0, .sum)
    report.outcome = try world.allReduce(ending[0], .maximum) > 0 ? .stoppedEarly : .finished
    report.sampleCount = try world.allReduce(ending[1], .sum)
    report.refusedCount = try world.allReduce(ending[3], .sum)
    let best = try world.allReduce(ending[2], .maximum)
    let told = try count.told(on: world)
    report.ranks = told.usages
    if let tracePath, let recorder {
      let place = UpdatePlace(rawValue: try world.allReduce(ending[4], .maximum)) ?? .exchange
      try TraceFile(
        path: tracePath, facts: traceFacts(report, setup, place), usages: told.usages,
        shortestReduction: told.shortestReduction, sharesMemory: job.distribution.sharesMemory,
        figureNames: setup.resultNames
      ).write(recorder, on: world)
    }
    if report.outcome == .finished {
      report.bestEpoch = best > 0 ? best : nil
      report.endReason = setup.endReason(after: report.history)
    }
    return report
  }

  /// How many messages the workers have sent to rank 0, and rank 0 to each of them.
  ///
  /// Collective over `world`.
  private static func tellCounts(
    fromWorker: Int, toWorker: Int, on world: borrowing Communicator
  ) throws -> (fromWorkers: Int, toWorker: Int) {
    var counts = [fromWorker, toWorker]
    if world.size > 1 { try world.allReduce(&counts, .sum) }
    return (counts[0], counts[1])
  }

  /// What a trace says about the whole training.
  private func traceFacts(
    _ report: TrainingReport, _ setup: TrainingSetup, _ place: UpdatePlace
  ) -> [Value.Entry] {
    let (rows, steps) = report.ranks.reduce(into: (0, 0)) { sum, rank in
      sum = (sum.0 + rank.rowCount, sum.1 + rank.stepCount)
    }
    return [
      .init("mode", Value(.string(job.distribution.modeName))),
      .init("exchange", Value(.string(report.exchange))),
      .init("workers", Value(.int(report.workerCount))),
      .init("parameters", Value(.int(report.parameterCount))),
      // The job may have asked for whole slices, or for more rows than a worker has.
      .init(
        "batch_size",
        Value(.int(steps > 0 ? (rows + steps / 2) / steps : setup.job.training.batchSize))),
      .init("state_floats", Value(.int(setup.job.training.optimizer.slotCount))),
      .init("update", Value(.string("\(place)"))),
      .init("samples_per_second", Value(.number(report.samplesPerSecond))),
    ]
  }
}
