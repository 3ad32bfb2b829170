/// The ranks that make up one worker, and the first ranks of all workers.
final class WorkerGroup {
  /// The ranks of this worker.
  private(set) var ranks: Communicator?
  /// The first ranks of all workers; nil on the others.
  private(set) var firsts: Communicator?
  /// Whether this rank is its worker's first.
  let isFirst: Bool

  /// Each `size` ranks of `workers` are a worker.
  ///
  /// Collective over `workers` and blocking.
  init(_ size: Int, of workers: borrowing Communicator) throws(MPIError) {
    isFirst = workers.rank % size == 0
    ranks = try workers.split(color: workers.rank / size)
    firsts = try workers.split(color: isFirst ? 0 : nil)
  }

  /// Frees both communicators.
  ///
  /// Collective.
  func free() throws(MPIError) {
    try ranks.take()?.free()
    try firsts.take()?.free()
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
