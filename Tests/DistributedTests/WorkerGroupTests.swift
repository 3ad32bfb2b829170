import Configuration
import Distributed
import Foundation
import TestSupport
import Testing

@Suite("Workers of several ranks", .serialized)
struct WorkerGroupTests {
  @Test("two ranks are one worker, in every mode that shares memory", arguments: NodeTests.modes)
  func converges(_ mode: String) throws {
    try withTemporaryFolder { folder in
      let job = try CloudJob(in: folder)
      let run = try job.train(
        workers: 4, ["distribution.mode=\(mode)", "distribution.ranks_per_worker=2"])
      #expect((run.result["val_accuracy"]?.number ?? 0) > 0.93, "\(run.text)")
      #expect(run.result["samples"]?.int == 6 * 3000, "\(run.text)")
    }
  }

  @Test("a worker of two ranks makes the updates of one worker with twice the batch")
  func updates() throws {
    try withTemporaryFolder { folder in
      let job = try CloudJob(in: folder)
      let run = try job.train(
        workers: 2, ["distribution.mode=locked", "distribution.ranks_per_worker=2"])
      // 1500 rows a rank in batches of 32.
      #expect(run.result["staleness_updates"]?.int == 6 * 47, "\(run.text)")
      #expect(run.result["staleness_largest"]?.int == 0, "\(run.text)")
      let whole = try job.train(workers: 0, ["training.batch_size=64"])
      let loss = try #require(run.result["val_loss"]?.number)
      let other = try #require(whole.result["val_loss"]?.number)
      #expect(abs(loss - other) < 0.05, "\(loss), \(other)")
    }
  }

  @Test("each row changes the weights once", arguments: [2, 5, 101])
  func visits(rows: Int) throws {
    try withTemporaryFolder { folder in
      let job = try VisitJob(rows: rows, in: folder)
      let run = try job.train(workers: 4, ["distribution.ranks_per_worker=2"])
      #expect(run.result["samples"]?.int == rows)
      // A step of two rows moves each weight by half as much.
      #expect(run.parameters.allSatisfy { $0 == 0.5 || $0 == 0.25 }, "\(run.text)")
    }
  }

  @Test("workers of two ranks go on from a checkpoint, and on two nodes")
  func resumes() throws {
    try withTemporaryFolder { folder in
      let job = try CloudJob(in: folder)
      let settings = ["distribution.mode=easgd", "distribution.ranks_per_worker=2"]
      let stopped = try job.train(
        workers: 4, settings, fault: "rank=3,step=71,kind=signal", expecting: 75)
      let done = stopped.result["samples"]?.int ?? 0
      let resumed = try Program("MPIProbe").run(
        ["train", job.file] + settings, ranks: 9, environment: ["SOUNDER_NODE_RANKS": "5"],
        timeoutSeconds: 60)
      // The server and four workers are on the first node, four on the other.
      try #require(resumed.status == 0, "\(resumed.errors)")
      let run = TrainedRun(result: try Value(json: resumed.output), text: resumed.output)
      #expect(run.result["samples"]?.int == 6 * 3000 - done, "\(run.text)")
      #expect((run.result["val_accuracy"]?.number ?? 0) > 0.9, "\(run.text)")
    }
  }

  @Test("ranks that do not divide are refused, and modes without shared memory")
  func refused() throws {
    try withTemporaryFolder { folder in
      let job = try CloudJob(in: folder)
      let odd = try job.run(workers: 3, ["distribution.ranks_per_worker=2"])
      #expect(odd.status == 64)
      #expect(odd.errorLines.first?.contains("3 ranks work") == true, "\(odd.errors)")
      let sync = try job.run(
        workers: 2, ["distribution.mode=sync", "distribution.ranks_per_worker=2"])
      #expect(sync.status == 64)
    }
  }
}
