import Configuration
import Foundation
import TestSupport
import Testing

/// What the batch scripts do when the ranks end, under a Slurm that is two small programs.
@Suite("Batch scripts")
struct BatchScriptTests {
  /// The scripts that start a training again.
  enum Script: CaseIterable {
    /// The one that `sounder submit` writes.
    case submit
    /// `jobs/train.sbatch`.
    case train
  }

  /// A job's folder with an `srun` whose starts end as they are told, and an `scontrol` that takes notes.
  private struct Cluster {
    let job: SmallJob
    private let script: Script
    private let most: Int

    /// `ends` are lines of shell, one for each start; a further one would end with 99.
    init(
      in folder: URL, _ script: Script, most: Int, ends: [String], submitting options: [String] = []
    ) throws {
      job = try SmallJob(in: folder)
      self.script = script
      self.most = most
      try write("ends", ends.map { $0 + "\n" }.joined())
      try write(
        "srun",
        """
        #!/bin/bash
        echo "$*" >>starts
        eval "$(sed -n "$(wc -l <starts)p" ends)"
        exit 99

        """)
      try write("scontrol", "#!/bin/bash\necho \"$*\" >>requeues\n")
      guard script == .submit else { return }
      let run = try Program().run(
        [
          "submit", "job.yaml", "--time", "10", "--tasks-per-node", "3", "--launcher", "srun",
          "--max-restarts", "\(most)",
        ] + options, in: folder, environment: ["PATH": "/usr/bin:/bin"])
      try #require(run.status == 0, "\(run.errors)")
    }

    private func write(_ name: String, _ text: String) throws {
      try text.write(to: job.url(name), atomically: true, encoding: .utf8)
      try FileManager.default.setAttributes(
        [.posixPermissions: 0o755], ofItemAtPath: job.url(name).path)
    }

    /// Runs the script; `signal` comes when a start has made the file `ready`.
    func run(requeued count: Int = 0, signal: Int32? = nil) throws -> Program.Run {
      let path = fixture("../../jobs/train.sbatch").standardizedFileURL.path
      let running = try Program("/bin/bash").start(
        script == .submit ? ["job.sbatch"] : [path, "job.yaml"], in: job.folder,
        environment: [
          "PATH": "\(job.folder.path):/usr/bin:/bin", "SLURM_JOB_ID": "7",
          "SLURM_RESTART_COUNT": "\(count)", "MAX_RESTARTS": "\(most)", "SOUNDER": "sounder",
          "SOUNDER_LAUNCHER": "srun",
        ])
      if let signal {
        while running.isRunning, !job.files.contains("ready") { usleep(2000) }
        running.send(signal)
      }
      return running.wait(timeoutSeconds: 20)
    }

    /// The command lines of all starts.
    var starts: [String] { lines("starts") }
    /// What Slurm was asked for.
    var requeues: [String] { lines("requeues") }

    private func lines(_ name: String) -> [String] {
      let text = (try? String(contentsOf: job.url(name), encoding: .utf8)) ?? ""
      return text.split(separator: "\n").map(String.init)
    }
  }

  /// A start that trains until it is told to stop, and ends with `code`.
  private static func untilStopped(_ code: Int) -> String {
    "trap 'exit \(code)' USR1; touch ready; while true; do sleep 0.02; done"
  }

  @Test(
    "what is done, or would be the same the next time, ends the job", arguments: Script.allCases,
    [0, 64, 65, 66, 74])
  func final(script: Script, code: Int32) throws {
    try withTemporaryFolder { folder in
      let cluster = try Cluster(in: folder, script, most: 3, ends: ["exit \(code)"])
      let run = try cluster.run()
      #expect(run.status == code && cluster.starts.count == 1, "\(run.output) \(run.errors)")
      #expect(cluster.requeues.isEmpty && run.errors.isEmpty, "\(run.errors)")
      // Only the script that is written for a job knows its model.
      let tells = run.output.contains("the model is /") && run.output.hasSuffix("/model.h5\n")
      #expect(tells == (script == .submit && code == 0), "\(run.output)")
    }
  }

  @Test("a rank that dies has the command started again", arguments: Script.allCases)
  func restarts(script: Script) throws {
    try withTemporaryFolder { folder in
      let cluster = try Cluster(
        in: folder, script, most: 3, ends: ["exit 137", "exit 139", "exit 70", "exit 0"])
      let run = try cluster.run()
      #expect(run.status == 0 && cluster.starts.count == 4, "\(run.output) \(run.errors)")
      #expect(run.output.contains("restart 3 of 3: "), "\(run.output)")
      #expect(cluster.requeues.isEmpty && run.errors.isEmpty, "\(run.errors)")
      #expect(cluster.starts.allSatisfy { $0.contains("sounder train job.yaml") })
    }
  }

  @Test(
    "but so often at most, and then the job ends with its code", arguments: Script.allCases, [0, 2])
  func most(script: Script, most: Int) throws {
    try withTemporaryFolder { folder in
      let cluster = try Cluster(
        in: folder, script, most: most, ends: [String](repeating: "exit 137", count: 5))
      let run = try cluster.run()
      #expect(run.status == 137 && cluster.starts.count == most + 1, "\(run.output)")
      #expect(cluster.requeues.isEmpty && run.errors.isEmpty, "\(run.errors)")
    }
  }

  @Test(
    "the signal before the time limit reaches the ranks, and the job is requeued",
    arguments: Script.allCases)
  func requeue(script: Script) throws {
    try withTemporaryFolder { folder in
      let cluster = try Cluster(
        in: folder, script, most: 1, ends: ["exit 137", Self.untilStopped(75)])
      // However often it was requeued before.
      let run = try cluster.run(requeued: 9, signal: SIGUSR1)
      #expect(run.status == 75 && cluster.starts.count == 2, "\(run.output) \(run.errors)")
      #expect(cluster.requeues == ["requeue 7"])
    }
  }

  @Test(
    "a rank that dies while checkpoints are written is no restart but a requeue, not for ever",
    arguments: Script.allCases, [1, 2])
  func diesLate(script: Script, requeued: Int) throws {
    try withTemporaryFolder { folder in
      let cluster = try Cluster(in: folder, script, most: 2, ends: [Self.untilStopped(137)])
      let run = try cluster.run(requeued: requeued, signal: SIGUSR1)
      #expect(run.status == 137 && cluster.starts.count == 1, "\(run.output) \(run.errors)")
      #expect(cluster.requeues == (requeued < 2 ? ["requeue 7"] : []))
    }
  }

  @Test("scancel ends the job", arguments: Script.allCases, [75, 137])
  func cancelled(script: Script, code: Int32) throws {
    try withTemporaryFolder { folder in
      let cluster = try Cluster(in: folder, script, most: 3, ends: [Self.untilStopped(Int(code))])
      let run = try cluster.run(signal: SIGTERM)
      #expect(run.status == code && cluster.starts.count == 1, "\(run.output) \(run.errors)")
      #expect(cluster.requeues.isEmpty)
    }
  }

  @Test("a training whose rank died behind the end is done")
  func atTheEnd() throws {
    try withTemporaryFolder { folder in
      let cluster = try Cluster(
        in: folder, .submit, most: 3,
        ends: [
          "echo part >model.h5; touch model.checkpoint.h5; exit 137",
          "rm model.checkpoint.h5; exit 137",
        ])
      let run = try cluster.run()
      #expect(run.status == 0 && cluster.starts.count == 2, "\(run.output) \(run.errors)")
      #expect(cluster.requeues.isEmpty && run.errors.isEmpty, "\(run.errors)")
    }
  }

  @Test("a model of before is no sign of the end", arguments: [false, true])
  func oldModel(isReplaced: Bool) throws {
    try withTemporaryFolder { folder in
      try Data("old".utf8).write(to: folder.appendingPathComponent("model.h5"))
      let cluster = try Cluster(
        in: folder, .submit, most: 3,
        ends: ["exit 137", isReplaced ? "echo new >model.h5; exit 137" : "exit 65"],
        submitting: ["--overwrite"])
      let run = try cluster.run()
      #expect(run.status == (isReplaced ? 0 : 65), "\(run.output) \(run.errors)")
      #expect(cluster.starts.count == 2)
      #expect(cluster.starts.allSatisfy { $0.hasSuffix("train job.yaml --overwrite") })
    }
  }

  @Test("what the run has written is no obstacle to its next start, what was there is")
  func own() throws {
    for isThere in [false, true] {
      try withTemporaryFolder { folder in
        let cluster = try Cluster(
          in: folder, .submit, most: 3, ends: ["touch h.csv; exit 137", "exit 0"],
          submitting: ["--set", "output.history_csv=h.csv"])
        // Since the script was written.
        if isThere { try Data("old".utf8).write(to: cluster.job.url("h.csv")) }
        #expect(try cluster.run().status == 0)
        #expect(
          cluster.starts.map { $0.hasSuffix(" --overwrite") } == [false, !isThere],
          "\(cluster.starts)")
      }
    }
  }
}
