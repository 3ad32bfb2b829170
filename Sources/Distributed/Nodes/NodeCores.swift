internal import CShared

/// The workers of each node beside the cores that they may run on.
package struct NodeCores: Equatable {
  /// A node with workers.
  package struct Node: Equatable {
    /// The first of its ranks.
    let firstRank: Int
    let workerCount: Int
    /// The cores that at least one of its ranks may run on; 0 where the system does not say.
    let coreCount: Int

    package init(firstRank: Int, workerCount: Int, coreCount: Int) {
      (self.firstRank, self.workerCount, self.coreCount) = (firstRank, workerCount, coreCount)
    }

    /// How many workers share a core.
    fileprivate var crowding: Double { Double(workerCount) / Double(max(1, coreCount)) }
    /// Two to a core are common where cores have two threads, and in trials of a job; more only take turns.
    fileprivate var isCrowded: Bool { coreCount > 0 && workerCount > 2 * coreCount }
  }

  private let nodes: [Node]

  package init(nodes: [Node]) { self.nodes = nodes }

  /// What the ranks of `world` find, of which the first `serverCount` mostly wait.
  ///
  /// Collective over `world` and blocking. Source of what a rank may run on: `sched_getaffinity`, which knows of
  /// what the launcher, Slurm and `taskset` leave, and not of a container's share of time.
  package static func found(
    serverCount: Int, on world: borrowing Communicator
  ) throws(MPIError) -> NodeCores {
    let node = try NodeLayout.ranksOfNode(world)
    let masks = try node.allGather(ownCores())
    let firstRank = try node.broadcast([world.rank], from: 0)[0]
    try node.free()
    var union = [Int](repeating: 0, count: wordCount)
    for (index, word) in masks.enumerated() { union[index % wordCount] |= word }
    let cores = union.reduce(0) { $0 + $1.nonzeroBitCount }
    let all = try world.allGather([firstRank, world.rank < serverCount ? 0 : 1, cores])
    var nodes: [Int: Node] = [:]
    for start in stride(from: 0, to: all.count, by: 3) where all[start + 1] == 1 {
      let first = all[start]
      nodes[first] = Node(
        firstRank: first, workerCount: (nodes[first]?.workerCount ?? 0) + 1,
        coreCount: all[start + 2])
    }
    return NodeCores(nodes: nodes.values.sorted { $0.firstRank < $1.firstRank })
  }

  /// That a node has far more workers than cores, and what to do; nil where none has more than two to a core.
  package var remark: String? {
    let crowded = nodes.filter(\.isCrowded)
    guard let worst = crowded.max(by: { $0.crowding < $1.crowding }) else { return nil }
    let (workers, cores) = (worst.workerCount, worst.coreCount)
    let place =
      nodes.count == 1
      ? "this node has"
      : (crowded.count > 1 ? "\(crowded.count) nodes are crowded: " : "")
        + "the node of rank \(worst.firstRank) has"
    return "far more workers than cores: \(place) \(workers) workers on \(cores) "
      + "core\(cores == 1 ? "" : "s"), where they take turns and wait for each other's: start as many workers as "
      + "there are cores (--ranks \(cores + 1) on one node: rank 0 serves and needs hardly any), or, if ranks "
      + "are bound to fewer cores than the node has, let them go (mpirun --bind-to none, srun --cpu-bind=none)"
  }

  /// 4096 cores, in words of 64.
  private static let wordCount = 64

  /// The cores that this rank may run on, a bit for each; none where the system does not say.
  private static func ownCores() -> [Int] {
    var words = [UInt64](repeating: 0, count: wordCount)
    _ = cs_own_cores(&words, wordCount)
    return words.map { Int(bitPattern: UInt($0)) }
  }
}
