internal import CKernels
private import Glibc
internal import NN
internal import Pipeline

/// The checkpoint that rank 0 writes of where the training is, when the job must end since a rank hangs.
///
/// | weights                         | where they come from                                            |
/// |---------------------------------|-----------------------------------------------------------------|
/// | in the memory of the only node  | there, whatever the workers do                                  |
/// | the master's, of several nodes  | the servers; where one does not answer, or they are with the workers, a worker: its node's |
/// | each worker's own               | a worker that is not silent                                     |
///
/// The optimizer's state is where the weights are, or with a worker: in modes in which each worker has one, and on
/// several nodes, a worker that is not silent gives its own; where none answers the state begins anew.
///
/// What compressed messages have left out is the workers': those that are not silent give theirs. A node's is added to
/// the master's weights; of one whose first worker is silent the epoch's rows are trained again. In modes in which
/// each worker has weights the checkpoint keeps it, without that of silent ones. It is asked for before the weights
/// are: what a node pushes in between counts twice, and is not lost.
///
/// What is not known to be in the weights is trained again: see `RowLedger`. In `sync` the last layers may be
/// a step ahead of the first, when the step that hangs has summed their gradients already.
struct Rescue {
  let setup: TrainingSetup
  let layout: NodeLayout
  /// The memory that rank 0 shares with the workers; empty where it shares none.
  let memory: ParameterMemory
  let service: MasterService?
  /// Whether the nodes have a master's weights on servers.
  let isLinked: Bool
  /// What is on its way to the workers, of which some hang.
  private let outbox = Outbox()

  init(_ setup: TrainingSetup, _ place: borrowing TrainingPlace) {
    self.setup = setup
    layout = place.layout
    memory = place.memory
    service = place.service
    isLinked = place.isLinked
  }

  /// Where the training is, as rank 0 has heard.
  struct Moment {
    /// The epochs that have ended in this run.
    let history: [EpochRecord]
    let ledger: RowLedger
    /// Seconds from the end of the last of them until a worker last told of its work.
    let seconds: Double
    /// The ranks that have given a sign of life lately.
    let responsive: [Int]
    /// Whether this run has written a checkpoint, or resumed one.
    let hasCheckpoint: Bool
    /// Whether the last epoch that has ended is the last one of all.
    let isOver: Bool
  }

  /// Why there is no checkpoint, in words.
  private struct Obstacle: Error {
    let reason: String
  }

  /// Writes the checkpoint; gives what to do now, in words: the end of an error that begins with `finding`.
  ///
  /// Whatever fails is part of the words. Bounded by `distribution.timeout` and a minute: what hangs longer than
  /// the longer of these ends the process with the finding.
  func write(
    _ moment: Moment, finding: String, on world: borrowing Communicator
  ) -> String {
    let last =
      moment.hasCheckpoint
      ? "start the job again, it resumes from its last one" : "start the job again, it begins anew"
    let limit = max(60, setup.job.distribution.timeoutSeconds)
    let late = DistributedError(
      hang: finding, "no checkpoint could be written within \(Int(limit)) s either: \(last)")
    Deadline.set(
      seconds: limit, line: Session.line(for: late, rank: world.rank, size: world.size),
      code: late.exitCode)
    defer { Deadline.callOff() }
    do {
      for worker in layout.serverCount..<world.size {
        try outbox.send(
          [Int((limit + ParameterSnapshot.patienceSeconds).rounded(.up))], to: worker,
          tag: Message.beatTag, on: world)
      }
      return try write(moment, on: world)
    } catch {
      let reason = (error as? Obstacle)?.reason ?? "\(error)"
      return "no checkpoint of this moment could be written (\(reason)): \(last)"
    }
  }

  private func write(_ moment: Moment, on world: borrowing Communicator) throws -> String {
    let files = CheckpointFiles(setup.job.output)
    if moment.isOver, access(setup.job.output.model, F_OK) == 0 {
      throw Obstacle(
        reason: "the training was at its end, and \(setup.job.output.model) is there")
    }
    // Rows first: what the weights get meanwhile is trained again.
    let rest = try leftOut(moment, on: world)
    let (epoch, plan) = place(moment, lost: rest.lost)
    let (snapshot, note) = try snapshot(moment, rest, on: world)
    for block in [snapshot.parameters, snapshot.state] {
      let sum = block.withUnsafeBufferPointer { values in
        values.baseAddress.map { ck_sum_of_squares(values.count, $0) } ?? 0
      }
      guard sum.isFinite else { throw Obstacle(reason: "the weights are not finite") }
    }
    var best: BestTracker.Kept?
    if moment.hasCheckpoint, let found = try? files.newestGood() {
      best = try? Checkpoint.best(in: files.path(found.age))
    }
    try Checkpoint(
      epoch: epoch, rest: plan, sums: [],
      seconds: plan == nil
        ? 0
        : moment.seconds + (moment.history.isEmpty ? setup.checkpoint?.seconds ?? 0 : 0),
      snapshot: snapshot, history: (setup.checkpoint?.history ?? []) + moment.history,
      rowCount: setup.shuffle.rowCount, best: best
    ).write(setup, keepsEarlier: moment.hasCheckpoint)
    let place =
      plan.map {
        "epoch \(epoch), \(100 * ($0.wholeCount - $0.count) / max(1, $0.wholeCount)) % of its rows"
      } ?? "the start of epoch \(epoch)"
    return "wrote a checkpoint at \(place)\(note): start the job again, it resumes there"
  }

  /// What compressed messages have left out.
  private struct LeftOut {
    /// All workers' together; empty: nothing.
    var sum: [Float] = []
    /// The workers whose node has not told of its own, by their number.
    var lost: Set<Int> = []
    /// The ranks that answer.
    var responsive: [Int]
    /// Whether a worker of its own weights has not told of its own.
    var isPart = false
  }

  /// Asks the workers for what their compressed messages have left out.
  private func leftOut(_ moment: Moment, on world: borrowing Communicator) throws -> LeftOut {
    let distribution = setup.job.distribution
    var all = LeftOut(responsive: moment.responsive)
    let isLossy =
      isLinked
      ? !type(of: distribution.compression.push).isExact
      : !distribution.sharesMemory && distribution.compression.isAny
    guard isLossy else { return all }
    let count = isLinked ? setup.network.parameterCount : setup.network.trainedCount
    for node in layout.workers {
      // Of a node its first worker knows; where all are on one, each worker.
      for worker in layout.nodeCount > 1 ? Array(node.prefix(1)) : node {
        let rank = layout.serverCount + worker
        var given: [Float]?
        if all.responsive.contains(rank) {
          given = try ParameterSnapshot.leftOut(of: rank, by: outbox, on: world)
          // What comes late must not be taken for the next answer.
          if given == nil { all.responsive.removeAll { $0 == rank } }
        }
        guard let given, given.isEmpty || given.count == count else {
          if isLinked { all.lost.formUnion(node) } else { all.isPart = true }
          continue
        }
        if all.sum.isEmpty { all.sum = given } else { Self.add(given, to: &all.sum) }
      }
    }
    return all
  }

  private static func add(_ numbers: [Float], to sum: inout [Float]) {
    for index in numbers.indices { sum[index] += numbers[index] }
  }

  /// The epoch that runs, and what is left of it; nil: all.
  private func place(_ moment: Moment, lost: Set<Int>) -> (epoch: Int, rest: EpochPlan?) {
    let first = setup.checkpoint?.epoch ?? 1
    let epoch = first + moment.history.count
    let run = EpochRun(
      epoch: epoch, resumed: epoch == first ? setup.checkpoint?.rest : nil, sums: nil,
      earlierSeconds: 0, metrics: setup.metrics)
    guard !moment.isOver else { return (epoch, nil) }
    let count = layout.workers.joined().count
    let plans = (0..<count).map { run.plan(for: $0, of: count, setup) }
    let training = setup.job.training
    let stepRowCounts = plans.map { max(1, $0.stepRowCount(atMost: training.batchSize)) }
    var visited = moment.ledger.visited(
      in: epoch, of: plans.map(\.count), stepRowCounts: stepRowCounts,
      // Workers with few rows rest in some steps of each part.
      inStep: !setup.job.distribution.sharesMemory && training.validationsPerEpoch == 1, lost: lost)
    if zip(plans, visited).allSatisfy({ $0.count == $1 }) {
      // An epoch without a row left would have no figures.
      for index in visited.indices {
        visited[index] = max(0, visited[index] - 1) / stepRowCounts[index] * stepRowCounts[index]
      }
    }
    guard run.resumed != nil || visited.contains(where: { $0 > 0 }) else { return (epoch, nil) }
    return (epoch, run.rest(after: visited, setup))
  }

  /// Parameters, state and steps, and what is to be said of them.
  private func snapshot(
    _ moment: Moment, _ rest: LeftOut, on world: borrowing Communicator
  ) throws -> (ParameterSnapshot, note: String) {
    let parameters = try shared(on: world)
    /// With what nodes have left out of them.
    func whole(_ parameters: [Float]) -> [Float] {
      guard isLinked else { return parameters }
      var sum = parameters
      Self.add(rest.sum, to: &sum)
      return sum
    }
    let stateCount = setup.network.trainedCount * setup.job.training.optimizer.slotCount
    let isHere = !isLinked && type(of: setup.job.distribution.mode).keepsStateInMemory
    if let parameters, isHere {
      let snapshot = ParameterSnapshot(
        parameters: parameters, state: Array(memory.state), updateCount: memory.updateCount)
      return (snapshot, "")
    }
    for worker in rest.responsive {
      guard let given = try ParameterSnapshot.asked(of: worker, by: outbox, on: world),
        given.parameters.count == setup.network.parameterCount, given.state.count == stateCount
      else { continue }
      var own = given.own
      if !isLinked { own?.leftOut = rest.sum }
      let snapshot = ParameterSnapshot(
        // A worker's own weights have its changes.
        parameters: parameters.map(whole) ?? given.parameters, state: given.state,
        updateCount: given.updateCount, own: own)
      return (
        snapshot,
        rest.isPart ? ", without what messages of ranks that do not answer have left out" : ""
      )
    }
    guard let parameters else {
      throw Obstacle(reason: "no worker answers, and only they have the weights")
    }
    // As many steps as the workers have told of, so that schedules go on.
    let snapshot = ParameterSnapshot(
      parameters: whole(parameters), state: [Float](repeating: 0, count: stateCount),
      updateCount: moment.ledger.updateCount)
    return (snapshot, stateCount > 0 ? ", without the optimizer's state, as no worker answers" : "")
  }

  /// The weights that rank 0 has itself, or gets from the servers; nil: there are none.
  private func shared(on world: borrowing Communicator) throws -> [Float]? {
    if !isLinked, memory.parameterCount > 0 {
      // A holder that is stopped must not keep the checkpoint from being written.
      let lock = memory.lock(waitingFor: 0.5)
      let isLocked = (try? lock.lockForReading()) != nil
      defer { if isLocked { lock.unlockAfterReading() } }
      return Array(memory.parameters)
    }
    guard let service else { return nil }
    let shards = ShardLayout(
      parameterCount: setup.network.parameterCount, serverCount: layout.serverCount)
    let transport = try MessageTransport(
      world, shards, try CompressionConfiguration(nil, at: []))
    let arena = FloatArena()
    let weights = arena.allocate(shards.parameterCount)
    try transport.pull(into: weights.start)
    let end = Clock.now + ParameterSnapshot.patienceSeconds
    while try !transport.isDone() {
      _ = try service.answerAll(on: world)
      try world.checkInterrupt()
      if Clock.now > end {
        // The answers may still come.
        _ = Unmanaged.passRetained(arena)
        return nil
      }
    }
    return Array(weights)
  }
}
