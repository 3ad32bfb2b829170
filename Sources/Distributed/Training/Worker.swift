internal import NN
internal import Pipeline

/// One worker's training: the loop that a row's way goes through.
///
/// read a mini-batch → forward and backward → the exchange applies the gradient. Nothing is
/// allocated in a step; what depends on an epoch is prepared before it starts.
struct Worker {
  let network: Network
  private var exchange: any Exchange
  let gradient: Gradient
  let reader: BatchReader
  let channel: any ProgressChannel
  let batchSize: Int
  /// Where this worker's time goes.
  let clock: StepClock
  let seed: UInt64
  private let fault: FaultInjection
  private let bound: StepBound?
  private var door: UpdateDoor
  private let executor: Executor
  /// Executors of other batch sizes than the usual one, over its memory.
  private var others: [Executor] = []
  private let classWeights: UnsafeBufferPointer<Float>?
  private let weights: RowWeights?
  private let arena = FloatArena()
  private(set) var stepCount = 0
  /// Rows of a step of the plan; its last one may have fewer.
  private(set) var stepRowCount: Int
  private var plan: EpochPlan?
  private var visited = 0
  /// The refused pushes of which has been told, or which are only counted.
  private var toldPushCount = 0

  init(
    network: Network, exchange: any Exchange, gradient: Gradient, reader: BatchReader,
    channel: any ProgressChannel, training: TrainingConfiguration, clock: StepClock,
    bound: StepBound?, isStrict: Bool, fault: FaultInjection
  ) throws {
    self.fault = fault
    self.clock = clock
    self.network = network
    self.exchange = exchange
    self.gradient = gradient
    self.reader = reader
    self.channel = channel
    batchSize = training.batchSize
    stepRowCount = batchSize
    seed = training.seed
    self.bound = bound
    door = UpdateDoor(network, limit: training.refusalLimit, isStrict: isStrict)
    executor = try Executor(
      network, batchSize: training.batchSize, losses: try training.losses(for: network),
      lossWeights: training.lossWeights(for: network), parameters: exchange.parameters.start,
      gradient: gradient.start, precision: training.precision)
    self.exchange.updateInBackward(of: executor)
    self.exchange.backwardUpdate?.watch = door.watch
    weights = RowWeights(reader.layout, batchSize: training.batchSize)
    let classes = training.classWeightList
    if classes.isEmpty {
      classWeights = nil
    } else {
      let block = arena.allocate(classes.count)
      _ = block.update(fromContentsOf: classes)
      classWeights = UnsafeBufferPointer(block)
    }
    executor.classWeights = classWeights
  }

  /// Tells a schedule that follows a figure what the epochs up to now have brought.
  mutating func observe(_ history: [EpochRecord]) {
    guard let monitor = exchange.optimizer.common.learningRate.monitor else { return }
    exchange.optimizer.common.learningRate.observe(history.compactMap { $0[monitor] })
  }

  /// See `Exchange.settle`.
  mutating func settle(
    epoch: Int, world: borrowing Communicator, among workers: borrowing Communicator
  ) throws {
    try exchange.settle(among: workers)
    try tellOfPushes(epoch: epoch, world: world)
  }

  /// See `Exchange.snapshot`.
  func snapshot(among workers: borrowing Communicator) throws -> ParameterSnapshot? {
    try exchange.snapshot(among: workers)
  }

  /// How stale this worker's updates were.
  var staleness: StalenessCounts? { exchange.staleness }

  /// Whether the weights change during the backward pass.
  var updatesInBackward: Bool { exchange.backwardUpdate != nil }

  /// The updates of this worker that were refused, and what it did not send for its node.
  var refusedCount: Int { door.refusedCount + exchange.refusedPushes.count }

  /// What a step of this worker takes.
  var stepMemory: StepMemory {
    executor.stepMemory(slotCount: exchange.optimizer.slotCount)
  }

  /// How a part of an epoch ended for this worker.
  struct PartOutcome {
    /// Rows of the plan that are done since `begin`.
    var visited: Int
    /// Whether somebody asked to stop.
    var stops: Bool
  }

  /// Prepares the rows of `plan`, which `train(upTo:)` then visits in one or several parts.
  mutating func begin(_ plan: EpochPlan) throws {
    self.plan = plan
    visited = 0
    stepRowCount = plan.stepRowCount(atMost: batchSize)
    let sizes = Set([min(stepRowCount, plan.count), plan.count % max(1, stepRowCount)])
      .subtracting([0, batchSize])
    others.removeAll { !sizes.contains($0.batchSize) }
    for size in sizes where !others.contains(where: { $0.batchSize == size }) {
      let made = try Executor(sharing: executor, batchSize: size)
      made.classWeights = classWeights
      others.append(made)
    }
    reader.start(plan)
    channel.reached(epoch: plan.epoch, rowCount: exchange.reached(0))
  }

  /// Trains on the plan's rows until `end` of them are done; `metrics` counts them.
  ///
  /// Collective over `workers` in synchronous mode. `end` is the plan's last row, or a whole number
  /// of batches.
  mutating func train(
    upTo end: Int, metrics: inout FigureSet, world: borrowing Communicator,
    among workers: borrowing Communicator
  ) throws -> PartOutcome {
    guard let plan else { preconditionFailure("no plan: call begin first") }
    let batches = (end - visited + stepRowCount - 1) / stepRowCount
    clock.enter(.wait)
    let steps = try exchange.stepCount(own: batches, among: workers)
    try bound?.begin(among: workers)
    defer { bound?.clocks.leave() }
    var stops = false
    clock.beginSteps()
    for step in 0..<steps {
      var rowCount = 0
      var hasHeardStop = false
      // Without rows, too: the other ranks of this worker wait with it, or for it.
      if let bound, bound.mustWait {
        clock.enter(.wait)
        hasHeardStop = try bound.wait { try channel.poll(epoch: plan.epoch, world: world) }
        clock.beginSteps()
      }
      // Who shall stop still takes part in what the step's ranks do together.
      if step < batches, !hasHeardStop {
        let count = min(stepRowCount, plan.count - visited)
        let isAccepted = try trainStep(
          rowCount: count, of: plan, metrics: &metrics, world: world, among: workers)
        rowCount = isAccepted ? count : 0
        visited += count
      }
      let wish = try channel.poll(epoch: plan.epoch, world: world) || hasHeardStop
      clock.pushes()
      stops = try exchange.push(rowCount: rowCount, wantsToStop: wish, among: workers)
      clock.endStep(rowCount: rowCount)
      try tellOfPushes(epoch: plan.epoch, world: world)
      channel.reached(epoch: plan.epoch, rowCount: exchange.reached(visited))
      if stops { break }
      try bound?.advance()
    }
    if let bound {
      clock.enter(.wait)
      try bound.end()
    }
    return PartOutcome(visited: visited, stops: stops)
  }

  /// One mini-batch: rows in, gradient out; gives whether it may be applied.
  private mutating func trainStep(
    rowCount: Int, of plan: EpochPlan, metrics: inout FigureSet, world: borrowing Communicator,
    among workers: borrowing Communicator
  ) throws -> Bool {
    let executor = executor(for: rowCount)
    stepCount += 1
    let filled = try reader.next(
      into: executor.features, targets: executor.targets, weights: weights?.memory,
      count: rowCount)
    precondition(filled == rowCount, "\(filled) of \(rowCount) planned rows")
    if let weights { executor.sampleWeights = weights.first(rowCount) }
    clock.pulls()
    try exchange.pull()
    try fault.strike(rank: world.rank, step: stepCount)
    clock.computes()
    door.watch.begin()
    // Dropout's masks follow from the updates so far, so a resumed run draws the same ones.
    let observer = try exchange.observer(rowCount: rowCount, among: workers)
    let meanLoss = executor.step(
      seed: TrainingConfiguration.noiseSeed(seed, worker: workers.rank),
      step: UInt64(exchange.noiseStep), into: exchange.backwardUpdate, observer: observer,
      watch: door.watch)
    if let finding = door.finding(
      loss: meanLoss, gradient: gradient.start,
      isApplied: exchange.backwardUpdate != nil || observer != nil)
    {
      try refuse(finding, rowCount: rowCount, of: plan, world: world, among: workers)
      return false
    }
    metrics.add(executor, lossSum: meanLoss * Double(rowCount))
    channel.add(rowCount: rowCount, lossSum: meanLoss * Double(rowCount))
    return true
  }

  /// Tells of an update that is not made, or ends the training.
  private func refuse(
    _ finding: UpdateDoor.Finding, rowCount: Int, of plan: EpochPlan,
    world: borrowing Communicator, among workers: borrowing Communicator
  ) throws {
    let epochSteps = (plan.shuffle.rowCount / workers.size + batchSize - 1) / batchSize
    let end = door.end(epochSteps: epochSteps, parameters: exchange.parameters)
    guard end != nil || door.tells else { return }
    let rows = plan.positions(in: visited..<visited + rowCount).map(reader.rows.row(at:))
    let refusal = Refusal(
      rank: world.rank, epoch: plan.epoch, step: stepCount,
      layer: finding.layer.map { network.layers[$0].name }, value: finding.value,
      mean: finding.mean, firstRow: rows.min() ?? 0, lastRow: rows.max() ?? 0,
      rowCount: rowCount)
    if let end {
      throw DistributedError(
        "\(refusal.finding) in \(refusal.place): \(end); "
          + (network.layers.contains { $0.configuration is Embedding }
            ? "either a feature is no index of an embedding's table (0 to input_dim - 1), or " : "")
          + "lower training.optimizer's learning_rate or scale the features"
          + (finding.layer != nil && refusal.value.isFinite
            ? "; training.refuse_beyond says what is too long" : ""))
    }
    try channel.refused(refusal, world: world)
  }

  /// Tells of what this worker did not send for its node since the last time, or ends the training.
  private mutating func tellOfPushes(epoch: Int, world: borrowing Communicator) throws {
    let pushes = exchange.refusedPushes
    guard pushes.count > toldPushCount else { return }
    toldPushCount = pushes.count
    let refusal = Refusal(pushOf: world.rank, epoch: epoch, step: stepCount)
    if let end = door.end(pushRow: pushes.row) {
      throw DistributedError(
        "\(refusal.finding) in \(refusal.place): \(end); lower training.optimizer's learning_rate or "
          + "scale the features")
    }
    if pushes.count <= UpdateDoor.toldCount { try channel.refused(refusal, world: world) }
  }

  private func executor(for rowCount: Int) -> Executor {
    for other in others where other.batchSize == rowCount { return other }
    return executor
  }
}
