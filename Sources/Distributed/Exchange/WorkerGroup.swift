/// The ranks that make up one worker, and the first ranks of all workers.
final class WorkerGroup {
  /// The ranks of this worker.
  let ranks: Communicator
  /// The first ranks of all workers; on the others, these.
  let firsts: Communicator
  /// Whether this rank is its worker's first.
  let isFirst: Bool

  /// Each `size` ranks of `workers` are a worker.
  ///
  /// Collective over `workers` and blocking.
  init(_ size: Int, of workers: borrowing Communicator) throws(MPIError) {
    isFirst = workers.rank % size == 0
    guard let ranks = try workers.split(color: workers.rank / size),
      let firsts = try workers.split(color: isFirst ? 0 : 1)
    else { preconditionFailure("a split without a part for this rank") }
    self.ranks = ranks
    self.firsts = firsts
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
