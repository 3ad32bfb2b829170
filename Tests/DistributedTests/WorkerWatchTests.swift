import Distributed
import Testing

/// What rank 0 says of ranks that wait and of ranks that say nothing.
@Suite("Who waits for whom")
struct WorkerWatchTests {
  /// Ten seconds after the last sign of the workers `firstWorker` to `firstWorker` + 4, those in `waits` have
  /// just told that they still wait as they have for long; `working` has just told of its work, in epoch 3.
  private func finding(
    _ waits: [Int: Wait], working: [Int] = [], firstWorker: Int = 1
  ) -> String? {
    var watch = WorkerWatch(
      firstWorker: firstWorker, rankCount: firstWorker + 5, epoch: 3, timeoutSeconds: 5, now: 0)
    for now in [0.0, 10] {
      for (rank, wait) in waits { watch.waits(rank, in: wait, now: now) }
      for rank in working { watch.works(rank, epoch: 3, now: now) }
    }
    return watch.finding(now: 10)
  }

  @Test("nothing hangs while one of the ranks works")
  func working() {
    #expect(finding([1: .barrier, 2: .answer, 3: .reduction], working: [4, 5]) == nil)
  }

  @Test("a rank that says nothing is named with those that wait for it")
  func silent() throws {
    let one = try #require(finding([1: .barrier, 2: .barrier], working: [4, 5]))
    #expect(
      one.hasPrefix(
        "rank 3 has given no sign of life for 5 s (epoch 3); ranks 1 and 2 wait for it in a barrier "
          + "(distribution.timeout)"), "\(one)")
    let two = try #require(finding([1: .reduction], working: [4, 5]))
    #expect(two.contains("ranks 2 and 3 have given no sign"), "\(two)")
    #expect(two.contains("; rank 1 waits for them in a reduction ("), "\(two)")
  }

  @Test(
    "ranks that wait in different ways are told apart, and nobody is said to wait for the wrong one"
  )
  func mixed() throws {
    // A server's answer does not come from the worker that is silent.
    let answer = try #require(
      finding([2: .answer, 3: .barrier, 4: .answer, 6: .barrier], firstWorker: 2))
    #expect(
      answer.contains(
        "rank 5 has given no sign of life for 5 s (epoch 3); ranks 3 and 6 wait for it in a barrier, "
          + "ranks 2 and 4 wait for a server's answer ("), "\(answer)")
    // Who is in a reduction may wait for those in a barrier, who wait for the silent one, or the other way round.
    let sorts = try #require(finding([1: .reduction, 2: .barrier, 4: .reduction, 5: .broadcast]))
    #expect(
      sorts.contains(
        "; rank 2 waits in a barrier, rank 5 waits in a broadcast, ranks 1 and 4 wait in a reduction ("
      ),
      "\(sorts)")
    #expect(!sorts.contains("wait for it") && !sorts.contains("waits for it"), "\(sorts)")
  }

  @Test("ranks that all wait are named by what they wait in")
  func allWait() throws {
    let ranks = try #require(
      finding([1: .barrier, 2: .reduction, 3: .barrier, 4: .barrier, 5: .barrier]))
    #expect(
      ranks.hasPrefix(
        "all workers have been waiting for each other for 5 s: ranks 1, 3, 4 and 5 wait in a barrier, "
          + "rank 2 waits in a reduction ("), "\(ranks)")
    let servers = try #require(
      finding(
        [2: .answer, 3: .answer, 4: .answer, 5: .answer, 6: .barrier], firstWorker: 2))
    #expect(
      servers.hasPrefix(
        "all workers have been waiting for 5 s: rank 6 waits in a barrier, ranks 2, 3, 4 and 5 wait for a "
          + "server's answer; rank 1 serves beside rank 0 ("), "\(servers)")
  }

  @Test("rank 0 gives up on a worker before a worker gives up on rank 0")
  func order() {
    for seconds in [1.0, 3, 10, 600, 1e6] {
      let later = WorkerWatch.serverTimeoutSeconds(seconds) - seconds
      // Signs are at most a second apart, and a checkpoint takes its time.
      #expect(later >= 2 && later <= 15, "\(seconds): \(later)")
    }
  }

  @Test("who writes a file may be silent for longer, and is waited for")
  func file() throws {
    #expect(finding([1: .file, 2: .barrier], working: [3, 4, 5]) == nil)
    var watch = WorkerWatch(firstWorker: 1, rankCount: 3, epoch: 1, timeoutSeconds: 5, now: 0)
    watch.waits(1, in: .file, now: 0)
    for now in [0.0, 49, 51] { watch.waits(2, in: .barrier, now: now) }
    #expect(watch.finding(now: 49) == nil)
    let finding = try #require(watch.finding(now: 51))
    #expect(finding.contains("rank 1 has given no sign of life"), "\(finding)")
    #expect(finding.contains("rank 2 waits for it in a barrier"), "\(finding)")
  }
}
