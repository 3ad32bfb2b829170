/// What a worker's exchange has cost so far: bytes moved, and seconds in locks, in reductions and between nodes.
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
  /// Seconds in which pushes have changed weights of the worker's own, which is no exchange.
  package private(set) var ownSeconds = 0.0
  /// Seconds of exchange with other nodes beside the steps, without locks.
  package private(set) var nodeSeconds = 0.0
  /// Seconds of waiting until the servers had the weights of all nodes, without locks.
  package private(set) var serverWaitSeconds = 0.0

  /// Nothing yet.
  package init() {}

  /// So many floats were copied or sent.
  package func moved(floatCount: Int) { byteCount += floatCount * MemoryLayout<Float>.stride }

  /// So many bytes were sent or received.
  func moved(byteCount: Int) { self.byteCount += byteCount }

  /// A lock was free only after so many seconds.
  package func waitedForLock(seconds: Double) { lockSeconds += seconds }

  /// A reduction of so many bytes took so long, with the time in which others were not there yet.
  package func reduced(byteCount: Int, seconds: Double) {
    self.byteCount += byteCount
    reductionSeconds += seconds
    reductionCount += 1
  }

  /// Does what a push changes of weights that are the worker's own.
  func computing(_ work: () -> Void) {
    let start = Clock.now
    work()
    ownSeconds += Clock.now - start
  }

  /// Does what a node's first worker exchanges beside its steps.
  func exchangingNodes(_ work: () throws -> Void) rethrows {
    nodeSeconds += try seconds(of: work)
  }

  /// Waits until the servers have the weights of all nodes.
  func waitingForServers(_ work: () throws -> Void) rethrows {
    serverWaitSeconds += try seconds(of: work)
  }

  /// What `work` takes, without its waiting for the lock.
  private func seconds(of work: () throws -> Void) rethrows -> Double {
    let (start, lock) = (Clock.now, lockSeconds)
    try work()
    return max(0, Clock.now - start - (lockSeconds - lock))
  }
}

@available(*, unavailable)
extension Traffic: Sendable {}
