internal import CShared

/// How many steps each worker has made in the part of an epoch that runs, in shared memory.
///
/// One word of a cache line of its own for each worker, which only that worker writes, and behind them one for the
/// slowest worker of all other nodes, which the node's first worker writes.
package struct StepClocks {
  private let base: UnsafeMutableRawPointer
  private let count: Int
  private let worker: Int

  /// Of a worker that nobody waits for.
  package static let away = UInt64(Int.max)
  private static let stride = 64

  /// The bytes of `count` workers' clocks.
  package static func byteCount(count: Int) -> Int { count == 0 ? 0 : (count + 1) * stride }

  /// Looks at `count` clocks from `base` on, of which this worker's is number `worker`.
  package init(base: UnsafeMutableRawPointer, count: Int, worker: Int) {
    precondition((0..<max(1, count)).contains(worker), "worker \(worker) of \(count) clocks")
    self.base = base
    self.count = count
    self.worker = worker
  }

  /// This worker begins to count from 0; where there are other nodes, their workers do so, too.
  ///
  /// The others must not look before it has, so they all meet behind this.
  package func begin(hasOtherNodes: Bool = false) {
    cs_store(word(worker), 0)
    if worker == 0 { isElsewhere(at: hasOtherNodes ? 0 : Self.away) }
  }

  /// This worker has made a step.
  package func advance() { cs_store(word(worker), cs_load(word(worker)) &+ 1) }

  /// This worker has no steps left, or leaves: it counts as infinitely far.
  package func leave() { cs_store(word(worker), Self.away) }

  /// The slowest worker of all other nodes has made at least so many steps.
  package func isElsewhere(at steps: UInt64) { cs_store(word(count), steps) }

  /// The steps that this worker is ahead of the slowest one.
  package var lead: Int {
    let own = cs_load(word(worker))
    return Int(own - min(own, slowest))
  }

  /// The steps of the slowest worker, this one among them, as far as this node knows.
  package var slowest: UInt64 { min(slowestHere, cs_load(word(count))) }

  /// The steps of this node's slowest worker.
  package var slowestHere: UInt64 {
    var least = Self.away
    for other in 0..<count { least = min(least, cs_load(word(other))) }
    return least
  }

  private func word(_ index: Int) -> UnsafeMutablePointer<UInt64> {
    (base + index * Self.stride).assumingMemoryBound(to: UInt64.self)
  }
}

@available(*, unavailable)
extension StepClocks: Sendable {}
