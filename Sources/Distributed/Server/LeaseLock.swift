internal import CShared

/// A reader/writer lock in one word of shared memory that prefers writers and never hangs.
///
/// A rank that dies while it holds a lock would leave all others waiting for ever. So a wait is
/// bounded: whoever waits longer than the lease, many times what any holder needs, gets an error
/// that ends the job.
///
/// Where many write, one of them may always be waiting: then only who enters alone comes in for certain, also to
/// read (`NodeLink`).
///
/// The word: bits 0–15 count the readers inside, bit 16 says a writer is inside, bits 17–32 count
/// the writers that wait (new readers stay out while there are any), bits 33–63 are the rank of the writer
/// inside, plus 1.
package struct LeaseLock {
  private let word: UnsafeMutablePointer<UInt64>
  /// How long a wait may take before it is an error, in seconds.
  private let leaseSeconds: Double
  /// This process's rank in the world, for the error of who waits for it; nil: it is not told.
  private let rank: Int?
  /// Where waiting is counted.
  private let traffic: Traffic?
  /// A fault that a test asks for inside; nil: none.
  private let trigger: FaultTrigger?

  private static let readersMask: UInt64 = 0xffff
  private static let writing: UInt64 = 1 << 16
  private static let waitingWriter: UInt64 = 1 << 17
  private static let rankBit: UInt64 = 33

  /// A writer inside, with its rank.
  private var inside: UInt64 { Self.writing + UInt64((rank ?? -1) + 1) << Self.rankBit }

  package init(
    word: UnsafeMutablePointer<UInt64>, leaseSeconds: Double = 20, rank: Int? = nil,
    traffic: Traffic? = nil,
    trigger: FaultTrigger? = nil
  ) {
    self.trigger = trigger
    self.rank = rank
    self.word = word
    self.leaseSeconds = leaseSeconds
    self.traffic = traffic
  }

  /// Enters beside other readers, behind any writer that is inside or waits.
  ///
  /// Blocks.
  package func lockForReading() throws(DistributedError) {
    try wait("read") {
      let now = cs_load(word)
      return now <= Self.readersMask && cs_replace(word, now, now + 1)
    }
    trigger?.come(to: .lock)
  }

  /// Leaves after reading.
  package func unlockAfterReading() { _ = cs_add(word, UInt64.max) }

  /// Enters alone.
  ///
  /// Blocks until all readers and any other writer have left.
  package func lockForWriting() throws(DistributedError) {
    _ = cs_add(word, Self.waitingWriter)
    try wait("write") {
      let now = cs_load(word)
      return now & (Self.readersMask | Self.writing) == 0
        && cs_replace(word, now, now - Self.waitingWriter + inside)
    }
    trigger?.come(to: .lock)
  }

  /// Leaves after writing.
  package func unlockAfterWriting() { _ = cs_add(word, 0 &- inside) }

  /// Spins for some microseconds, as holders are quick, and then sleeps between tries.
  private func wait(_ purpose: String, until attempt: () -> Bool) throws(DistributedError) {
    if attempt() { return }
    let start = cs_seconds()
    defer { traffic?.waitedForLock(seconds: cs_seconds() - start) }
    for _ in 0..<200 where attempt() { return }
    while !attempt() {
      cs_sleep(20)
      if cs_seconds() - start > leaseSeconds {
        let holder = Int(cs_load(word) >> Self.rankBit)
        throw DistributedError(
          hang: "waited \(leaseSeconds) s for the lock to \(purpose) the parameters: "
            + (holder > 0 ? "rank \(holder - 1), which holds it," : "a rank that holds it")
            + " is gone or stuck")
      }
    }
  }
}

@available(*, unavailable)
extension LeaseLock: Sendable {}
