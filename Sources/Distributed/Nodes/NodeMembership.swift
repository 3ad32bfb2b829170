internal import NN

/// A worker's part in what the nodes do together.
package struct NodeMembership {
  /// The nodes that have workers.
  let nodeCount: Int
  /// What the node's first worker exchanges its weights by; nil on the others.
  let link: NodeLink?

  package init(nodeCount: Int, link: NodeLink?) {
    self.nodeCount = nodeCount
    self.link = link
  }

  /// Gives all nodes the weights of the first worker's node.
  ///
  /// Collective over `workers` and blocking.
  func begin(among workers: borrowing Communicator) throws {
    if workers.rank == 0 { try link?.seed(workers) }
    try workers.barrier()
    try link?.adopt(workers)
    try workers.barrier()
  }

  /// Brings together what the nodes have trained: afterwards all have the same weights.
  ///
  /// Collective over `workers`, none of which trains meanwhile, and blocking.
  func meet(among workers: borrowing Communicator) throws {
    try workers.barrier()
    try link?.finish(workers)
    try workers.barrier()
    try link?.adopt(workers)
    try workers.barrier()
  }

  /// The mean over the nodes of the optimizer's state and of its steps; the state on the first worker only.
  ///
  /// Collective over `workers`.
  func meanState(
    of memory: ParameterMemory, among workers: borrowing Communicator
  ) throws -> (state: [Float], updateCount: Int) {
    let sum = try workers.allReduce(link == nil ? 0 : memory.updateCount, .sum)
    let length = 1 << 16
    let state = memory.state
    var piece = [Float](repeating: 0, count: min(length, state.count))
    var means: [Float] = []
    if workers.rank == 0 { means.reserveCapacity(state.count) }
    for start in stride(from: 0, to: state.count, by: length) {
      let count = min(length, state.count - start)
      piece.removeLast(piece.count - count)
      for index in 0..<count { piece[index] = link == nil ? 0 : state[start + index] }
      try workers.allReduce(&piece, .sum)
      if workers.rank == 0 { means += piece.lazy.map { $0 / Float(nodeCount) } }
    }
    return (means, (sum + nodeCount / 2) / nodeCount)
  }
}
