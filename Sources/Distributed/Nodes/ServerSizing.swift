internal import NN

/// How many servers the nodes of a training need: so many that an exchange of all nodes is over before the
/// next one begins.
package struct ServerSizing {
  /// Seconds of a step of the slowest worker.
  package var step: Double
  /// Seconds of an exchange of all nodes at once with one server, the slowest node's.
  package var exchange: Double
  /// The same of a question that brings no weights, which more servers do not shorten.
  package var latency: Double
  /// Steps between two exchanges.
  package let interval: Int
  /// The nodes.
  package let nodeCount: Int
  /// The ranks of the job.
  package let rankCount: Int

  /// Takes what was measured, in seconds, and how the job stands.
  package init(
    step: Double, exchange: Double, latency: Double, interval: Int, nodeCount: Int, rankCount: Int
  ) {
    (self.step, self.exchange, self.latency) = (step, exchange, latency)
    (self.interval, self.nodeCount, self.rankCount) = (interval, nodeCount, rankCount)
  }

  /// The servers; each node must have something to do for them, and half of the ranks work at least.
  ///
  /// k servers take 1/k of the time that the bytes take. What is left of the interval beside the latency is
  /// what they may take; where the latency is more than that, no longer than the latency.
  package var serverCount: Int {
    let room = max(step * Double(interval) - latency, latency, 1e-6)
    let needed = (max(0, exchange - latency) / room).rounded(.up)
    return max(1, min(Int(min(needed, 65_536)), nodeCount, rankCount / 2))
  }

  /// What was measured and chosen, in one line; `count` is what the ranks allow of `serverCount`.
  package func summary(_ count: Int) -> String {
    func milliseconds(_ seconds: Double) -> String { "\((seconds * 1e5).rounded() / 100) ms" }
    let steps = interval == 1 ? "a step" : "\(interval) steps"
    return "servers: \(count) (with one, an exchange of \(nodeCount) nodes took "
      + "\(milliseconds(exchange)), and \(steps) \(interval == 1 ? "takes" : "take") "
      + "\(milliseconds(step * Double(interval))))"
  }

  /// Measures both for about a second.
  ///
  /// Collective over `world` and blocking; `layout` has one server.
  static func measure(
    _ setup: TrainingSetup, _ layout: NodeLayout, on world: borrowing Communicator
  ) throws -> ServerSizing {
    let shards = ShardLayout(parameterCount: setup.network.parameterCount, serverCount: 1)
    let compression = setup.job.distribution.compression
    var seconds = [0.0, 0.0, 0.0]
    if world.rank == 0 {
      let service = MasterService(shards, server: 0, compression)
      try service.serve(world, until: try world.startBarrier())
    } else {
      seconds[0] = try stepSeconds(setup, on: world)
      let worker = world.rank - 1
      if layout.workers[layout.node(of: worker)].first == worker {
        let transport = try MessageTransport(world, shards, compression)
        seconds[1] = try TransportTrial.seconds(
          of: transport, parameterCount: shards.parameterCount, on: world)
        seconds[2] = try Self.askSeconds(world)
      }
      try world.barrier()
    }
    try world.allReduce(&seconds, .maximum)
    return ServerSizing(
      step: seconds[0], exchange: seconds[1], latency: seconds[2],
      interval: setup.job.distribution.nodeInterval,
      nodeCount: layout.nodeCount, rankCount: world.size)
  }

  /// Seconds of a question to rank 0 and its answer, a message of a note each.
  private static func askSeconds(_ world: borrowing Communicator) throws -> Double {
    var least = Double.infinity
    var note = [0]
    for _ in 0..<5 {
      let start = Clock.now
      try world.send([0], to: 0, tag: Message.askTag)
      try world.receive(into: &note, from: 0, tag: Message.askTag)
      least = min(least, Clock.now - start)
    }
    return least
  }

  /// Seconds of a step of the job's network and optimizer on rows of a constant.
  ///
  /// Not collective.
  private static func stepSeconds(
    _ setup: TrainingSetup, on world: borrowing Communicator
  ) throws -> Double {
    let training = setup.job.training
    // The optimizer's state, whoever keeps it in the training.
    let server = ParameterServer(
      parameterCount: setup.network.parameterCount, trainedCount: setup.network.trainedCount,
      slotCount: training.optimizer.slotCount)
    let memory = server.memory
    let gradient = Gradient(parameterCount: memory.parameterCount)
    let executor = try Executor(
      setup.network, batchSize: training.batchSize, losses: try training.losses(for: setup.network),
      lossWeights: training.lossWeights(for: setup.network), parameters: memory.parameters.start,
      gradient: gradient.start, precision: training.precision)
    var optimizer = training.optimizer
    optimizer.common.prepare(arrays: setup.network.parameterRanges, stepCount: 1)
    var exchange = HogwildExchange(
      memory: memory, gradient: gradient, optimizer: optimizer, privateCopy: false)
    exchange.updateInBackward(of: executor)
    executor.features.update(repeating: 0.5)
    executor.targets.update(repeating: 0)
    setup.network.initialize(memory.parameters, seed: training.seed)
    var (steps, start) = (0, Clock.now)
    // The first steps pay for cold caches.
    while steps < 2 || Clock.now - start < 0.1 {
      _ = executor.step(
        seed: training.seed, step: UInt64(steps), into: exchange.backwardUpdate)
      _ = exchange.push(rowCount: training.batchSize, wantsToStop: false, among: world)
      if steps == 1 { start = Clock.now }
      steps += 1
    }
    let result = (Clock.now - start) / Double(max(1, steps - 2))
    try server.free()
    return result
  }
}
