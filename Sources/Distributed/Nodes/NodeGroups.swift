internal import NN

/// The workers of this one's node, and the first workers of all nodes: sums that go by them cross a link at most twice
/// in each direction, however many workers a node has.
///
/// MPI's own reductions do not ask where ranks are: among workers that are dealt to the nodes in turn each value
/// would cross the network with each of them.
package final class NodeGroups {
  /// The workers of this one's node; the first of them is rank 0.
  let node: Communicator
  /// The same once more: what is told to a node is on its way beside what it adds up.
  let told: Communicator
  /// The first workers of the nodes; on the others what is no use.
  let firsts: Communicator
  /// Whether this worker is the first of its node.
  let isFirst: Bool
  let nodeCount: Int

  /// Nil where all workers are on one node, or each is alone on its own: these can as well meet all at once.
  ///
  /// `nodes` has the workers of each node, by their rank. Collective over `workers` and blocking.
  /// - Throws: `MPIError`, also when this rank is called out.
  package static func make(
    _ nodes: [[Int]], of workers: borrowing Communicator
  ) throws(MPIError) -> NodeGroups? {
    guard nodes.count > 1, nodes.contains(where: { $0.count > 1 }) else { return nil }
    return try NodeGroups(nodes, of: workers)
  }

  private init(_ nodes: [[Int]], of workers: borrowing Communicator) throws(MPIError) {
    let place = nodes.firstIndex { $0.contains(workers.rank) } ?? 0
    isFirst = nodes[place].first == workers.rank
    nodeCount = nodes.count
    node = try workers.part(place)
    told = try workers.part(place)
    firsts = try workers.part(isFirst ? 0 : 1)
  }

  /// Sets `values` to their sums over all workers, equal to the bit on all of them; between nodes by `meet`, which
  /// the first workers call.
  ///
  /// Collective over the workers and blocking.
  /// - Throws: what `meet` throws; `MPIError`, also when this rank is called out: `values` may be sums of a node then.
  func sum(
    _ values: UnsafeMutableBufferPointer<Float>,
    meet: (UnsafeMutableBufferPointer<Float>, borrowing Communicator) throws -> Void
  ) throws {
    try node.allReduce(values, .sum)
    if isFirst { try meet(values, firsts) }
    try node.broadcast(values, from: 0, isQuick: true)
  }

  /// Frees the groups; they must not be used any more.
  ///
  /// Collective over the workers.
  package func free() throws(MPIError) {
    try node.release()
    try told.release()
    try firsts.release()
  }
}

extension Communicator {
  /// Sets `values` to their sums over all ranks, by their `groups` or, where that is nil, all at once.
  ///
  /// Collective and blocking.
  /// - Throws: `MPIError`, also when this rank is called out: `values` may be sums of a node then.
  package borrowing func sum(
    _ values: UnsafeMutableBufferPointer<Float>, by groups: NodeGroups?
  ) throws {
    guard let groups else { return try allReduce(values, .sum) }
    let start = Clock.now
    try groups.sum(values) { values, firsts in try firsts.allReduce(values, .sum) }
    traffic.reduced(
      byteCount: values.count * MemoryLayout<Float>.stride, seconds: Clock.now - start)
  }
}

@available(*, unavailable)
extension NodeGroups: Sendable {}
