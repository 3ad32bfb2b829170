import Configuration
import Foundation
import TestSupport
import Testing

/// What is found by those who wait, and what is saved on the way.
@Suite("Hangs and long epochs", .serialized)
struct HangTests {
  @Test("a server behind the first one that hangs is found by those who wait for it")
  func laterServer() throws {
    try withTemporaryFolder { folder in
      let job = try CloudJob(in: folder)
      let running = try Program("MPIProbe").start(
        [
          "train", job.file, "distribution.timeout=4", "training.epochs=100000",
          "distribution.servers=2", "distribution.transport=messages",
        ], ranks: 6, environment: ["SOUNDER_NODE_RANKS": "2"])
      // The job trains when its first checkpoint is there.
      let server = Program.wait {
        FileManager.default.fileExists(atPath: job.checkpoint)
          ? Processes.rank(1, of: job.file) : nil
      }
      kill(try #require(server), SIGSTOP)
      let run = running.wait(timeoutSeconds: 90)
      #expect(!run.timedOut)
      #expect(run.status == 70, "\(run.errors)")
      #expect(run.errors.contains("rank 1 serves beside rank 0"), "\(run.errors)")
    }
  }

  @Test(
    "a rank that hangs before the training is named by those who wait for it",
    arguments: ["rank=0,at=fit", "rank=2,at=fit", "rank=1,at=readers", "rank=2,at=readers"])
  func setup(fault: String) throws {
    try withTemporaryFolder { folder in
      let job = try CloudJob(in: folder)
      let run = try Program().run(
        [
          "train", job.file, "--ranks", "3", "--quiet", "--set", "distribution.timeout=3",
        ], environment: ["SOUNDER_FAULT": "\(fault),kind=stop"], timeoutSeconds: 60)
      #expect(run.status == 70, "\(run.status) \(run.errors)")
      #expect(!run.timedOut)
      #expect(run.errorLines.count == 1, "\(run.errors)")
      let rank = fault.dropFirst("rank=".count).prefix(1)
      let named = "rank \(rank)" + (rank == "0" ? ", the server," : "")
      // Who waits for the server does so longer than it for others.
      let seconds = rank == "0" ? "5 s (distribution.timeout is 3 s)" : "3 s"
      #expect(
        run.errors.contains("\(named) has given no sign of life for \(seconds)"), "\(run.errors)")
      #expect(run.errors.contains("nothing of this run has been trained yet"), "\(run.errors)")
    }
  }

  @Test(
    "a worker that takes no messages is named by rank 0, also where one to it cannot leave",
    .enabled(if: !Launch.isHydra, "the buffers are Open MPI's"))
  func fullConnection() throws {
    try withTemporaryFolder { folder in
      // 61 kB of weights: rank 0 sends them at once, into buffers that hold a third of it. What comes behind them
      // to the same rank is stuck, as it is on the way to a host that is cut off.
      let job = try CloudJob(
        in: folder, layers: ["- dense: {units: 120}", "- dense: {units: 106}"])
      let run = try Program().run(
        ["train", job.file, "--ranks", "5", "--quiet"]
          + [
            "timeout=4", "servers=1", "transport=messages", "node_interval=1",
            "compression={push: {topk: {fraction: 0.001}}, pull: none}",
          ].flatMap { ["--set", "distribution.\($0)"] },
        environment: [
          "SOUNDER_NODE_RANKS": "2", "SOUNDER_FAULT": "rank=2,step=3,kind=stop,at=node_push",
          "OMPI_MCA_btl": "self,tcp", "OMPI_MCA_btl_tcp_if_include": "lo",
          "OMPI_MCA_btl_tcp_sndbuf": "8192", "OMPI_MCA_btl_tcp_rcvbuf": "8192",
        ], timeoutSeconds: 120)
      #expect(run.status == 70 && !run.timedOut, "\(run.status) \(run.errors)")
      #expect(run.errorLines.count == 1, "\(run.errors)")
      #expect(
        run.errors.contains("rank 0: rank 2 has given no sign of life for 4 s"), "\(run.errors)")
    }
  }

  @Test("a rank that waits says so, also where others keep its core busy")
  func busyCore() throws {
    try withTemporaryFolder { folder in
      let job = try CloudJob(in: folder)
      let taskset = Program("/usr/bin/taskset")
      let hogs = try (0..<3).map { _ in
        try taskset.start(["-c", "0", "/bin/sh", "-c", "while :; do :; done"])
      }
      defer { for hog in hogs { kill(hog.id, SIGKILL) } }
      let run = try taskset.run(
        [
          "-c", "0", Program().path, "train", job.file, "--ranks", "3", "--quiet",
          "--set", "distribution.timeout=4", "--set", "distribution.mode=sync",
        ], environment: ["SOUNDER_FAULT": "rank=2,step=40,kind=stop"], timeoutSeconds: 120)
      #expect(run.status == 70 && !run.timedOut, "\(run.status) \(run.errors)")
      #expect(run.errors.contains("rank 2 has given no sign of life for 4 s"), "\(run.errors)")
      #expect(run.errors.contains("rank 1 waits for it in a reduction"), "\(run.errors)")
    }
  }

  @Test("a long epoch writes checkpoints at its validations")
  func parts() throws {
    try withTemporaryFolder { folder in
      let job = try CloudJob(in: folder)
      let settings = [
        "training.batch_size=4", "training.epochs=1", "training.validations_per_epoch=5",
      ]
      // 750 steps, of which 450 are in three whole parts.
      let fault = "rank=1,step=500,kind=kill"
      _ = try job.run(workers: 1, settings, fault: fault)
      #expect(!FileManager.default.fileExists(atPath: job.checkpoint), "the last one is not old")
      _ = try job.run(workers: 1, settings + ["output.checkpoint_seconds=0"], fault: fault)
      let resumed = try job.train(workers: 1, settings)
      #expect(resumed.result["samples"]?.int == 1200, "\(resumed.text)")
      #expect(resumed.result["epochs"] == 1)
    }
  }
}
