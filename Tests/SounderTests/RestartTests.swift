import Configuration
import Distributed
import Foundation
import HDF5
import TestSupport
import Testing
import sounder

/// `sounder train --max-restarts`: who starts a training again whose rank has died.
@Suite("Restarts", .serialized)
struct RestartTests {
  private let sounder = Program()

  /// Trains on three ranks, of which a worker has six steps an epoch.
  ///
  /// The fault comes again in each start.
  private func train(
    _ folder: URL, _ options: [String], fault: String?
  ) throws -> Program.Run {
    try sounder.run(
      ["train", "job.yaml", "--ranks", "3"] + options, in: folder,
      environment: fault.map { ["SOUNDER_FAULT": $0] } ?? [:], timeoutSeconds: 60)
  }

  private func epochs(_ path: String) throws -> [Double] {
    try File(opening: path).dataset("sounder/history/epoch").readAll(as: Double.self)
  }

  @Test(
    "a training whose rank dies or throws goes on from its newest checkpoint",
    arguments: [(1, "kill"), (2, "throw")])
  func restarts(rank: Int, kind: String) throws {
    try withTemporaryFolder { folder in
      let job = try SmallJob(in: folder, epochs: 3)
      let run = try train(
        folder, ["--max-restarts", "5"], fault: "rank=\(rank),step=9,kind=\(kind)")
      #expect(run.status == 0, "\(run.status) \(run.errors)")
      for line in [
        "sounder: restart 1 of 5, from epoch 2 in model.checkpoint.h5: ",
        "sounder: restart 2 of 5, from epoch 3 in model.checkpoint.h5: ",
      ] { #expect(run.errors.contains(line), "'\(line)' is not in\n\(run.errors)") }
      #expect(!run.errors.contains("restart 3"), "\(run.errors)")
      // What the rank has said, or how it ended.
      let reason =
        kind == "kill" ? "signal 9" : "model.checkpoint.h5: rank 2: the fault that SOUNDER_FAULT"
      #expect(run.errors.contains(reason), "\(run.errors)")
      #expect(job.files == ["data.h5", "job.yaml", "model.h5"])
      #expect(try epochs(job.url("model.h5").path) == [1, 2, 3])
    }
  }

  @Test("a worker that hangs in each start is no obstacle: each goes on where the one before was")
  func hangs() throws {
    try withTemporaryFolder { folder in
      let job = try SmallJob(in: folder, epochs: 3)
      let run = try train(
        folder, ["--max-restarts", "5", "--set", "distribution.timeout=1"],
        fault: "rank=1,step=9,kind=stop")
      #expect(run.status == 0, "\(run.status) \(run.errors)")
      #expect(
        run.errors.contains("sounder: restart 1 of 5, from epoch 2 in model.checkpoint.h5: "),
        "\(run.errors)")
      #expect(run.errors.contains("wrote a checkpoint at epoch 2, "), "\(run.errors)")
      #expect(job.files == ["data.h5", "job.yaml", "model.h5"])
      #expect(try epochs(job.url("model.h5").path) == [1, 2, 3])
    }
  }

  @Test("it gives up after so many restarts, with the last code and a checkpoint")
  func givesUp() throws {
    try withTemporaryFolder { folder in
      let job = try SmallJob(in: folder, epochs: 9)
      let run = try train(
        folder, ["--max-restarts", "1"], fault: "rank=1,step=9,kind=kill")
      #expect(run.status == 70, "\(run.status) \(run.errors)")
      #expect(run.errorLines.count == 1, "\(run.errors)")
      #expect(run.errors.contains("signal 9"), "\(run.errors)")
      #expect(run.errors.contains("(after 1 restart)"), "\(run.errors)")
      #expect(job.files.contains("model.checkpoint.h5") && !job.files.contains("model.h5"))
      // Nothing is said of restarts where nothing but errors is wanted.
      let quiet = try train(
        folder, ["--max-restarts=1", "--quiet"], fault: "rank=1,step=3,kind=kill")
      #expect(quiet.status == 70)
      #expect(quiet.errors.split(separator: "\n").count == 1, "\(quiet.errors)")
    }
  }

  @Test("what would be wrong the next time as well is no reason to start again")
  func final() throws {
    try withTemporaryFolder { folder in
      let job = try SmallJob(in: folder)
      try Data("a precious model".utf8).write(to: job.url("model.h5"))
      let there = try train(folder, ["--max-restarts", "3"], fault: nil)
      #expect(there.status == 74 && !there.errors.contains("restart"), "\(there.errors)")
      #expect(job.bytes("model.h5") == Data("a precious model".utf8))
      // Nor is what was there before the next start's own where the first one ended before it saw that.
      try FileManager.default.moveItem(at: job.url("model.h5"), to: job.url("notes.json"))
      var restarted = false
      // A rank may have looked before its launcher is killed.
      for _ in 0..<8 where !restarted {
        let early = try sounder.start(
          ["train", "job.yaml", "--ranks", "3", "--max-restarts", "1", "--trace", "notes.json"],
          in: folder)
        var launchers: [Int32] = []
        while early.isRunning, launchers.isEmpty {
          usleep(1000)
          // The launcher's word, which the child that looks at the files first has not.
          launchers = Processes.children(of: early.id, with: "-n")
        }
        for launcher in launchers { kill(launcher, SIGKILL) }
        let second = early.wait()
        #expect(second.status == 74, "\(second.status) \(second.errors)")
        #expect(job.bytes("notes.json") == Data("a precious model".utf8))
        restarted = second.errors.contains("restart 1 of 1, from the beginning")
      }
      #expect(restarted)
      try FileManager.default.removeItem(at: job.url("notes.json"))
      try job.edit("target: labels}\n  validation", "target: nothing}\n  validation")
      let missing = try train(folder, ["--max-restarts", "3"], fault: nil)
      #expect(missing.status == 66 && !missing.errors.contains("restart"), "\(missing.errors)")
      #expect(missing.errorLines.count == 1, "\(missing.errors)")
    }
  }

  @Test("who asks for an end gets one, with a checkpoint")
  func stopped() throws {
    try withTemporaryFolder { folder in
      let job = try SmallJob(in: folder, epochs: 1_000_000)
      let running = try sounder.start(
        ["train", "job.yaml", "--ranks", "3", "--max-restarts", "9"], in: folder)
      #expect(running.waitForErrors(containing: "val_loss"), "\(running.errorsSoFar)")
      running.send(SIGTERM)
      let run = running.wait()
      #expect(run.status == 75, "\(run.status) \(run.errors)")
      #expect(!run.errors.contains("restart"), "\(run.errors)")
      #expect(job.files.contains("model.checkpoint.h5"))
    }
  }

  @Test("of a launcher that was killed no rank is left when the next ones begin")
  func launcherKilled() throws {
    try withTemporaryFolder { folder in
      let job = try SmallJob(in: folder, epochs: 1_000_000)
      let path = job.url("job.yaml").path
      let running = try sounder.start(
        ["train", path, "--ranks", "3", "--max-restarts", "1"], in: folder)
      #expect(running.waitForErrors(containing: "val_loss"), "\(running.errorsSoFar)")
      let ranks = (0...2).compactMap { Processes.rank($0, of: path) }
      let launchers = Processes.children(of: running.id)
      #expect(ranks.count == 3 && launchers.count == 1)
      for launcher in launchers { kill(launcher, SIGKILL) }
      let line = "sounder: restart 1 of 1, from epoch "
      #expect(running.waitForErrors(containing: line), "\(running.errorsSoFar)")
      let left = ranks.filter { Processes.exists($0) }
      #expect(left.isEmpty, "ranks \(ranks), of which \(left) are left")
      #expect(running.waitForErrors(containing: "resuming from"), "\(running.errorsSoFar)")
      running.send(SIGTERM)
      let run = running.wait()
      #expect(run.status == 75, "\(run.status) \(run.errors.suffix(2000))")
      // Nobody wrote a checkpoint behind that line.
      let epoch = run.errors.components(separatedBy: line).last?.prefix { $0.isNumber } ?? ""
      #expect(
        run.errors.contains("resuming from model.checkpoint.h5: the start of epoch \(epoch),"),
        "\(epoch): \(run.errors.suffix(2000))")
      #expect(run.errors.contains("mpirun was ended by signal 9"))
    }
  }

  @Test("--fresh counts until the run has a checkpoint of its own, which replaces all older ones")
  func fresh() throws {
    try withTemporaryFolder { folder in
      let job = try SmallJob(in: folder, epochs: 5)
      // Three epochs are done; two checkpoints of them are kept.
      #expect(try train(folder, [], fault: "rank=1,step=21").status == 70)
      let old = job.bytes("model.checkpoint.h5")
      #expect(old != nil && job.files.contains("model.checkpoint.1.h5"))

      let early = try train(
        folder, ["--fresh", "--max-restarts", "1"], fault: "rank=1,step=3")
      #expect(early.status == 70, "\(early.errors)")
      #expect(early.errors.contains("restart 1 of 1, from the beginning: "), "\(early.errors)")
      #expect(job.bytes("model.checkpoint.h5") == old)

      let once = try train(folder, ["--fresh"], fault: "rank=1,step=9")
      #expect(once.status == 70, "\(once.errors)")
      #expect(job.files == ["data.h5", "job.yaml", "model.checkpoint.h5"])

      let run = try train(folder, ["--fresh", "--max-restarts", "9"], fault: "rank=1,step=9")
      #expect(run.status == 0, "\(run.errors)")
      #expect(run.errors.contains("restart 1 of 9, from epoch 2 in"), "\(run.errors)")
      #expect(run.errors.contains("restart 4 of 9, from epoch 5 in"), "\(run.errors)")
      #expect(try epochs(job.url("model.h5").path) == [1, 2, 3, 4, 5])
      #expect(job.files == ["data.h5", "job.yaml", "model.h5"])
    }
  }

  @Test("a job that somebody else started cannot be started again from inside")
  func withoutRanks() throws {
    try withTemporaryFolder { folder in
      _ = try SmallJob(in: folder)
      for ranks in [nil, 2] {
        let run = try sounder.run(
          ["train", "job.yaml", "--max-restarts", "3"], ranks: ranks, in: folder)
        #expect(run.status == 64, "\(run.status) \(run.errors)")
        #expect(run.errorLines.count == 1, "\(run.errors)")
        #expect(run.errors.contains("--max-restarts needs --ranks"), "\(run.errors)")
      }
    }
  }

  @Test("ranks on the hosts of a file are started again, too")
  func hosts() throws {
    try withTemporaryFolder { folder in
      let job = try SmallJob(in: folder, epochs: 3)
      let isOpenMPI = try sounder.run(["doctor"]).output.contains("Open MPI")
      let line = isOpenMPI ? "localhost slots=3\n" : "localhost:3\n"
      try Data(line.utf8).write(to: job.url("hosts"))
      let run = try train(
        folder, ["--hostfile", "hosts", "--max-restarts", "3"], fault: "rank=1,step=9,kind=kill")
      #expect(run.status == 0, "\(run.status) \(run.errors)")
      #expect(
        run.errors.contains("sounder: restart 1 of 3, from epoch 2 in model.checkpoint.h5: "),
        "\(run.errors)")
      #expect(try epochs(job.url("model.h5").path) == [1, 2, 3])
    }
  }

  @Test("a file of hosts is one that can be read, and is about ranks that are started here")
  func badHosts() throws {
    try withTemporaryFolder { folder in
      let job = try SmallJob(in: folder)
      try Data("# node1\n\n".utf8).write(to: job.url("none"))
      for (arguments, status, words) in [
        (["--hostfile", "nowhere", "--ranks", "2"], 66, "nowhere: there is no such file of hosts"),
        (["--hostfile", ".", "--ranks", "2", "--max-restarts", "2"], 74, "cannot be read"),
        (["--hostfile", "none", "--ranks", "2"], 65, "names none"),
        (["--hostfile", "none"], 64, "--hostfile needs --ranks"),
      ] as [([String], Int32, String)] {
        let run = try sounder.run(["train", "job.yaml"] + arguments, in: folder)
        #expect(run.status == status, "\(arguments): \(run.status) \(run.errors)")
        #expect(run.errorLines.count == 1 && run.errors.contains(words), "\(run.errors)")
      }
      #expect(job.files == ["data.h5", "job.yaml", "none"])
    }
  }

  @Test("each launcher gets the hosts in its own way")
  func dialects() {
    #expect(
      MPIDialect.openMPI.arguments(rankCount: 4, hostFile: "h", variables: ["A", "B"])
        == ["--hostfile", "h", "-x", "A", "-x", "B"] + MPIDialect.openMPI.arguments(rankCount: 4))
    #expect(
      MPIDialect.hydra.arguments(rankCount: 4, hostFile: "h", variables: ["A", "B"])
        == ["-f", "h"] + MPIDialect.hydra.arguments(rankCount: 4))
  }

  @Test(
    "a later start resumes what the run has written, and may replace it",
    arguments: [
      (["train", "a.yaml"], false, true, ["train", "a.yaml"]),
      (["train", "a.yaml", "--fresh"], true, true, ["train", "a.yaml", "--overwrite"]),
      (
        ["train", "--fresh", "a.yaml"], true, false, ["train", "--fresh", "a.yaml", "--overwrite"]
      ),
      (["train", "--overwrite", "--", "a"], true, true, ["train", "--overwrite", "--", "a"]),
      (["train", "--", "--fresh"], true, true, ["train", "--overwrite", "--", "--fresh"]),
    ])
  func again(given: [String], replaces: Bool, resumes: Bool, expected: [String]) {
    #expect(Supervisor.again(given, replaces: replaces, resumes: resumes) == expected)
  }

  @Test("check notes a damaged checkpoint that train would pass over")
  func check() throws {
    try withTemporaryFolder { folder in
      let job = try SmallJob(in: folder, epochs: 5)
      #expect(try train(folder, [], fault: "rank=1,step=21").status == 70)
      var bytes = try #require(job.bytes("model.checkpoint.h5"))
      bytes[bytes.count / 2] ^= 1
      try bytes.write(to: job.url("model.checkpoint.h5"))
      let noted = try sounder.run(["check", "job.yaml"], in: folder)
      #expect(noted.status == 0, "\(noted.errors)")
      #expect(noted.output.contains("model.checkpoint.h5 is damaged (its checksum is wrong)"))
      #expect(noted.output.contains("model.checkpoint.1.h5, an earlier one"), "\(noted.output)")
      #expect(job.bytes("model.checkpoint.h5") == bytes, "check changes nothing")
      try FileManager.default.removeItem(at: job.url("model.checkpoint.1.h5"))
      let failed = try sounder.run(["check", "job.yaml"], in: folder)
      #expect(failed.status == 65, "\(failed.output)")
    }
  }
}
