import Configuration
import Distributed
import Foundation
import TestSupport
import Testing

/// Modes whose workers share the memory of a node, on several nodes: imagined ones, of two ranks each.
///
/// `make test-hosts` has hosts of their own addresses.
@Suite("Several nodes", .serialized)
struct NodeTests {
  /// The modes that share memory.
  static let modes = ModeRegistry.all.filter { $0.sharesMemory }.map { $0.name }

  private func train(
    _ job: CloudJob, ranks: Int, nodeRanks: Int = 2, _ settings: [String],
    environment: [String: String] = [:], fault: String? = nil
  ) throws -> Program.Run {
    var variables = ["SOUNDER_NODE_RANKS": "\(nodeRanks)"]
    variables["SOUNDER_FAULT"] = fault
    variables.merge(environment) { _, new in new }
    return try Program("MPIProbe").run(
      ["train", job.file] + settings, ranks: ranks, environment: variables, timeoutSeconds: 120)
  }

  private func result(_ run: Program.Run, expecting status: Int32 = 0) throws -> TrainedRun {
    try #require(run.status == status, "\(run.status): \(run.errors)\(run.output)")
    return TrainedRun(result: try Value(json: run.output), text: run.output)
  }

  @Test("every mode learns on three nodes, by both transports", arguments: modes)
  func converges(_ mode: String) throws {
    try withTemporaryFolder { folder in
      let job = try CloudJob(in: folder)
      for (transport, servers) in [("messages", 1), ("rma", 2)] {
        let run = try result(
          train(
            job, ranks: 6,
            [
              "distribution.mode=\(mode)", "distribution.transport=\(transport)",
              "distribution.servers=\(servers)", "distribution.node_interval=2",
            ]))
        let place = "\(transport): \(run.text)"
        #expect((run.result["val_accuracy"]?.number ?? 0) > 0.95, "\(place)")
        #expect(run.result["samples"]?.int == 6 * 3000, "\(place)")
        #expect(run.result["nodes"]?.int == (servers == 1 ? 3 : 2), "\(place)")
        #expect((run.result["node_exchanges"]?.int ?? 0) >= 6 * 3, "\(place)")
        #expect((run.result["exchanged_bytes"]?.int ?? 0) > 0, "\(place)")
        #expect(run.text.contains("nodes, \(transport)\""), "\(place)")
      }
    }
  }

  @Test(
    "sums that go by nodes are those of all workers at once, however ranks are dealt to them",
    arguments: ["sync", "{sync: {bucket: 1 KiB}}", "{localsgd: {interval: 5}}"])
  func sums(_ mode: String) throws {
    try withTemporaryFolder { folder in
      let job = try CloudJob(in: folder)
      let settings = ["distribution.mode=\(mode)", "training.epochs=3"]
      var losses: [Double] = []
      var hashes: Set<String> = []
      for nodes in ["6", "2", "4", "cyclic:2", "1"] {
        let run = try result(
          train(job, ranks: 6, settings, environment: ["SOUNDER_NODE_RANKS": nodes]))
        #expect(run.result["samples"]?.int == 3 * 3000, "\(run.text)")
        losses.append(try #require(run.result["val_loss"]?.number))
        hashes.insert("\(try #require(run.hash))")
      }
      // One node, and one for each worker, meet all at once; others add the same numbers in another order.
      #expect(hashes.count > 1)
      // Floats are added in another order.
      for loss in losses { #expect(abs(loss - losses[0]) < 1e-3 * losses[0], "\(losses)") }
    }
  }

  @Test(
    "a worker that is killed or stopped ends sums that go by nodes", arguments: ["kill", "stop"])
  func brokenSums(_ kind: String) throws {
    try withTemporaryFolder { folder in
      let job = try CloudJob(in: folder)
      for (mode, rank) in [("sync", 3), ("sync", 4), ("localsgd", 4)] {
        let run = try train(
          job, ranks: 5, ["distribution.mode=\(mode)", "distribution.timeout=3"],
          fault: "rank=\(rank),step=40,kind=\(kind)")
        #expect(!run.timedOut, "\(mode), \(rank): \(run.seconds) s")
        #expect(run.status != 0 && run.status != 75, "\(mode), \(rank): \(run.status)")
      }
    }
  }

  @Test("nodes of one worker each are the shares of one mean, with one step between exchanges")
  func oneWorkerANode() throws {
    try withTemporaryFolder { folder in
      let job = try CloudJob(in: folder)
      for merge in ["mean", "sum"] {
        let run = try result(
          train(
            job, ranks: 4, nodeRanks: 1,
            [
              "distribution.node_interval=1", "distribution.node_merge=\(merge)",
              "distribution.servers=1",
            ]))
        #expect((run.result["val_accuracy"]?.number ?? 0) > 0.95, "\(merge): \(run.text)")
        #expect(run.result["nodes"]?.int == 3, "\(run.text)")
      }
    }
  }

  /// Ways to exchange by which nothing may be lost, and nothing may count twice.
  static let ways = [
    ["distribution.transport=messages", "distribution.servers=1"],
    ["distribution.transport=messages", "distribution.servers=2"],
    ["distribution.transport=rma", "distribution.servers=2"],
    ["distribution.servers=colocated"],
    ["distribution.compression=bf16"],
    ["distribution.compression={push: int8, pull: bf16}", "distribution.servers=2"],
    ["distribution.compression={push: {topk: {fraction: 0.1}}, pull: int8}"],
  ]

  @Test(
    "where nodes' changes are added each row counts once, by every way of exchanging",
    arguments: ways)
  func visits(_ way: [String]) throws {
    try withTemporaryFolder { folder in
      let job = try VisitJob(rows: 101, in: folder)
      let run = try Program("MPIProbe").run(
        ["train", job.file, "distribution.node_interval=3", "distribution.node_merge=sum"] + way,
        ranks: 6, environment: ["SOUNDER_NODE_RANKS": "2"], timeoutSeconds: 60)
      let trained = try result(run)
      #expect(trained.result["samples"]?.int == 101)
      #expect(trained.parameters.count == 101)
      // A visit takes a weight from 0 to 0.5; no two rows change the same one.
      #expect(trained.parameters.allSatisfy { abs($0 - 0.5) < 1e-6 }, "\(trained.text)")
    }
  }

  @Test(
    "compressed exchanges are shorter and learn",
    arguments: ["bf16", "int8", "topk: {fraction: 0.05}"])
  func compressed(_ way: String) throws {
    try withTemporaryFolder { folder in
      let job = try CloudJob(in: folder, layers: ["- dense: {units: 64, activation: relu}"])
      let common = [
        "distribution.node_interval=1", "distribution.servers=1", "training.batch_size=4",
      ]
      let whole = try result(train(job, ranks: 4, nodeRanks: 1, common))
      let value = way.contains(":") ? "{\(way)}" : way
      let run = try result(
        train(job, ranks: 4, nodeRanks: 1, common + ["distribution.compression=\(value)"]))
      #expect((run.result["val_accuracy"]?.number ?? 0) > 0.95, "\(run.text)")
      func bytes(_ run: TrainedRun) -> Double {
        Double(run.result["exchanged_bytes"]?.int ?? 0)
          / Double(max(1, run.result["node_exchanges"]?.int ?? 0))
      }
      // The exchanges of whole weights, before each validation, are few.
      #expect(bytes(run) < 0.85 * bytes(whole), "\(run.text) \(whole.text)")
    }
  }

  @Test("both transports are measured, and the choice is said")
  func trial() throws {
    try withTemporaryFolder { folder in
      let job = try CloudJob(in: folder)
      let run = try result(train(job, ranks: 5, ["training.epochs=1"]))
      #expect(run.text.contains("transport between nodes: "), "\(run.text)")
      #expect(run.text.contains("by one-sided access"), "\(run.text)")
    }
  }

  @Test(
    "what was stopped on three nodes goes on, on three and on one", arguments: ["hogwild", "easgd"])
  func resumes(_ mode: String) throws {
    try withTemporaryFolder { folder in
      let job = try CloudJob(in: folder)
      let settings = ["distribution.mode=\(mode)"]
      let stopped = try result(
        train(job, ranks: 6, settings, fault: "rank=3,step=61,kind=signal"), expecting: 75)
      let done = stopped.result["samples"]?.int ?? 0
      #expect(done > 1000 && done < 6 * 3000, "\(stopped.text)")
      let checkpoint = try Data(contentsOf: URL(fileURLWithPath: job.checkpoint))
      for nodeRanks in [2, 6] {
        try checkpoint.write(to: URL(fileURLWithPath: job.checkpoint))
        let run = try result(train(job, ranks: 6, nodeRanks: nodeRanks, settings))
        #expect(run.text.contains("resuming"), "\(run.text)")
        #expect(run.result["samples"]?.int == 6 * 3000 - done, "\(run.text)")
        #expect((run.result["val_accuracy"]?.number ?? 0) > 0.95, "\(run.text)")
      }
    }
  }

  @Test("what goes between nodes is counted where the time of ranks is")
  func traffic() throws {
    try withTemporaryFolder { folder in
      let job = try CloudJob(in: folder)
      for transport in ["messages", "rma"] {
        let run = try result(
          train(
            job, ranks: 5,
            [
              "distribution.transport=\(transport)", "distribution.servers=1",
              "distribution.exchange=in_place", "training.epochs=1",
            ]))
        let all = run.result["exchanged_bytes"]?.int ?? 0
        let ranks = run.ranks
        try #require(ranks.count == 5, "\(run.text)")
        // Ranks 1, 2 and 4 are the first workers of their nodes; weights that are shared are not moved.
        #expect(ranks[3].byteCount == 0, "\(run.text)")
        let counted = ranks[1].byteCount + ranks[2].byteCount + ranks[4].byteCount
        #expect(counted > all / 2 && counted <= all, "\(counted) of \(all): \(run.text)")
      }
    }
  }

  @Test("moving averages and parts of an epoch are right on several nodes")
  func averages() throws {
    try withTemporaryFolder { folder in
      let job = try CloudJob(in: folder, layers: ["- batch_normalization"])
      let run = try result(
        train(job, ranks: 6, ["training.validations_per_epoch=3", "training.epochs=4"]))
      #expect(run.steps == Array(1...12), "\(run.text)")
      #expect((run.result["val_accuracy"]?.number ?? 0) > 0.9, "\(run.text)")
    }
  }

  @Test(
    "a worker that fails or is killed ends the job of several nodes", arguments: ["throw", "kill"])
  func fails(_ kind: String) throws {
    try withTemporaryFolder { folder in
      let job = try CloudJob(in: folder)
      let run = try train(job, ranks: 6, [], fault: "rank=3,step=40,kind=\(kind)")
      #expect(run.status != 0 && run.status != 75)
      // Nobody waited for the one that is gone until the job's timeout, 600 s.
      #expect(!run.timedOut && run.seconds < 120)
    }
  }

  @Test(
    "an MPI without shared windows trains private copies, and says so",
    .enabled(if: !Launch.isHydra, "only Open MPI can be told to have no shared windows"))
  func privateCopies() throws {
    try withTemporaryFolder { folder in
      let job = try CloudJob(in: folder)
      let run = try result(
        train(
          job, ranks: 4, nodeRanks: 0, [], environment: ["OMPI_MCA_osc": "pt2pt"]))
      #expect(run.text.contains("private copy of the parameters"), "\(run.text)")
      #expect(run.text.contains("3 private copies, "), "\(run.text)")
      #expect((run.result["val_accuracy"]?.number ?? 0) > 0.95, "\(run.text)")
    }
  }

  @Test(
    "private copies have no options that need shared memory, or one optimizer's steps",
    .enabled(if: !Launch.isHydra, "only Open MPI can be told to have no shared windows"))
  func privateLimits() throws {
    try withTemporaryFolder { folder in
      let job = try CloudJob(in: folder)
      let environment = ["OMPI_MCA_osc": "pt2pt"]
      let ftrl = try train(
        job, ranks: 3, nodeRanks: 0, ["training.optimizer=ftrl"], environment: environment)
      #expect(ftrl.status == 65, "\(ftrl.errors)\(ftrl.output)")
      let group = try train(
        job, ranks: 3, nodeRanks: 0, ["distribution.ranks_per_worker=2"], environment: environment)
      #expect(group.status == 70, "\(group.errors)\(group.output)")
      #expect(group.errors.contains("must share its parameters"), "\(group.errors)")
      let servers = try result(
        train(
          job, ranks: 3, nodeRanks: 0, ["distribution.servers=colocated", "training.epochs=1"],
          environment: environment))
      #expect(
        servers.text.contains("nothing to do here, since rank 0 serves the private copies"),
        "\(servers.text)")
    }
  }

  @Test("an MPI without windows between nodes: what needs them is an error, and auto does without")
  func noWindows() throws {
    try withTemporaryFolder { folder in
      let job = try CloudJob(in: folder)
      func run(_ settings: [String]) throws -> Program.Run {
        try train(job, ranks: 5, ["training.epochs=1"] + settings, fault: "at=window")
      }
      let reason =
        "MPI could not create a window that other nodes can reach: SOUNDER_FAULT says that there are none"
      let forced = try run(["distribution.transport=rma"])
      #expect(forced.status == 70, "\(forced.errors)\(forced.output)")
      #expect(
        forced.errors.contains(
          "distribution.transport is rma, but \(reason): leave it auto, or set it to messages"),
        "\(forced.errors)")
      let colocated = try run(["distribution.servers=colocated"])
      #expect(colocated.status == 70, "\(colocated.errors)\(colocated.output)")
      #expect(
        colocated.errors.contains(
          "distribution.servers is colocated, which needs one-sided accesses, but \(reason): set it to "
            + "auto or to a number"), "\(colocated.errors)")
      let chosen = try result(run([]))
      #expect(
        chosen.text.contains(
          "transport between nodes: messages, since this MPI has no windows between them (\(reason))"
        ),
        "\(chosen.text)")
      #expect(chosen.text.contains("nodes, messages\""), "\(chosen.text)")
    }
  }

  @Test("what the ranks or the optimizer cannot do is said before training")
  func refused() throws {
    try withTemporaryFolder { folder in
      let job = try CloudJob(in: folder)
      let many = try train(job, ranks: 3, ["distribution.servers=3"])
      #expect(many.status == 64)
      #expect(many.errors.contains("distribution.servers is 3, and the job has 3 ranks"))
      let ftrl = try train(job, ranks: 5, ["training.optimizer=ftrl"])
      #expect(ftrl.status == 65)
      #expect(ftrl.errors.contains("nodes"))
      let sync = try train(job, ranks: 3, ["distribution.mode=sync", "distribution.servers=2"])
      #expect(sync.status == 64)
      #expect(sync.errors.contains("remove the key"))
      let added = try train(
        job, ranks: 3, ["distribution.transport=rma", "distribution.compression=int8"])
      #expect(added.status == 64)
      #expect(added.errors.contains("needs messages"))
      let idle = try result(
        train(job, ranks: 3, nodeRanks: 3, ["distribution.servers=2", "training.epochs=1"]))
      #expect(idle.text.contains("distribution.servers: nothing to do here"), "\(idle.text)")
      let unused = try result(
        train(
          job, ranks: 3, nodeRanks: 3,
          ["distribution.compression=int8", "distribution.node_interval=8", "training.epochs=1"]))
      #expect(
        unused.text.contains("distribution.compression, distribution.node_interval: nothing to do"),
        "\(unused.text)")
      // Two servers would be all of the first node, and the second one has nobody to exchange with.
      let lonely = try train(job, ranks: 4, ["distribution.servers=2"])
      #expect(lonely.status == 64, "\(lonely.errors)")
      #expect(lonely.errors.contains("all on one node"), "\(lonely.errors)")
      #expect(!lonely.timedOut)
    }
  }
}
