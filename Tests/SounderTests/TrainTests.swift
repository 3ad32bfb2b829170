import Configuration
import Foundation
import TestSupport
import Testing

@Suite("sounder train")
struct TrainTests {
  private let sounder = Program()

  private func withJob(epochs: Int = 3, _ body: (SmallJob) throws -> Void) throws {
    try withTemporaryFolder { try body(try SmallJob(in: $0, epochs: epochs)) }
  }

  /// Standard output as JSON lines; every line must be one.
  private func lines(_ run: Program.Run) throws -> [Value] {
    try run.output.split(separator: "\n").map { try Value(json: String($0)) }
  }

  @Test("trains alone and on ranks that it starts itself", arguments: [nil, 1, 3])
  func trains(ranks: Int?) throws {
    try withJob(epochs: 20) { job in
      let launch = ranks.map { ["--ranks", "\($0)"] } ?? []
      let run = try sounder.run(["train", "job.yaml", "--json"] + launch, in: job.folder)
      #expect(run.status == 0, "\(run.errors)")
      let lines = try lines(run)
      #expect(lines.count == 21)
      #expect(lines.first?["event"] == "epoch" && lines.first?["epoch"] == 1)
      #expect(lines.last?["event"] == "finished")
      #expect(lines.last?["epochs"] == 20)
      #expect((lines.last?["val_accuracy"]?.number ?? 0) > 0.95, "\(run.output)")
      #expect(job.files == ["data.h5", "job.yaml", "model.h5"])
    }
  }

  @Test(
    "several workers tell how stale their updates were, one does not, and synchronous ones have none"
  )
  func staleness() throws {
    try withJob { job in
      func run(_ ranks: Int, _ mode: String) throws -> (last: Value, errors: String) {
        let run = try sounder.run(
          [
            "train", "job.yaml", "--overwrite", "--json", "--ranks", "\(ranks)", "--set",
            "distribution.mode=\(mode)",
          ], in: job.folder)
        #expect(run.status == 0, "\(run.errors)")
        return (try #require(try lines(run).last), run.errors)
      }
      // 120 rows in batches of 10, three epochs.
      let two = try run(3, "easgd")
      #expect(two.errors.contains("staleness of 2 updates: mean "), "\(two.errors)")
      guard case .list(let counts)? = two.last["staleness_counts"]?.kind else {
        Issue.record("no counts in \(two.last.json)")
        return
      }
      #expect(counts.compactMap(\.int).reduce(0, +) == 2)
      #expect(counts.last?.int != 0)
      for key in ["staleness_mean", "staleness_p95", "staleness_largest"] {
        #expect(two.last[key] != nil, "\(key) is not in \(two.last.json)")
      }
      let one = try run(2, "{dynsgd: {interval: 2}}")
      #expect(one.last["staleness_counts"] == Value(.list([Value(.int(18))])))
      #expect(!one.errors.contains("staleness"))
      let sync = try run(3, "localsgd")
      #expect(sync.last["staleness_counts"] == nil && !sync.errors.contains("staleness"))
      #expect(sync.last["exchange"]?.summary.contains("localsgd, interval 50") == true)
    }
  }

  @Test("an option beside the mode is refused with where it stands")
  func modeOption() throws {
    try withJob { job in
      try job.edit("output:", "distribution: {mode: easgd, interval: 8}\noutput:")
      for command in ["train", "check"] {
        let run = try sounder.run([command, "job.yaml"], in: job.folder)
        #expect(run.status == 65)
        #expect(
          (run.output + run.errors).contains("mode: {easgd: {interval: 8}}"),
          "\(run.output)\(run.errors)")
      }
    }
  }

  @Test("what is wrong between sections is refused, by check as by train")
  func betweenSections() throws {
    try withJob { job in
      let mode = "--set=distribution.mode=gem"
      let optimizer = "--set=training.optimizer=ftrl"
      for command in ["train", "check"] {
        let run = try sounder.run([command, "job.yaml", mode, optimizer], in: job.folder)
        #expect(run.status == 64 || run.status == 65)
        #expect(
          (run.output + run.errors).contains("ftrl computes the weights anew"),
          "\(run.output)\(run.errors)")
      }
    }
  }

  @Test("a log has one line per epoch and no control characters")
  func log() throws {
    try withJob { job in
      let run = try sounder.run(["train", "job.yaml", "--ranks", "2"], in: job.folder)
      #expect(run.status == 0)
      let epochs = run.errors.split(separator: "\n").filter { $0.hasPrefix("epoch ") }
      #expect(epochs.count == 3, "\(run.errors)")
      for line in epochs {
        for word in ["loss ", "accuracy ", "val_loss ", "val_accuracy ", "samples/s", " s"] {
          #expect(line.contains(word), "\(line)")
        }
      }
      let isPlain = run.errors.allSatisfy {
        $0 == "\n" || !$0.isASCII || ($0.asciiValue ?? 0) >= 32
      }
      #expect(isPlain, "\(run.errors.debugDescription)")
      #expect(run.output.hasPrefix("wrote model.h5"))
    }
  }

  @Test("a terminal gets a bar that fits its width, without colors when they are not wanted")
  func bar() throws {
    try withJob(epochs: 40) { job in
      let run = try sounder.run(
        ["train", "job.yaml"], in: job.folder,
        environment: ["SOUNDER_TERMINAL": "60", "NO_COLOR": "1", "TERM": "xterm"])
      #expect(run.status == 0)
      let bars = run.errors.split(separator: "\r").filter { $0.hasSuffix("\u{1b}[K") }
      #expect(!bars.isEmpty)
      #expect(!run.errors.contains("\u{1b}[3"))
      for bar in bars {
        let last = bar.split(separator: "\n").last ?? ""
        #expect(last.count - 3 < 60, "\(last.debugDescription)")
      }
    }
  }

  @Test("quiet leaves the result and nothing else")
  func quiet() throws {
    try withJob { job in
      let run = try sounder.run(["train", "job.yaml", "--quiet"], in: job.folder)
      #expect(run.status == 0)
      #expect(run.errors.isEmpty, "\(run.errors)")
      #expect(run.output.split(separator: "\n").count == 1)
    }
  }

  @Test("--set and --seed change the job, and the seed decides the result")
  func overrides() throws {
    try withJob { job in
      func loss(_ arguments: [String]) throws -> Value? {
        let run = try sounder.run(
          ["train", "job.yaml", "--json", "--overwrite", "--set", "training.epochs=1"] + arguments,
          in: job.folder)
        #expect(run.status == 0, "\(run.errors)")
        let lines = try lines(run)
        #expect(lines.count == 2)
        return lines.last?["val_loss"]
      }
      let first = try loss(["--seed", "5"])
      #expect(try loss(["--set", "training.seed=5"]) == first)
      #expect(try loss(["--seed", "6"]) != first)
      #expect(try loss(["--seed", "5", "--set", "training.batch_size=20"]) != first)
    }
  }

  @Test("a second run overwrites nothing, unless it is told to")
  func secondRun() throws {
    try withJob { job in
      #expect(try sounder.run(["train", "job.yaml"], in: job.folder).status == 0)
      let model = try #require(job.bytes("model.h5"))
      let second = try sounder.run(["train", "job.yaml", "--seed", "9"], in: job.folder)
      #expect(second.status != 0)
      #expect(second.errorLines.first?.contains("--overwrite") == true)
      #expect(job.bytes("model.h5") == model)
      let third = try sounder.run(
        ["train", "job.yaml", "--seed", "9", "--overwrite"], in: job.folder)
      #expect(third.status == 0)
      #expect(third.errors.contains("model.h5"), "the replacement should be said")
      #expect(job.bytes("model.h5") != model)
    }
  }
}

@Suite("--ranks", .serialized)
struct LauncherTests {
  private let sounder = Program()

  @Test("is refused under mpirun, with one line")
  func nested() throws {
    try withTemporaryFolder { folder in
      _ = try SmallJob(in: folder)
      let run = try sounder.run(["train", "job.yaml", "--ranks", "2"], ranks: 2, in: folder)
      #expect(run.status == ExitCode.usage)
      #expect(run.errorLines.count == 1, "\(run.errors)")
      #expect(run.errors.contains("leave --ranks out"))
    }
  }

  @Test("a launcher of another MPI is found out by all, and said by one")
  func otherLauncher() throws {
    // Hydra is MPICH's: this build is Open MPI's wherever the two differ.
    let isOpenMPI = try sounder.run(["doctor"]).output.contains("Open MPI")
    let hydra = "/usr/bin/mpiexec.hydra"
    guard isOpenMPI, FileManager.default.isExecutableFile(atPath: hydra) else {
      try Test.cancel("needs MPICH's launcher beside Open MPI's library")
    }
    try withTemporaryFolder { folder in
      let job = try SmallJob(in: folder)
      let run = try Program(hydra).run(
        ["-n", "2", sounder.path, "train", "job.yaml"], in: folder)
      #expect(run.status == 70)
      #expect(run.errorLines.count == 1, "\(run.errors)")
      #expect(run.errors.contains("srun --mpi=pmix"))
      #expect(job.bytes("model.h5") == nil)
    }
  }

  @Test("takes sensible numbers only", arguments: ["0", "-1", "x", "1.5", "99999999999999999999"])
  func numbers(ranks: String) throws {
    let run = try sounder.run(["train", "job.yaml", "--ranks=\(ranks)"])
    #expect(run.status == ExitCode.usage)
    #expect(run.errorLines.count == 1)
  }

  @Test("says what to install when there is no mpirun")
  func noLauncher() throws {
    try withTemporaryFolder { folder in
      _ = try SmallJob(in: folder)
      let run = try sounder.run(
        ["train", "job.yaml", "--ranks", "2"], in: folder, environment: ["PATH": "/nonexistent"])
      #expect(run.status == ExitCode.fault)
      #expect(run.errorLines.count == 1)
      #expect(run.errors.contains("apt-get install"))
    }
  }

  @Test("shows one line for a rank that throws, and no banner")
  func fault() throws {
    try withTemporaryFolder { folder in
      let job = try SmallJob(in: folder)
      let run = try sounder.run(
        ["train", "job.yaml", "--ranks", "3", "--quiet"], in: folder,
        environment: ["SOUNDER_FAULT": "rank=2,step=2"])
      #expect(run.status == 70)
      #expect(run.errors.split(separator: "\n").count == 1, "\(run.errors)")
      #expect(run.errors.contains("rank 2"))
      #expect(job.bytes("model.h5") == nil)
    }
  }

  @Test(
    "shows one line for a rank that is killed, the server too, on one node and on several",
    arguments: [(0, 3, nil), (1, 3, nil), (0, 5, "2")])
  func killed(rank: Int, ranks: Int, nodes: String?) throws {
    try withTemporaryFolder { folder in
      let job = try SmallJob(in: folder, epochs: 1_000_000)
      let file = job.url("job.yaml").path
      let running = try sounder.start(
        ["train", file, "--ranks", "\(ranks)", "--quiet"], in: folder,
        environment: nodes.map { ["SOUNDER_NODE_RANKS": $0] } ?? [:])
      // The job trains when its first checkpoint is there.
      try #require(Program.wait { job.bytes("model.checkpoint.h5") } != nil)
      kill(try #require(Processes.rank(rank, of: file)), SIGKILL)
      let run = running.wait(timeoutSeconds: 40)
      #expect(!run.timedOut)
      #expect(run.status == 70)
      #expect(run.errors.split(separator: "\n").count == 1, "\(run.errors)")
      #expect(run.errors.contains("signal 9"), "\(run.errors)")
      #expect(job.bytes("model.checkpoint.h5") != nil && job.bytes("model.h5") == nil)
    }
  }

  /// Starts a training that would take hours, and asks it to end after its first epochs.
  private func stopped(_ arguments: [String], by signal: Int32, in folder: URL) throws
    -> Program.Run
  {
    let running = try sounder.start(["train", "job.yaml", "--json"] + arguments, in: folder)
    #expect(running.waitForErrors(containing: "val_loss"), "\(running.errorsSoFar)")
    running.send(signal)
    let run = running.wait()
    #expect(run.status == ExitCode.stoppedEarly, "\(run.errors)")
    #expect(run.errorLines.isEmpty)
    #expect(run.errors.contains("the same command resumes"))
    return run
  }

  private func lines(_ run: Program.Run) throws -> [Value] {
    try run.output.split(separator: "\n").map { try Value(json: String($0)) }
  }

  @Test(
    "a request to end leaves a checkpoint and 75, and the same command resumes on other ranks",
    arguments: [(SIGUSR1, 3, 2), (SIGTERM, 2, 3), (SIGINT, 3, 1)])
  func stopped(signal: Int32, ranks: Int, resumedRanks: Int) throws {
    try withTemporaryFolder { folder in
      let job = try SmallJob(in: folder, epochs: 1_000_000)
      let kept: Set = ["data.h5", "job.yaml", "model.checkpoint.h5", "model.checkpoint.1.h5"]
      let first = try lines(try stopped(["--ranks", "\(ranks)"], by: signal, in: folder))
      #expect(job.files == kept)
      #expect(first.last?["event"] == "stopped_early")
      let done = try #require(first.last?["epochs"]?.int)
      #expect(done >= 1)
      let second = try lines(
        try stopped(["--ranks", "\(resumedRanks)"], by: SIGUSR1, in: folder))
      #expect(second.first?["epoch"] == Value(.int(done + 1)), "it should go on where it stopped")
      #expect(job.files == kept)
    }
  }

  @Test(
    "a process alone stops with a checkpoint, too, which --fresh leaves aside",
    arguments: [
      SIGUSR1, SIGTERM,
    ])
  func stoppedAlone(signal: Int32) throws {
    try withTemporaryFolder { folder in
      let job = try SmallJob(in: folder, epochs: 1_000_000)
      _ = try stopped([], by: signal, in: folder)
      #expect(job.files.contains("model.checkpoint.h5"))
      let fresh = try lines(try stopped(["--fresh"], by: signal, in: folder))
      #expect(fresh.first?["epoch"] == 1)
    }
  }

  @Test("a stopped training that is resumed to its end leaves the model alone")
  func resumedToTheEnd() throws {
    try withTemporaryFolder { folder in
      let job = try SmallJob(in: folder, epochs: 3)
      // Twelve batches an epoch, two workers: the fault comes in the second epoch.
      let fault = ["SOUNDER_FAULT": "rank=1,step=9"]
      let command = ["train", "job.yaml", "--ranks", "3"]
      #expect(try sounder.run(command, in: folder, environment: fault).status == 70)
      #expect(job.files == ["data.h5", "job.yaml", "model.checkpoint.h5"])
      let second = try sounder.run(command + ["--json"], in: folder)
      #expect(second.status == 0, "\(second.errors)")
      #expect(try lines(second).first?["epoch"] == 2)
      #expect(try lines(second).last?["epochs"] == 3)
      #expect(job.files == ["data.h5", "job.yaml", "model.h5"])
    }
  }

  @Test("a second Ctrl-C ends the job at once")
  func impatient() throws {
    try withTemporaryFolder { folder in
      let job = try SmallJob(in: folder, epochs: 100_000)
      let running = try sounder.start(["train", "job.yaml", "--ranks", "2"], in: folder)
      #expect(running.waitForErrors(containing: "epoch 2/"))
      running.send(SIGINT)
      running.send(SIGINT)
      let run = running.wait(timeoutSeconds: 30)
      #expect(!run.timedOut)
      #expect([130, ExitCode.stoppedEarly].contains(run.status), "\(run.status) \(run.errors)")
      #expect(job.bytes("model.h5") == nil)
    }
  }
}
