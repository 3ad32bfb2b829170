/// Keeps a worker from being too many steps ahead of the slowest one.
///
/// Ho et al. (2013), "More Effective Distributed ML via a Stale Synchronous Parallel Parameter Server",
/// section 2: a worker at clock c waits while another one is below c - s. A worker without rows left counts
/// as infinitely far.
struct StepBound {
  let clocks: StepClocks
  /// The paper's s.
  let limit: Int
  /// How long nobody may move before the wait is an error.
  let timeoutSeconds: Double

  /// Waits until this worker may make its next step.
  ///
  /// Calls `asked` meanwhile, which tells whether to stop, and gives back whether it did.
  func wait(asking asked: () throws -> Bool) throws -> Bool {
    guard clocks.lead > limit else { return false }
    var pause = Backoff()
    var (last, since) = (clocks.slowest, Clock.now)
    while clocks.lead > limit {
      if try asked() { return true }
      pause.pause()
      let slowest = clocks.slowest
      if slowest != last { (last, since) = (slowest, Clock.now) }
      if Clock.now - since > timeoutSeconds {
        throw DistributedError(
          "the slowest worker has not moved for \(Int(timeoutSeconds)) s (distribution.timeout), and "
            + "distribution.staleness_bound: \(limit) lets nobody go on: a rank or a file system hangs; "
            + "start the job again, it resumes from its checkpoint", exitCode: 70)
      }
    }
    return false
  }
}
