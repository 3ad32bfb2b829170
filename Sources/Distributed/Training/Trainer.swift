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
  private let isStrict: Bool

  /// Prepares a training.
  ///
  /// `jobText` is the job file as the user wrote it, kept in the model file; `jobPath` is where it
  /// stands, so that no output takes its place. `overwrites` allows the replacement of an existing
  /// model file; `policy` says what to do with checkpoints. With `isStrict` an update that must be refused
  /// ends the training.
  public init(
    _ job: TrainingJob, jobText: String = "", jobPath: String? = nil, overwrites: Bool = false,
    policy: CheckpointPolicy = CheckpointPolicy(), isStrict: Bool = false
  ) {
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
    let files = OutputFiles(
      job, jobPath: jobPath, overwrites: overwrites, startsFresh: policy.start != .resume)
    let resumes = try files.prepare(on: world, observer: observer)
    let source: TrainingSetup.Source =
      switch policy.start {
      case .adopt(let path): .adopted(path)
      default: resumes ? .own : .nothing
      }
    let setup = try TrainingSetup(job, jobText: jobText, source: source, on: world)
    if world.rank == 0, let checkpoint = setup.checkpoint {
      observer.note(checkpoint.summary(setup))
      if setup.bestTracker?.hasForgotten == true {
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
    let isServed = world.size > 1
    let start = Clock.now
    var report: TrainingReport
    if isServed, job.distribution.sharesMemory {
      let node = try world.splitByNode()
      guard node.size == world.size else {
        throw DistributedError(
          "distribution.mode \(job.distribution.modeName) shares memory, and the "
            + "\(world.size) ranks are on more than one node (\(node.size) on this one): use one "
            + "node, or distribution.mode: sync or localsgd")
      }
      let server = try Self.sharedServer(setup, on: node)
      report = try train(
        setup, memory: server.memory, on: world, observer: observer, callbacks: callbacks)
      try server.free()
      try node.free()
    } else {
      // Every worker has parameters of its own, and rank 0 needs none.
      let isIdle = isServed && world.rank == 0
      let server = ParameterServer(
        parameterCount: isIdle ? 0 : setup.network.parameterCount,
        trainedCount: isIdle ? 0 : setup.network.trainedCount,
        slotCount: isIdle ? 0 : setup.slotCount)
      report = try train(
        setup, memory: server.memory, on: world, observer: observer, callbacks: callbacks)
      try server.free()
    }
    report.computeSeconds = Clock.now - start
    return report
  }

  /// The window that the ranks of a node train in, or what to do where there is none.
  private static func sharedServer(
    _ setup: TrainingSetup, on node: borrowing Communicator
  ) throws -> ParameterServer {
    do {
      return try ParameterServer(
        parameterCount: setup.network.parameterCount,
        trainedCount: setup.network.trainedCount,
        slotCount: setup.slotCount,
        clockCount: setup.job.distribution.stalenessBound == nil ? 0 : node.size - 1, on: node)
    } catch {
      throw DistributedError(
        "distribution.mode \(setup.job.distribution.modeName) needs shared memory between the "
          + "ranks, but \(error); free /dev/shm, leave OMPI_MCA_osc unset (or sm,pt2pt), or set "
          + "distribution.mode: sync or localsgd", exitCode: 70)
    }
  }

  /// Parts the roles, and meets again when the files are written.
  private func train(
    _ setup: TrainingSetup, memory: ParameterMemory, on world: borrowing Communicator,
    observer: any TrainingObserver, callbacks: Callbacks
  ) throws -> TrainingReport {
    let isServer = world.size > 1 && world.rank == 0
    let part = try world.split(color: isServer ? nil : 0)
    var report = TrainingReport(
      outcome: .finished, history: setup.checkpoint?.history ?? [],
      modelPath: job.output.model, checkpointPath: job.output.checkpoint, computeSeconds: 0,
      sampleCount: 0, exchange: "", parameterCount: setup.network.parameterCount,
      serverCPUShare: nil)
    let meter = ThroughputMeter(
      epochCount: job.training.epochCount, samplesTotal: setup.samplesTotal,
      samplesDone: setup.samplesDone)
    var staleness: StalenessCounts?
    // Stopped early, rows trained on, the best epoch, refused updates.
    var ending = [0, 0, 0, 0]
    let layerNames = setup.network.layers.map(\.name)
    let asks =
      try world.allReduce(observer.givesVerdicts || !callbacks.isEmpty ? 1 : 0, .maximum) > 0
    switch consume part {
    case .none:
      let choice = try Crew.hearChoice(from: world, mode: job.distribution.words)
      report.exchange = choice.words
      if let note = choice.note { observer.note(note) }
      report.stepMemory = try StepMemory.told(nil, on: world)
      if let memory = report.stepMemory { observer.note(memory.summary) }
      if setup.beginsAnEpoch { try callbacks.began(setup.checkpoint?.epoch ?? 1) }
      let (wall, cpu) = (Clock.now, Clock.cpuSeconds)
      report.history += try ServerLoop(
        observer: observer, meter: meter, resultNames: setup.resultNames,
        layerNames: layerNames,
        timeoutSeconds: job.distribution.timeoutSeconds,
        firstEpoch: setup.checkpoint?.epoch ?? 1, partCount: job.training.validationsPerEpoch,
        callbacks: callbacks, answers: asks
      ).run(world: world)
      let seconds = Clock.now - wall
      report.serverCPUShare = seconds > 0 ? (Clock.cpuSeconds - cpu) / seconds : 0
    case .some(let workers):
      let channel: any ProgressChannel =
        world.size > 1
        ? MessageChannel(figureCount: setup.resultNames.count, layerNames: layerNames)
        : DirectChannel(meter: meter, observer: observer)
      var crew = try Crew(
        setup, memory: memory, channel: channel, policy: policy, callbacks: callbacks,
        asksForVerdicts: asks, isStrict: isStrict, world: world, among: workers)
      if world.size == 1, let note = crew.choice.note { observer.note(note) }
      report.stepMemory = try StepMemory.told(crew.stepMemory, on: world)
      if world.size == 1, let memory = report.stepMemory { observer.note(memory.summary) }
      report.exchange = crew.choice.words
      let outcome = try crew.train(world: world, among: workers)
      report.history = outcome.history
      staleness = crew.staleness
      ending = [
        outcome.stoppedEarly ? 1 : 0, outcome.sampleCount, outcome.bestEpoch ?? 0,
        crew.refusedCount,
      ]
      try world.barrier()  // meets the server's pending one, behind the last rename
      try workers.free()
    }
    report.workerCount = max(1, world.size - 1)
    report.staleness = try StalenessCounts.told(staleness, on: world)
    report.outcome = try world.allReduce(ending[0], .maximum) > 0 ? .stoppedEarly : .finished
    report.sampleCount = try world.allReduce(ending[1], .sum)
    report.refusedCount = try world.allReduce(ending[3], .sum)
    let best = try world.allReduce(ending[2], .maximum)
    if report.outcome == .finished {
      report.bestEpoch = best > 0 ? best : nil
      report.endReason = setup.endReason(after: report.history)
    }
    return report
  }
}
