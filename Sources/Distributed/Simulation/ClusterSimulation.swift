/// Predicts what a training reaches on a cluster, from a model of one step and of what workers share.
///
/// Nodes are alike and do not wait for each other between exchanges. So one node of each size is simulated
/// event by event, then the exchanges of all nodes with the servers, each until its rate is known
/// (`SteadyState`): the cost does not grow with the length of a training, and little with the number of
/// workers. The same seed gives the same figures.
package struct ClusterSimulation: Sendable {
  private let model: ClusterModel
  private let seed: UInt64

  /// - Throws: `DistributedError` (64) for numbers that no cluster can have.
  package init(_ model: ClusterModel, seed: UInt64 = 1) throws(DistributedError) {
    try model.check()
    self.model = model
    self.seed = seed
  }

  /// Simulates one training.
  ///
  /// - Throws: `DistributedError` (64) for numbers that do not fit together.
  package func run(_ training: SimulatedTraining) throws(DistributedError) -> SimulatedFigures {
    try training.check()
    let traffic = try ModeTraffic(
      training.mode, stateFloats: model.stateFloats, workerCount: training.workerCount,
      usesCopy: training.usesCopy)
    if let collective = traffic.collective {
      return together(training, traffic, collective)
    }
    return apart(training, traffic)
  }

  /// Modes in which all workers meet at once.
  private func together(
    _ training: SimulatedTraining, _ traffic: ModeTraffic, _ collective: ModeTraffic.Collective
  ) -> SimulatedFigures {
    var simulation = CollectiveSimulation(
      model, traffic, collective, training.compression, sizes: training.nodeSizes, seed: seed)
    let result = simulation.run()
    let efficiency = efficiency(result.stepsPerSecond, training.workerCount)
    let passes =
      traffic.stepBytes + (collective.bytesBefore + collective.bytesAfter)
      / Double(collective.interval)
    let copies = copies(passes, result.stepsPerSecond, training.workerCount)
    let (limit, share) = Self.largest([
      (.cores, result.cores), (.memory, result.memory), (.barrier, result.barrier),
      (.reduction, result.reduction), (.copies, copies),
    ])
    return SimulatedFigures(
      samplesPerSecond: result.stepsPerSecond * Double(model.batchSize), efficiency: efficiency,
      interval: nil, exchanged: 1, answerSeconds: nil, limit: limit, limitShare: share,
      error: result.error, eventCount: result.stepCount)
  }

  /// Modes in which workers share a node's memory and nodes exchange by servers.
  private func apart(
    _ training: SimulatedTraining, _ traffic: ModeTraffic
  ) -> SimulatedFigures {
    // A copy of the weights, their change, the answer's change and adding it: `NodeLink`.
    let link =
      training.nodeCount > 1
      ? (
        interval: training.nodeInterval, bytes: 44.0,
        seconds: training.compression.nodeSeconds * Double(model.parameterCount)
      ) : nil
    let sizes = training.nodeSizes
    var nodes: [Int: NodeSimulation.Figures] = [:]
    for size in Set(sizes).sorted() {
      var simulation = NodeSimulation(model, traffic, size: size, link: link, seed: seed)
      nodes[size] = simulation.run()
    }
    var (steps, leaderSteps, events, error) = (0.0, 0.0, 0, 0.0)
    var losses = NodeSimulation.Losses()
    for size in sizes {
      guard let node = nodes[size] else { continue }
      steps += node.stepsPerSecond
      leaderSteps += node.leaderStepsPerSecond
      let weight = Double(size) / Double(training.workerCount)
      losses.cores += weight * node.losses.cores
      losses.memory += weight * node.losses.memory
      losses.lock += weight * node.losses.lock
    }
    for node in nodes.values {
      events += node.stepCount
      error = max(error, node.error)
    }
    let own =
      traffic.stepBytes + traffic.readBytes
      + traffic.pullBytes / Double(traffic.pullInterval)
      + traffic.writeBytes / Double(traffic.writeInterval)
    var parts: [(SimulatedFigures.Limit, Double)] = [
      (.cores, losses.cores), (.memory, losses.memory), (.lock, losses.lock),
      (.copies, copies(own, steps, training.workerCount)),
    ]
    var figures = SimulatedFigures(
      samplesPerSecond: steps * Double(model.batchSize),
      efficiency: efficiency(steps, training.workerCount), interval: nil, exchanged: 1,
      answerSeconds: nil, limit: .compute, limitShare: 0, error: error, eventCount: events)
    if training.nodeCount > 1 {
      let exchange = exchange(training, leaderSteps / Double(training.nodeCount))
      let interval = leaderSteps / exchange.exchangesPerSecond
      figures.interval = interval
      figures.exchanged = min(1, Double(training.nodeInterval) / interval)
      figures.answerSeconds = exchange.answerSeconds
      figures.error = max(error, exchange.error)
      figures.eventCount += exchange.exchangeCount
      let bottleneck = Self.bottleneck(exchange)
      if figures.exchanged < 0.95 { figures.exchangeLimit = bottleneck }
      parts.append((bottleneck, 1 - figures.exchanged))
    }
    (figures.limit, figures.limitShare) = Self.largest(parts)
    return figures
  }

  private func exchange(
    _ training: SimulatedTraining, _ leaderStepsPerSecond: Double
  ) -> LinkSimulation.Figures {
    let setting = LinkSimulation.Setting(
      nodeCount: training.nodeCount, serverCount: training.serverCount,
      interval: training.nodeInterval, leaderStepsPerSecond: leaderStepsPerSecond,
      compression: training.compression)
    var simulation = LinkSimulation(model, setting, seed: seed &+ 1)
    return simulation.run()
  }

  private static func bottleneck(_ exchange: LinkSimulation.Figures) -> SimulatedFigures.Limit {
    let uses: [(SimulatedFigures.Limit, Double)] = [
      (.serverLink, exchange.serverLinkUse), (.serverCore, exchange.serverCoreUse),
      (.nodeLink, exchange.nodeLinkUse),
    ]
    guard let most = uses.max(by: { $0.1 < $1.1 }), most.1 > 0.6 else { return .latency }
    return most.0
  }

  private func efficiency(_ stepsPerSecond: Double, _ workerCount: Int) -> Double {
    stepsPerSecond * model.aloneSeconds / Double(workerCount)
  }

  /// The part of the workers' time for what the mode moves beside a lone worker's update.
  private func copies(_ bytes: Double, _ stepsPerSecond: Double, _ workerCount: Int) -> Double {
    let seconds = max(0, model.passSeconds(bytes: bytes) - model.updateSeconds)
    return seconds * stepsPerSecond / Double(workerCount)
  }

  /// The largest of several losses; none, when all are small.
  private static func largest(
    _ parts: [(SimulatedFigures.Limit, Double)]
  ) -> (SimulatedFigures.Limit, Double) {
    guard let most = parts.max(by: { $0.1 < $1.1 }), most.1 >= 0.05 else { return (.compute, 0) }
    return most
  }
}
