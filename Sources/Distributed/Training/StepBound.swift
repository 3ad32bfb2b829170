/// Keeps a worker from being too many steps ahead of the slowest one.
///
/// Ho et al. (2013), "More Effective Distributed ML via a Stale Synchronous Parallel Parameter Server",
/// section 2: a worker at clock c waits while another one is below c - s. A worker without rows left counts
/// as infinitely far.
struct StepBound {
  let clocks: StepClocks
  /// Whether workers are on other nodes, too.
  let hasOtherNodes: Bool
  /// How this node hears of these; nil on all but its first worker.
  let nodes: NodeClocks?
  /// The paper's s.
  let limit: Int
  /// How long nobody may move before the wait is an error.
  let timeoutSeconds: Double

  /// Begins a part of an epoch.
  ///
  /// Collective over `workers` and blocking.
  func begin(among workers: borrowing Communicator) throws(MPIError) {
    clocks.begin(hasOtherNodes: hasOtherNodes)
    try workers.barrier()
    try nodes?.begin()
  }

  /// This worker has made a step.
  func advance() throws(MPIError) {
    clocks.advance()
    try nodes?.look()
  }

  /// This worker has no steps left in this part of the epoch.
  ///
  /// Blocks on the first worker of a node until the workers of all nodes have none left.
  func end() throws(MPIError) {
    clocks.leave()
    try nodes?.end()
  }

  /// Whether this worker is too far ahead for its next step.
  var mustWait: Bool { clocks.lead > limit }

  /// Waits until this worker may make its next step.
  ///
  /// Calls `asked` meanwhile, which tells whether to stop, and gives back whether it did.
  func wait(asking asked: () throws -> Bool) throws -> Bool {
    var pause = Backoff()
    var (last, since) = (clocks.slowest, Clock.now)
    while mustWait {
      if try asked() { return true }
      try nodes?.look()
      pause.pause()
      let slowest = clocks.slowest
      if slowest != last { (last, since) = (slowest, Clock.now) }
      if Clock.now - since > timeoutSeconds {
        throw DistributedError(
          hang:
            "the slowest worker has not moved for \(Int(timeoutSeconds)) s (distribution.timeout), "
            + "and distribution.staleness_bound: \(limit) lets nobody go on: a rank or a file system "
            + "hangs")
      }
    }
    return false
  }
}
