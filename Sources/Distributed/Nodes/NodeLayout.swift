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

  /// The nodes that have workers; nodes are numbered by their first rank.
  var nodeCount: Int { workers.count }

  /// Whether nodes exchange their weights with a master's.
  var isLinked: Bool { nodeCount > 1 }

  /// A process that trains alone.
  static let alone = NodeLayout(nodes: [0], serverCount: 0)

  /// Finds out which ranks of `world` share a node.
  ///
  /// For tests, `SOUNDER_NODE_RANKS=2` takes each two ranks for a node of their own.
  ///
  /// Collective over `world` and blocking.
  init(_ world: borrowing Communicator, serverCount: Int) throws(MPIError) {
    let imagined = getenv("SOUNDER_NODE_RANKS").flatMap { Int(String(cString: $0)) } ?? 0
    let node: Int
    if imagined > 0 {
      node = world.rank / imagined
    } else {
      let own = try world.splitByNode()
      node = try own.broadcast([world.rank], from: 0)[0]
      try own.free()
    }
    self.init(nodes: try world.allGather([node]), serverCount: serverCount)
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
    if let count = distribution.servers.count {
      guard count < world.size else {
        throw DistributedError(
          "distribution.servers is \(count), and the job has \(world.size) ranks: at least one must "
            + "work, so start more ranks or ask for fewer servers", exitCode: 64)
      }
      guard count <= setup.network.parameterCount else {
        throw DistributedError(
          "distribution.servers is \(count), and the network has \(setup.network.parameterCount) "
            + "parameters to share among them: ask for fewer servers", exitCode: 65)
      }
    }
    let layout = try NodeLayout(world, serverCount: 1)
    guard distribution.sharesMemory else { return (layout, nil) }
    guard layout.isLinked else {
      guard distribution.servers.count ?? 1 > 1 || distribution.servers == .colocated else {
        return (layout, nil)
      }
      return (
        layout,
        "distribution.servers is \(distribution.servers.value.summary), and the workers share the "
          + "memory of one node: rank 0 serves, the others work"
      )
    }
    switch distribution.servers {
    case .colocated: return (layout, nil)
    case .dedicated(let count): return (try NodeLayout(world, serverCount: count), nil)
    case .auto:
      let sizing = try ServerSizing.measure(setup, layout, on: world)
      // Not so many that the workers of a node cannot be cut into groups.
      var count = min(sizing.serverCount, setup.network.parameterCount)
      while count > 1 {
        let found = try NodeLayout(world, serverCount: count)
        let size = distribution.ranksPerWorker
        if (try? WorkerGroup.check(size, found)) != nil { return (found, sizing.summary(count)) }
        count -= 1
      }
      return (layout, sizing.summary(1))
    }
  }

  private init(privately layout: NodeLayout) {
    serverCount = layout.serverCount
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
