internal import Configuration
private import Glibc
internal import NN

/// Which ranks serve, which work, and which of these share the memory of a node.
struct NodeLayout: Equatable {
  /// Ranks 0 to `serverCount - 1` serve; 0 in a process that is alone.
  let serverCount: Int
  /// The workers of each node that has any, by their number among all workers.
  let workers: [[Int]]
  /// Whether all ranks, rank 0 too, are on one node.
  let isOneNode: Bool
  /// Whether workers that could share memory do not, since this MPI or this machine has none to share.
  let isPrivate: Bool
  /// The nodes that the servers are on.
  let serverNodeCount: Int
  /// The most workers that a node has, whether they share its memory or not.
  let largestNodeCount: Int

  /// The nodes that have workers; nodes are numbered by their first rank.
  var nodeCount: Int { workers.count }

  /// Whether nodes exchange their weights with a master's.
  var isLinked: Bool { nodeCount > 1 }

  /// A process that trains alone.
  static let alone = NodeLayout(nodes: [0], serverCount: 0)

  /// Finds out which ranks of `world` share a node: those of `ranksOfNode`.
  ///
  /// Collective over `world` and blocking.
  init(_ world: borrowing Communicator, serverCount: Int) throws(MPIError) {
    let own = try Self.ranksOfNode(world)
    let node = try own.broadcast([world.rank], from: 0)[0]
    try own.free()
    self.init(nodes: try world.allGather([node]), serverCount: serverCount)
  }

  /// The ranks of `world` that share this one's node, which the caller frees.
  ///
  /// For tests, `SOUNDER_NODE_RANKS=2` takes each two ranks for a node of their own, and
  /// `SOUNDER_NODE_RANKS=cyclic:2` has ranks dealt to two nodes in turn.
  ///
  /// Collective over `world` and blocking.
  static func ranksOfNode(_ world: borrowing Communicator) throws(MPIError) -> Communicator {
    let imagined = getenv("SOUNDER_NODE_RANKS").map { String(cString: $0) } ?? ""
    var node: Int?
    if let count = Int(imagined), count > 0 {
      node = world.rank / count
    } else if imagined.hasPrefix("cyclic:"), let count = Int(imagined.dropFirst(7)), count > 0 {
      node = world.rank % count
    }
    if let node, let ranks = try world.split(color: node) { return ranks }
    return try world.splitByNode()
  }

  /// Ranks with equal numbers in `nodes` share a node; the first `serverCount` serve.
  init(nodes: [Int], serverCount: Int) {
    self.serverCount = serverCount
    var (order, workers): ([Int], [[Int]]) = ([], [])
    for (worker, node) in nodes.dropFirst(serverCount).enumerated() {
      if let index = order.firstIndex(of: node) {
        workers[index].append(worker)
      } else {
        order.append(node)
        workers.append([worker])
      }
    }
    self.workers = workers
    isOneNode = Set(nodes).count == 1
    isPrivate = false
    serverNodeCount = Set(nodes.prefix(serverCount)).count
    largestNodeCount = workers.map(\.count).max() ?? 1
  }

  /// The layout of a training: as many servers as the job asks for where there is something to serve, and
  /// what rank 0 should say about it.
  ///
  /// Collective over `world` and blocking.
  /// - Throws: where the servers leave nobody to work, or have nothing to keep.
  static func found(
    _ setup: TrainingSetup, on world: borrowing Communicator
  ) throws -> (layout: NodeLayout, note: String?) {
    guard world.size > 1 else { return (.alone, nil) }
    let distribution = setup.job.distribution
    try checkServers(
      distribution, rankCount: world.size, parameterCount: setup.network.parameterCount)
    let layout = try NodeLayout(world, serverCount: 1)
    guard distribution.sharesMemory else { return (layout, nil) }
    guard layout.isLinked else { return (layout, nil) }
    let least = leastServerCount(parameterCount: setup.network.parameterCount)
    let most =
      switch distribution.servers {
      case .auto: world.size / 2
      case .colocated: layout.nodeCount
      case .dedicated(let count): count
      }
    guard least <= most else {
      throw DistributedError(
        "the network has \(setup.network.parameterCount) parameters, of which a server can have "
          + "\(mostPerServer) (a message counts its bytes in 32 bits): set distribution.servers to at least "
          + "\(least), and start as many ranks more", exitCode: 65)
    }
    switch distribution.servers {
    case .colocated: return (layout, nil)
    case .dedicated(let count):
      let found = try NodeLayout(world, serverCount: count)
      try found.requireLinked()
      return (found, found.sharedLinkNote)
    case .auto:
      let sizing = try ServerSizing.measure(setup, layout, on: world)
      // Not so many that the workers of a node cannot be cut into groups.
      var count = min(max(sizing.serverCount, least), setup.network.parameterCount)
      while count > max(1, least - 1) {
        let found = try NodeLayout(world, serverCount: count)
        let size = distribution.ranksPerWorker
        // No node gives all its ranks away.
        if found.nodeCount == layout.nodeCount, (try? WorkerGroup.check(size, found)) != nil {
          let note = found.sharedLinkNote.map { "; \($0)" } ?? ""
          return (found, sizing.summary(count) + note)
        }
        count -= 1
      }
      guard least == 1 else {
        throw DistributedError(
          "the network needs \(least) servers (distribution.servers), and the ranks of a node would all serve, "
            + "or the others not be cut into workers: start more ranks", exitCode: 64)
      }
      return (layout, sizing.summary(1))
    }
  }

  /// The layout of a training on `nodeCount` nodes of `ranksPerNode` ranks each, dealt node by node; nil where it
  /// is measured how many servers there are.
  ///
  /// - Throws: as `found`.
  static func expected(
    _ distribution: DistributionConfiguration, nodeCount: Int, ranksPerNode: Int,
    parameterCount: Int
  ) throws(DistributedError) -> NodeLayout? {
    let rankCount = nodeCount * ranksPerNode
    guard rankCount > 1 else { return .alone }
    try checkServers(distribution, rankCount: rankCount, parameterCount: parameterCount)
    let nodes = (0..<rankCount).map { $0 / ranksPerNode }
    let layout = NodeLayout(nodes: nodes, serverCount: 1)
    guard distribution.sharesMemory, layout.isLinked else { return layout }
    switch distribution.servers {
    case .colocated: return layout
    case .auto: return nil
    case .dedicated(let count):
      let found = NodeLayout(nodes: nodes, serverCount: count)
      try found.requireLinked()
      return found
    }
  }

  /// Throws where the servers that are asked for leave nobody to work, or have nothing to keep.
  private static func checkServers(
    _ distribution: DistributionConfiguration, rankCount: Int, parameterCount: Int
  ) throws(DistributedError) {
    guard let count = distribution.servers.count else { return }
    guard count < rankCount else {
      throw DistributedError(
        "distribution.servers is \(count), and the job has \(rankCount) ranks: at least one must "
          + "work, so start more ranks or ask for fewer servers", exitCode: 64)
    }
    guard count <= parameterCount else {
      throw DistributedError(
        "distribution.servers is \(count), and the network has \(parameterCount) "
          + "parameters to share among them: ask for fewer servers", exitCode: 65)
    }
  }

  /// Throws where the workers beside the servers are all on one node.
  private func requireLinked() throws(DistributedError) {
    guard !isLinked else { return }
    throw DistributedError(
      "distribution.servers is \(serverCount), and the ranks that are left to work are all on one node, "
        + "where nothing is exchanged: ask for fewer servers, or start more ranks on the other nodes",
      exitCode: 64)
  }

  /// The servers that it takes for none to have more weights than a message can hold.
  private static func leastServerCount(parameterCount: Int) -> Int {
    (parameterCount + mostPerServer - 1) / mostPerServer
  }

  /// MPI counts bytes in 32 bits; what stands before the weights, and the tables of a compression, are some too.
  private static let mostPerServer = 500_000_000

  /// What keeps several servers from being several links; nil: nothing.
  private var sharedLinkNote: String? {
    guard serverNodeCount < serverCount else { return nil }
    return
      "\(serverCount) servers are on \(serverNodeCount) of the nodes, whose link\(serverNodeCount == 1 ? "" : "s") "
      + "they share: the first ranks serve, so deal ranks to the nodes in turn (mpirun --map-by node, "
      + "srun --distribution=cyclic)"
  }

  private init(privately layout: NodeLayout) {
    serverCount = layout.serverCount
    serverNodeCount = layout.serverNodeCount
    largestNodeCount = layout.largestNodeCount
    workers = (0..<layout.workers.joined().count).map { [$0] }
    isOneNode = false
    isPrivate = true
  }

  /// The same where every worker has memory of its own.
  var withPrivateMemory: NodeLayout { NodeLayout(privately: self) }

  /// The node of the worker with that number among all workers.
  func node(of worker: Int) -> Int {
    workers.firstIndex { $0.contains(worker) } ?? 0
  }
}
