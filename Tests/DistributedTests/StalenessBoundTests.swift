import Configuration
import Distributed
import TestSupport
import Testing

/// Workers that may be so many steps ahead of the slowest one, and no more.
@Suite("A bounded staleness", .serialized)
struct StalenessBoundTests {
  @Test("a clock tells how far its worker is ahead; who has left is infinitely far")
  func clocks() {
    let words = UnsafeMutableRawPointer.allocate(byteCount: 3 * StepClocks.stride, alignment: 64)
    defer { words.deallocate() }
    let clocks = (0..<3).map { StepClocks(base: words, count: 3, worker: $0) }
    for clock in clocks { clock.begin() }
    #expect(clocks.allSatisfy { $0.lead == 0 })
    for _ in 0..<5 { clocks[0].advance() }
    clocks[1].advance()
    #expect(clocks.map(\.lead) == [5, 1, 0])
    clocks[2].leave()
    #expect(clocks.map(\.lead).prefix(2) == [4, 0])
    clocks[1].leave()
    #expect(clocks[0].lead == 0)
    clocks[2].begin()
    #expect(clocks[0].lead == 5 && clocks[0].slowest == 0)
  }

  /// Worker 1 sleeps for 0.3 s inside a step, in which worker 2 makes all of its own unless it is bounded.
  private func largest(_ bound: Int?, mode: String = "hogwild") throws -> Int {
    try withTemporaryFolder { folder in
      let job = try CloudJob(in: folder)
      let settings =
        ["training.epochs=1", "distribution.mode=\(mode)"]
        + (bound.map { ["distribution.staleness_bound=\($0)"] } ?? [])
      let run = try job.train(workers: 2, settings, fault: "rank=1,step=5,kind=pause")
      #expect(run.result["samples"] == 3000)
      return run.result["staleness_largest"]?.int ?? -1
    }
  }

  @Test("nobody runs away from a worker that sleeps", arguments: ["hogwild", "locked", "downpour"])
  func sleeper(mode: String) throws {
    #expect(try largest(nil, mode: mode) > 12)
    // From s steps behind to s + 1 ahead: 2 s + 1 updates while the other makes one.
    for bound in [0, 3] {
      let found = try largest(bound, mode: mode)
      #expect(found <= 2 * bound + 1, "\(found) with the bound \(bound)")
    }
  }

  @Test(
    "workers with fewer rows, several parts of an epoch and several epochs end",
    arguments: modeNames)
  func uneven(_ mode: String) throws {
    guard !["sync", "localsgd"].contains(mode) else { return }
    try withTemporaryFolder { folder in
      let job = try CloudJob(in: folder, rows: 1001)
      let run = try job.train(
        workers: 3,
        [
          "distribution.mode=\(mode)", "distribution.staleness_bound=1", "training.epochs=2",
          "training.batch_size=250", "training.validations_per_epoch=2",
        ])
      #expect(run.result["samples"] == 2002, "\(run.text)")
    }
  }

  @Test("a stop is heard while workers wait for each other, and resumed")
  func stop() throws {
    try withTemporaryFolder { folder in
      let job = try CloudJob(in: folder)
      let bound = ["distribution.staleness_bound=0"]
      let stopped = try job.train(
        workers: 2, bound, fault: "rank=1,step=60,kind=signal", expecting: 75)
      #expect(stopped.result["outcome"] == "stopped_early")
      let resumed = try job.train(workers: 2, bound)
      #expect(resumed.result["epochs"] == 6, "\(resumed.text)")
    }
  }

  @Test("a worker that is stopped ends the job after distribution.timeout")
  func stuck() throws {
    try withTemporaryFolder { folder in
      let job = try CloudJob(in: folder)
      let run = try job.run(
        workers: 2, ["distribution.staleness_bound=1", "distribution.timeout=2"],
        fault: "rank=1,step=5,kind=stop", timeoutSeconds: 60)
      #expect(run.status == 70 && !run.timedOut, "\(run.status) \(run.errors)")
      #expect(run.errors.contains("staleness_bound: 1 lets nobody go on"), "\(run.errors)")
    }
  }
}
