import Distributed
import Testing

@Suite("The lock of mode locked")
struct LeaseLockTests {
  /// Gives `body` a lock whose waits last a twentieth of a second.
  private func withLock(_ body: (LeaseLock) throws -> Void) rethrows {
    let word = UnsafeMutablePointer<UInt64>.allocate(capacity: 1)
    word.initialize(to: 0)
    defer { word.deallocate() }
    try body(LeaseLock(word: word, leaseSeconds: 0.05))
  }

  @Test("readers share, a writer is alone")
  func sharing() throws {
    try withLock { lock in
      try lock.lockForReading()
      try lock.lockForReading()
      lock.unlockAfterReading()
      lock.unlockAfterReading()
      try lock.lockForWriting()
      lock.unlockAfterWriting()
      try lock.lockForReading()
      lock.unlockAfterReading()
    }
  }

  @Test("a rank that dies inside becomes an error for those who wait, never a hang")
  func death() throws {
    try withLock { lock in
      try lock.lockForWriting()
      #expect(throws: DistributedError.self) { try lock.lockForReading() }
      #expect(throws: DistributedError.self) { try lock.lockForWriting() }
    }
    try withLock { lock in
      try lock.lockForReading()
      #expect(throws: DistributedError.self) { try lock.lockForWriting() }
    }
  }

  @Test("who waits too long is told which rank holds the lock")
  func holder() throws {
    let word = UnsafeMutablePointer<UInt64>.allocate(capacity: 1)
    word.initialize(to: 0)
    defer { word.deallocate() }
    let first = LeaseLock(word: word, leaseSeconds: 0.05, rank: 70_000)
    let second = LeaseLock(word: word, leaseSeconds: 0.05, rank: 3)
    for _ in 0..<3 {
      try first.lockForWriting()
      first.unlockAfterWriting()
    }
    #expect(word.pointee == 0)
    try first.lockForWriting()
    let error = #expect(throws: DistributedError.self) { try second.lockForReading() }
    #expect(error?.description.contains("rank 70000, which holds it,") == true, "\(error as Any)")
  }

  @Test("a writer that waits keeps new readers out")
  func writersFirst() throws {
    try withLock { lock in
      try lock.lockForReading()
      // The writer gives up after its lease and stays counted, as one that waits would be.
      #expect(throws: DistributedError.self) { try lock.lockForWriting() }
      #expect(throws: DistributedError.self) { try lock.lockForReading() }
    }
  }
}
