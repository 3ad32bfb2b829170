/// The ranks that make up one worker, and the first ranks of all workers.
final class WorkerGroup {
  /// The ranks of this worker.
  let ranks: Communicator
  /// The first ranks of all workers; on the others, these.
  let firsts: Communicator
  /// Whether this rank is its worker's first.
  let isFirst: Bool

  /// Each `size` ranks of a node are a worker, in whatever order ranks were dealt to the nodes.
  ///
  /// Collective over `workers` and blocking.
  init(
    _ size: Int, of workers: borrowing Communicator, _ layout: NodeLayout
  ) throws(MPIError) {
    let node = layout.node(of: workers.rank)
    let index = layout.workers[node].firstIndex(of: workers.rank) ?? 0
    let before = layout.workers[..<node].reduce(0) { $0 + $1.count / size }
    isFirst = index % size == 0
    ranks = try workers.part(before + index / size, isAlike: true)
    firsts = try workers.part(isFirst ? 0 : 1, isAlike: true)
  }

  /// Frees both communicators, which must not be used any more.
  ///
  /// Collective.
  func free() throws(MPIError) {
    try ranks.release()
    try firsts.release()
  }

  /// Throws unless the workers of each node can be cut into groups of `size`.
  static func check(_ size: Int, _ layout: NodeLayout) throws(DistributedError) {
    guard let odd = layout.workers.first(where: { $0.count % size != 0 }) else { return }
    let place =
      layout.isLinked ? "a node has \(odd.count) ranks that work" : "\(odd.count) ranks work"
    throw DistributedError(
      "distribution.ranks_per_worker is \(size), and \(place): start a number of ranks that it divides, "
        + "beside the server's, on each node", exitCode: 64)
  }
}
