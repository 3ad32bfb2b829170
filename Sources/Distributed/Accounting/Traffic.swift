/// What a worker's exchange has cost so far: bytes moved, and seconds in locks and reductions.
///
/// Kept by what does the work (`LeaseLock`, `Communicator`, the exchanges), read by `StepClock`. Counting
/// allocates nothing.
package final class Traffic {
  /// Bytes that were copied between a worker's own weights and those of others, or sent.
  package private(set) var byteCount = 0
  /// Seconds of waiting for a lock that another rank held.
  package private(set) var lockSeconds = 0.0
  /// Seconds in reductions over the workers.
  package private(set) var reductionSeconds = 0.0
  /// The number of these reductions.
  package private(set) var reductionCount = 0

  /// Nothing yet.
  package init() {}

  /// So many floats were copied or sent.
  package func moved(floatCount: Int) { byteCount += floatCount * MemoryLayout<Float>.stride }

  /// A lock was free only after so many seconds.
  package func waitedForLock(seconds: Double) { lockSeconds += seconds }

  /// A reduction of so many bytes took so long, with the time in which others were not there yet.
  package func reduced(byteCount: Int, seconds: Double) {
    self.byteCount += byteCount
    reductionSeconds += seconds
    reductionCount += 1
  }
}

@available(*, unavailable)
extension Traffic: Sendable {}
