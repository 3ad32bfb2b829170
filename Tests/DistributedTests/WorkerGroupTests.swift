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

  @Test("ranks of a worker share a node, however ranks are dealt to the nodes")
  func cyclicNodes() throws {
    try withTemporaryFolder { folder in
      let job = try CloudJob(in: folder)
      // Without exchanges between the nodes a rank of the other one would compute on weights that stand still.
      let run = try Program("MPIProbe").run(
        [
          "train", job.file, "distribution.ranks_per_worker=2",
          "distribution.node_interval=1000000", "training.epochs=2", "distribution.servers=1",
          "training.optimizer={sgd: {learning_rate: 0.5}}",
        ], ranks: 5, environment: ["SOUNDER_NODE_RANKS": "cyclic:2"], timeoutSeconds: 60)
      try #require(run.status == 0, "\(run.errors)")
      let trained = TrainedRun(result: try Value(json: run.output), text: run.output)
      #expect(trained.result["nodes"]?.int == 2, "\(trained.text)")
      #expect((trained.result["loss"]?.number ?? 9) < 0.6, "\(trained.text)")
    }
  }

  // Groups of three: one that hears later than another waits for it for ever where that one has gone.
  @Test("a stop is heard by all ranks of a worker that waits for slower ones")
  func boundedStop() throws {
    for _ in 0..<4 {
      try withTemporaryFolder { folder in
        let job = try CloudJob(in: folder)
        let run = try job.run(
          workers: 6,
          [
            "distribution.ranks_per_worker=3", "distribution.staleness_bound=0",
            "distribution.timeout=10", "training.epochs=1000",
          ], fault: "rank=1,step=60,kind=signal", timeoutSeconds: 60)
        #expect(run.status == 75 && !run.timedOut, "\(run.status) \(run.errors)")
      }
    }
  }

  // Dropped the input's loss is 0, kept it is 4: 2 in the mean, with a deviation of 0.1 over 400 rows.
  @Test(
    "every rank of a worker draws new noise in each step",
    arguments: [
      "hogwild", "{easgd: {interval: 100}}", "{dynsgd: {interval: 100}}",
      "{downpour: {push_interval: 100, pull_interval: 1}}",
    ])
  func noise(mode: String) throws {
    try withTemporaryFolder { folder in
      let job = try DropoutJob(rows: 400, in: folder)
      let run = try job.train(
        workers: 2, ["distribution.mode=\(mode)", "distribution.ranks_per_worker=2"])
      let loss = try #require(run.result["loss"]?.number)
      #expect(abs(loss - 2) < 0.5, "\(run.text)")
    }
  }

  @Test("a rank that hangs is named, and not the one that waits for it in their worker")
  func hangs() throws {
    try withTemporaryFolder { folder in
      let job = try CloudJob(in: folder)
      let run = try job.run(
        workers: 4,
        [
          "distribution.ranks_per_worker=2", "distribution.timeout=3", "training.epochs=1000",
        ], fault: "rank=2,step=40,kind=stop", timeoutSeconds: 60)
      #expect(run.status == 70 && !run.timedOut, "\(run.status) \(run.errors)")
      #expect(run.errors.contains("rank 2 has given no sign of life"), "\(run.errors)")
      #expect(!run.errors.contains("ranks 1 and 2"), "\(run.errors)")
    }
  }

  @Test("what the ranks of a worker exchange is counted")
  func bytes() throws {
    try withTemporaryFolder { folder in
      let job = try CloudJob(in: folder)
      let runs = try job.trainAll(
        workers: 2,
        ["hogwild", "locked"].map {
          ["distribution.mode=\($0)", "distribution.ranks_per_worker=2", "training.epochs=1"]
        })
      // 2 * 16 + 16 + 16 * 3 + 3 parameters, with the rows and the wish to stop.
      let sum = 4 * (99 + 2)
      for (run, message) in zip(runs, [sum, sum + 4 * 99]) {
        let workers = run.ranks.dropFirst()
        #expect(workers.count == 2, "\(run.text)")
        for rank in workers {
          #expect(rank.stepCount == 47 && rank.byteCount >= 47 * message, "\(run.text)")
        }
        #expect((workers.last?.byteCount ?? 0) < 48 * message, "\(run.text)")
      }
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
