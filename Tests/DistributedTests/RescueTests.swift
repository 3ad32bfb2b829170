import Configuration
import Distributed
import Foundation
import HDF5
import TestSupport
import Testing

/// The checkpoint of a job that ends since a rank hangs.
@Suite("A checkpoint when a rank hangs", .serialized)
struct RescueTests {
  /// The epoch that a resumed run begins in, and the rows of it that are done; 0: at its start.
  private func resumed(_ run: TrainedRun) throws -> (epoch: Int, rows: Int) {
    if let match = run.text.firstMatch(
      of: /resuming from [^"]*?: epoch (\d+), (\d+) of its rows done/)
    {
      return (Int(match.1) ?? 0, Int(match.2) ?? 0)
    }
    let match = try #require(
      run.text.firstMatch(of: /resuming from [^"]*?: the start of epoch (\d+)/), "\(run.text)")
    return (Int(match.1) ?? 0, 0)
  }

  /// The only error line of a job that ended since a rank hung.
  private func line(_ run: Program.Run) throws -> String {
    try #require(!run.timedOut && run.status == 70, "\(run.status): \(run.errors)")
    try #require(run.errorLines.count == 1, "\(run.errors)")
    return run.errorLines[0]
  }

  /// Whether all bytes of the file are those that were written.
  private func isSound(_ path: String) throws -> Bool { try FileSeal.finding(in: path) == .sound }

  @Test(
    "a job goes on inside the epoch in which a worker was stopped",
    arguments: [
      ["hogwild"], ["locked"], ["{downpour: {push_interval: 3}}"], ["{easgd: {interval: 4}}"],
      ["{gem: {interval: 2}}"], ["sync"], ["{localsgd: {interval: 5}}"],
      ["hogwild", "training.validations_per_epoch=3"],
      ["sync", "training.validations_per_epoch=3"],
      ["{easgd: {interval: 4}}", "distribution.ranks_per_worker=2"],
    ])
  func stopped(settings: [String]) throws {
    try withTemporaryFolder { folder in
      let job = try CloudJob(in: folder)
      let settings = ["distribution.mode=\(settings[0])"] + settings.dropFirst()
      let workers = settings.contains("distribution.ranks_per_worker=2") ? 4 : 2
      // 94 steps an epoch for all workers together: this is the second one.
      let run = try job.run(
        workers: workers, settings + ["distribution.timeout=3"],
        fault: "rank=\(workers),step=\(140 / workers),kind=stop", timeoutSeconds: 60)
      let error = try line(run)
      #expect(error.contains("no sign of life for 3 s"), "\(error)")
      #expect(error.contains("wrote a checkpoint at epoch 2, "), "\(error)")
      #expect(error.hasSuffix("of its rows: start the job again, it resumes there"), "\(error)")
      #expect(try isSound(job.checkpoint))
      let later = try job.train(workers: workers, settings)
      let (epoch, rows) = try resumed(later)
      #expect(epoch == 2 && rows > 0 && rows < 3000, "\(later.text)")
      #expect(later.result["samples"]?.int == 5 * 3000 - rows, "\(later.text)")
      #expect(later.result["epochs"] == 6)
      #expect((later.result["val_accuracy"]?.number ?? 0) > 0.95, "\(later.text)")
    }
  }

  @Test("no row is left out, and only what was not known to be done is trained again")
  func rows() throws {
    try withTemporaryFolder { folder in
      let job = try VisitJob(rows: 101, in: folder)
      let run = try job.run(
        workers: 2, ["distribution.timeout=3"], fault: "rank=2,step=8,kind=stop",
        timeoutSeconds: 60)
      #expect(try line(run).contains("wrote a checkpoint at epoch 1, "), "\(run.errors)")
      let visits = try job.train(workers: 2).visits
      #expect(visits.allSatisfy { $0 == 1 || $0 == 2 }, "\(visits)")
      // The one that was stopped had made seven steps.
      #expect(visits.filter { $0 == 2 }.count <= 7, "\(visits)")
    }
  }

  @Test("the same between nodes, of which each has a part of the work that the others lack")
  func rowsOfNodes() throws {
    try withTemporaryFolder { folder in
      let job = try VisitJob(rows: 101, in: folder)
      // One step pays for one exchange; the changes of all nodes are added.
      let settings = ["distribution.node_merge=sum", "distribution.node_interval=1"]
      let run = try Program("MPIProbe").run(
        ["train", job.file, "distribution.timeout=3"] + settings, ranks: 5,
        environment: ["SOUNDER_NODE_RANKS": "2", "SOUNDER_FAULT": "rank=3,step=8,kind=stop"],
        timeoutSeconds: 60)
      #expect(try line(run).contains("wrote a checkpoint at"), "\(run.errors)")
      let later = try Program("MPIProbe").run(
        ["train", job.file] + settings, ranks: 5, environment: ["SOUNDER_NODE_RANKS": "2"])
      try #require(later.status == 0, "\(later.errors)")
      let visits = TrainedRun(result: try Value(json: later.output), text: later.output).visits
      #expect(visits.allSatisfy { (1...2).contains($0) }, "\(visits)")
    }
  }

  @Test(
    "what compressed pushes of nodes have left out is saved, or its rows are trained again",
    // The second worker of a node, whose first one answers, and a node's first one.
    arguments: [3, 2])
  func rowsOfCompressedNodes(stopped rank: Int) throws {
    try withTemporaryFolder { folder in
      let job = try VisitJob(rows: 1001, in: folder)
      // Each message has one number of the thousand: nearly all rows wait in the nodes.
      let settings = [
        "distribution.node_merge=sum", "distribution.node_interval=1", "distribution.servers=1",
        "distribution.compression={push: {topk: {fraction: 0.001}}}",
      ]
      let run = try Program("MPIProbe").run(
        ["train", job.file, "distribution.timeout=3"] + settings, ranks: 5,
        environment: [
          "SOUNDER_NODE_RANKS": "2", "SOUNDER_FAULT": "rank=\(rank),step=150,kind=stop",
        ],
        timeoutSeconds: 60)
      #expect(try line(run).contains("wrote a checkpoint at"), "\(run.errors)")
      let later = try Program("MPIProbe").run(
        ["train", job.file] + settings, ranks: 5, environment: ["SOUNDER_NODE_RANKS": "2"])
      try #require(later.status == 0, "\(later.errors)")
      let result = TrainedRun(result: try Value(json: later.output), text: later.output)
      #expect(result.result["nodes"] == 3)
      // A visit takes a weight from 0 to 0.5; what counts twice, or is trained again, leads to 1 at most.
      #expect(!result.parameters.isEmpty)
      #expect(result.parameters.allSatisfy { (0.499...1.001).contains($0) }, "\(result.text)")
    }
  }

  @Test(
    "what compressed sums have left out is saved, of the workers that answer",
    arguments: ["sync", "{localsgd: {interval: 5}}"])
  func leftOutOfSums(_ mode: String) throws {
    try withTemporaryFolder { folder in
      let job = try CloudJob(in: folder)
      let settings = [
        "distribution.mode=\(mode)", "distribution.compression={topk: {fraction: 0.2}}",
        "training.optimizer={sgd: {learning_rate: 0.1}}", "training.batch_size=8",
      ]
      let run = try job.run(
        workers: 3, settings + ["distribution.timeout=3"], fault: "rank=2,step=200,kind=stop",
        timeoutSeconds: 60)
      let error = try line(run)
      #expect(
        error.contains(
          "of its rows, without what messages of ranks that do not answer have left out: start"),
        "\(error)")
      let rest = try File(opening: job.checkpoint).root().group("sounder").group("checkpoint")
        .dataset("exchange_left_out").readAll(as: Float.self)
      #expect(rest.contains { $0 != 0 } && rest.allSatisfy { $0.isFinite })
      let later = try job.train(workers: 3, settings)
      #expect(try resumed(later).epoch == 2, "\(later.text)")
      #expect((later.result["val_accuracy"]?.number ?? 0) > 0.95, "\(later.text)")
    }
  }

  @Test(
    "where all workers are stopped rank 0 writes what it has",
    arguments: [
      ("hogwild", "of its rows: start"), ("easgd", "of its rows, without the optimizer's state"),
      ("sync", "no worker answers, and only they have the weights"),
    ])
  func allStopped(mode: String, words: String) throws {
    try withTemporaryFolder { folder in
      let job = try CloudJob(in: folder)
      let settings = ["distribution.mode=\(mode)", "training.epochs=100000"]
      let running = try Program("MPIProbe").start(
        ["train", job.file, "distribution.timeout=4"] + settings, ranks: 3)
      try #require(
        Program.wait { FileManager.default.fileExists(atPath: job.checkpoint) ? true : nil } == true
      )
      for rank in [1, 2] {
        kill(try #require(Processes.rank(rank, of: job.file)), SIGSTOP)
      }
      let error = try line(running.wait(timeoutSeconds: 60))
      // Of one that was stopped while it wrote a checkpoint the other one is found first.
      #expect(
        error.contains("no worker has given a sign of life for 4 s")
          || error.contains(/rank [12] has given no sign of life for 4 s/), "\(error)")
      #expect(
        error.contains(words) || (mode != "sync" && error.contains("the start of epoch")),
        "\(error)")
      #expect(try isSound(job.checkpoint))
      let later = try job.train(
        workers: 2, settings, fault: "rank=1,step=5,kind=signal", expecting: 75)
      let told = error.firstMatch(of: /epoch (\d+)/).flatMap { Int($0.1) }
      // Open MPI wakes a stopped rank before it ends it, which may go on for a moment.
      if mode != "sync" {
        #expect(try resumed(later).epoch >= told ?? .max, "\(error) \(later.text)")
      }
    }
  }

  @Test(
    "of several nodes the master's weights are kept, or those of a worker's node",
    arguments: [
      ["distribution.servers=1", "distribution.transport=messages"],
      ["distribution.servers=2", "distribution.transport=rma"],
      ["distribution.servers=2", "distribution.compression=int8"],
      ["distribution.servers=colocated"],
      ["distribution.mode={easgd: {interval: 4}}", "distribution.servers=1"],
    ])
  func nodes(settings: [String]) throws {
    try withTemporaryFolder { folder in
      let job = try CloudJob(in: folder)
      let run = try Program("MPIProbe").run(
        ["train", job.file, "distribution.timeout=3"] + settings, ranks: 6,
        environment: ["SOUNDER_NODE_RANKS": "2", "SOUNDER_FAULT": "rank=5,step=33,kind=stop"],
        timeoutSeconds: 60)
      #expect(try line(run).contains("wrote a checkpoint at"), "\(run.errors)")
      #expect(try isSound(job.checkpoint))
      let later = try Program("MPIProbe").run(
        ["train", job.file] + settings, ranks: 6, environment: ["SOUNDER_NODE_RANKS": "2"])
      try #require(later.status == 0, "\(later.errors)")
      let result = TrainedRun(result: try Value(json: later.output), text: later.output)
      let (epoch, rows) = try resumed(result)
      #expect(result.result["samples"]?.int == (7 - epoch) * 3000 - rows, "\(result.text)")
      #expect(result.result["epochs"] == 6)
      #expect((result.result["val_accuracy"]?.number ?? 0) > 0.95, "\(result.text)")
    }
  }

  @Test("where a server is stopped the weights are those of a worker's node")
  func serverStopped() throws {
    try withTemporaryFolder { folder in
      let job = try CloudJob(in: folder)
      let settings = ["distribution.servers=2", "distribution.transport=messages"]
      let running = try Program("MPIProbe").start(
        ["train", job.file, "distribution.timeout=4", "training.epochs=100000"] + settings,
        ranks: 6, environment: ["SOUNDER_NODE_RANKS": "2"])
      try #require(
        Program.wait { FileManager.default.fileExists(atPath: job.checkpoint) ? true : nil } == true
      )
      kill(try #require(Processes.rank(1, of: job.file)), SIGSTOP)
      let error = try line(running.wait(timeoutSeconds: 40))
      #expect(error.contains("all workers have been waiting"), "\(error)")
      #expect(error.contains("wrote a checkpoint at"), "\(error)")
      #expect(try isSound(job.checkpoint))
    }
  }

  @Test("weights that are not finite are not written, nor is anything to a folder that is gone")
  func obstacles() throws {
    try withTemporaryFolder { folder in
      let job = try CloudJob(in: folder)
      let infinite = try line(
        job.run(
          workers: 1,
          ["distribution.timeout=3", "training.optimizer={sgd: {learning_rate: 1e45}}"],
          fault: "rank=1,step=2,kind=stop", timeoutSeconds: 60))
      #expect(infinite.contains("no sign of life"), "\(infinite)")
      #expect(
        infinite.hasSuffix("(the weights are not finite): start the job again, it begins anew"),
        "\(infinite)")
      #expect(!FileManager.default.fileExists(atPath: job.checkpoint))

      let gone = folder.appendingPathComponent("gone")
      try FileManager.default.createDirectory(at: gone, withIntermediateDirectories: false)
      let running = try Program("MPIProbe").start(
        ["train", job.file, "distribution.timeout=4", "output.checkpoint=\(gone.path)/c.h5"],
        ranks: 2, environment: ["SOUNDER_FAULT": "rank=1,step=2,kind=stop"])
      try #require(
        Program.wait {
          Processes.rank(1, of: job.file).map(Processes.isStopped) == true ? true : nil
        }
          == true)
      try FileManager.default.removeItem(at: gone)
      let error = try line(running.wait(timeoutSeconds: 60))
      #expect(error.contains("no sign of life for 4 s"), "\(error)")
      #expect(error.contains("no checkpoint of this moment could be written ("), "\(error)")
      #expect(error.contains("c.h5"), "\(error)")
    }
  }

  @Test("the best weights so far stay the best")
  func best() throws {
    try withTemporaryFolder { folder in
      let job = try CloudJob(in: folder)
      // The loss becomes less: by this rule the first epoch is best.
      let settings = ["output.weights=best", "output.monitor=loss", "output.mode=max"]
      let run = try job.run(
        workers: 2, settings + ["distribution.timeout=3"], fault: "rank=2,step=110,kind=stop",
        timeoutSeconds: 60)
      #expect(try line(run).contains("wrote a checkpoint at epoch 3, "), "\(run.errors)")
      let later = try job.train(workers: 2, settings)
      #expect(later.result["best_epoch"] == 1, "\(later.text)")
    }
  }

  @Test("--fresh replaces the checkpoint of an earlier run in the same way")
  func fresh() throws {
    try withTemporaryFolder { folder in
      let job = try CloudJob(in: folder)
      _ = try job.train(workers: 0, fault: "rank=0,step=200,kind=signal", expecting: 75)
      let run = try Program().run(
        [
          "train", job.file, "--fresh", "--ranks", "2", "--quiet", "--set",
          "distribution.timeout=3",
        ], environment: ["SOUNDER_FAULT": "rank=1,step=5,kind=stop"], timeoutSeconds: 60)
      #expect(try line(run).contains("wrote a checkpoint at "))
      let later = try job.train(workers: 1)
      #expect(try resumed(later).epoch == 1, "\(later.text)")
    }
  }
}
