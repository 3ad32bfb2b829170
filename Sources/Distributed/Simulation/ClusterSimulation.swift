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
    guard training.nodeCount > 1 else {
      return figures(training, traffic, nodes(training, traffic, taken: 0))
    }
    let servers = ServerCores(model, training)
    var taken = 0.0
    var nodes = nodes(training, traffic, taken: taken)
    var exchange = exchange(training, nodes, servers)
    // What servers take makes workers slower, and so their own work rarer: until one fits the other.
    for _ in 0..<12 where servers.areShared {
      let next = servers.taken(exchange.serverCoreUse)
      if abs(next - taken) < 0.005 * Double(model.coreCount) { break }
      taken = (taken + next) / 2
      nodes = self.nodes(training, traffic, taken: taken)
      exchange = self.exchange(training, nodes, servers)
    }
    return figures(training, traffic, nodes, exchange)
  }

  /// All nodes of a training together.
  private struct NodeSum {
    var stepsPerSecond = 0.0
    var leaderStepsPerSecond = 0.0
    /// The parts of the time of all workers.
    var losses = NodeSimulation.Losses()
    var error = 0.0
    var eventCount = 0
  }

  /// Simulates one node of each kind; servers take `taken` cores of each of their nodes.
  private func nodes(
    _ training: SimulatedTraining, _ traffic: ModeTraffic, taken: Double
  ) -> NodeSum {
    let compression = training.compression
    let bytes = compression.pushBytes + compression.pullBytes
    // A copy of the weights, their change, the answer's change and adding it: `NodeLink`.
    let link =
      training.nodeCount > 1
      ? (
        interval: training.nodeInterval, bytes: 44.0,
        seconds: (compression.nodeSeconds + bytes * model.nodeSecondsPerByte)
          * Double(model.parameterCount)
      ) : nil
    let serverNodes = training.serverNodes(of: model.serverNodeCount)
    let kinds = training.nodeSizes.enumerated().map { node, size in
      Kind(size: size, taken: serverNodes.contains(node) ? taken : 0)
    }
    var found: [Kind: NodeSimulation.Figures] = [:]
    var sum = NodeSum()
    for kind in kinds {
      let node: NodeSimulation.Figures
      if let known = found[kind] {
        node = known
      } else {
        var simulation = NodeSimulation(
          model, traffic, size: kind.size, link: link, taken: kind.taken, seed: seed)
        node = simulation.run()
        found[kind] = node
        sum.eventCount += node.stepCount
        sum.error = max(sum.error, node.error)
      }
      sum.stepsPerSecond += node.stepsPerSecond
      sum.leaderStepsPerSecond += node.leaderStepsPerSecond
      let weight = Double(kind.size) / Double(training.workerCount)
      sum.losses.cores += weight * node.losses.cores
      sum.losses.memory += weight * node.losses.memory
      sum.losses.lock += weight * node.losses.lock
    }
    return sum
  }

  /// Nodes that are alike.
  private struct Kind: Hashable {
    var size: Int
    var taken: Double
  }

  private func figures(
    _ training: SimulatedTraining, _ traffic: ModeTraffic, _ nodes: NodeSum,
    _ exchange: LinkSimulation.Figures? = nil
  ) -> SimulatedFigures {
    let steps = nodes.stepsPerSecond
    let own =
      traffic.stepBytes + traffic.readBytes
      + traffic.pullBytes / Double(traffic.pullInterval)
      + traffic.writeBytes / Double(traffic.writeInterval)
    var parts: [(SimulatedFigures.Limit, Double)] = [
      (.cores, nodes.losses.cores), (.memory, nodes.losses.memory), (.lock, nodes.losses.lock),
      (.copies, copies(own, steps, training.workerCount)),
    ]
    var figures = SimulatedFigures(
      samplesPerSecond: steps * Double(model.batchSize),
      efficiency: efficiency(steps, training.workerCount), interval: nil, exchanged: 1,
      answerSeconds: nil, limit: .compute, limitShare: 0, error: nodes.error,
      eventCount: nodes.eventCount)
    if let exchange {
      let interval = nodes.leaderStepsPerSecond / exchange.exchangesPerSecond
      figures.interval = interval
      figures.exchanged = min(1, Double(training.nodeInterval) / interval)
      figures.answerSeconds = exchange.answerSeconds
      figures.error = max(nodes.error, exchange.error)
      figures.eventCount += exchange.exchangeCount
      let bottleneck = Self.bottleneck(exchange)
      if figures.exchanged < 0.95 { figures.exchangeLimit = bottleneck }
      parts.append((bottleneck, 1 - figures.exchanged))
    }
    (figures.limit, figures.limitShare) = Self.largest(parts)
    return figures
  }

  private func exchange(
    _ training: SimulatedTraining, _ nodes: NodeSum, _ servers: ServerCores
  ) -> LinkSimulation.Figures {
    let setting = LinkSimulation.Setting(
      nodeCount: training.nodeCount, serverCount: training.serverCount,
      interval: training.nodeInterval,
      leaderStepsPerSecond: nodes.leaderStepsPerSecond / Double(training.nodeCount),
      compression: training.compression, serverSlowdown: servers.slowdown)
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
