import Distributed
import Testing

@Suite("Where the time goes")
struct AccountingTests {
  @Test("few records are all kept, many are thinned evenly over the whole time")
  func thinned() {
    var few = Thinned<Int>(capacity: 8)
    for number in 0..<8 { few.append(number) }
    #expect(few.records == Array(0..<8) && few.stride == 1)

    var many = Thinned<Int>(capacity: 8)
    for number in 0..<100 { many.append(number) }
    #expect(many.stride == 16)
    #expect(many.records == [0, 16, 32, 48, 64, 80, 96])
  }

  @Test("neighbours are kept together")
  func blocks() {
    var records = Thinned<Int>(capacity: 8, blockCount: 2)
    for number in 0..<20 { records.append(number) }
    #expect(records.stride == 4)
    #expect(records.records == [0, 1, 8, 9, 16, 17])
  }

  @Test("no length of a training takes more room", arguments: [1, 7, 16, 4096])
  func bounded(capacity: Int) {
    var records = Thinned<Int>(capacity: capacity, blockCount: 16)
    let room = records.records.capacity
    for number in 0..<100_000 { records.append(number) }
    #expect(records.records.capacity == room)
    #expect(records.records.count <= room && !records.records.isEmpty)
    // The end is seen as well as the beginning.
    #expect(records.records.first == 0)
    #expect((records.records.last ?? 0) >= 100_000 - 2 * 16 * records.stride)
  }

  @Test("waiting for a lock is counted, taking a free one is not")
  func lock() throws {
    let word = UnsafeMutablePointer<UInt64>.allocate(capacity: 1)
    word.initialize(to: 0)
    defer { word.deallocate() }
    let traffic = Traffic()
    let lock = LeaseLock(word: word, leaseSeconds: 0.05, traffic: traffic)
    try lock.lockForWriting()
    #expect(traffic.lockSeconds == 0)
    #expect(throws: DistributedError.self) { try lock.lockForReading() }
    #expect(traffic.lockSeconds >= 0.05 && traffic.lockSeconds < 5)
  }

  @Test("shares are of the workers' time of training, and add up to 1")
  func shares() throws {
    var server = RankUsage()
    server.isServer = true
    (server.seconds, server.cpuSeconds) = (10, 0.2)
    var worker = RankUsage()
    (worker.stepCount, worker.rowCount, worker.byteCount) = (100, 3200, 4000)
    (worker.readSeconds, worker.computeSeconds, worker.communicateSeconds) = (1, 4, 2)
    (worker.lockWaitSeconds, worker.reductionWaitSeconds, worker.barrierWaitSeconds) = (
      0.5, 0.25, 0.25
    )
    (worker.validateSeconds, worker.otherSeconds, worker.seconds) = (1.5, 0.5, 10)
    (worker.cpuSeconds, worker.residentByteCount) = (7.5, 1 << 20)
    let shares = try #require(UsageShares([server, worker, worker]))
    #expect(shares.workerCount == 2)
    #expect(shares.read == 0.125 && shares.compute == 0.5 && shares.communicate == 0.25)
    #expect(shares.wait == 0.125 && shares.lockWait == 0.0625)
    #expect(shares.cpu == 0.75 && shares.overhead == 0.15)
    // Reading, the lock, the barrier and what else there is are slept through.
    #expect(abs(shares.busyCPU - 7.5 / 7.75) < 1e-12)
    #expect(shares.bytesPerStep == 40 && shares.computePerStep == 0.04)
    #expect(shares.residentByteCount == 1 << 20)
    #expect(UsageShares([server]) == nil)
    #expect(RankUsage(value: worker.value) == worker)
    #expect(RankUsage(value: server.value) == server)
  }
}
