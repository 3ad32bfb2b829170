import Configuration
import Foundation
import HyperOpt
import TestSupport
import Testing

@Suite("sounder search in steps", .serialized)
struct IsolateTests {
  private let sounder = Program()

  /// A small job whose learning rate is searched.
  private func withSearch(
    trials: Int, epochs: Int, _ body: (SmallJob) throws -> Void
  ) throws {
    try withTemporaryFolder { folder in
      let job = try SmallJob(in: folder, epochs: epochs)
      try job.edit(
        "learning_rate: 0.05", "learning_rate: {search: log-float, low: 0.01, high: 0.1, name: lr}")
      try job.edit(
        "output:",
        """
        search:
          objective: val_accuracy
          sampler: random
          pruner: none
          trials: \(trials)
          ranks_per_trial: 2
          retries: 1
        output:
        """)
      try body(job)
    }
  }

  private func events(_ run: Program.Run) throws -> [Value] {
    try run.output.split(separator: "\n").map { try Value(json: String($0)) }
  }

  @Test("trains each trial under an mpirun of its own, and keeps the best model")
  func isolate() throws {
    try withSearch(trials: 3, epochs: 4) { job in
      let run = try sounder.run(
        ["search", "job.yaml", "--isolate", "--ranks", "4", "--json"], in: job.folder)
      #expect(run.status == 0, "\(run.errors)")
      let last = try #require(try events(run).last)
      #expect(last["complete"] == 3 && last["failed"] == 0, "\(run.output)")
      #expect(job.bytes("model.h5") != nil)
      let study = try Study(opening: job.url("model.study.log").path)
      #expect(study.history.complete.allSatisfy { $0.reports.count == 4 })
    }
  }

  @Test("trials that are jobs of their own take no file of hosts")
  func hosts() throws {
    try withSearch(trials: 3, epochs: 4) { job in
      let run = try sounder.run(
        ["search", "job.yaml", "--isolate", "--ranks", "4", "--hostfile", "hosts"], in: job.folder)
      #expect(run.status == 64 && run.errorLines.count == 1, "\(run.status) \(run.errors)")
      #expect(run.errors.contains("--hostfile is for the ranks of one MPI job"), "\(run.errors)")
    }
  }

  @Test("kill -9 of a rank costs one trial, which is tried again")
  func killedRank() throws {
    try withSearch(trials: 4, epochs: 100) { job in
      let running = try sounder.start(
        ["search", "job.yaml", "--isolate", "--ranks", "4", "--json"], in: job.folder)
      let rank = try #require(Self.rank(of: running, timeoutSeconds: 30))
      kill(rank, SIGKILL)
      let run = running.wait(timeoutSeconds: 120)
      #expect(run.status == 0, "\(run.errors)")
      let study = try Study(opening: job.url("model.study.log").path)
      let failed = study.history.trials.filter { $0.state == .failed }
      #expect(failed.count == 1)
      #expect(study.history.complete.count == 4)
      let lost = try #require(failed.first)
      guard case .string(let reason)? = lost.userAttributes["reason"]?.kind else {
        Issue.record("no reason: \(lost)")
        return
      }
      #expect(reason.contains("signal 9"), "\(reason)")
      #expect(study.history.complete.contains { $0.parameters == lost.parameters })
    }
  }

  @Test("a signal leaves checkpoints, and the same command goes on")
  func resumed() throws {
    try withSearch(trials: 3, epochs: 100) { job in
      let arguments = ["search", "job.yaml", "--isolate", "--ranks", "4", "--json"]
      let running = try sounder.start(arguments, in: job.folder)
      let journal = job.url("model.study.log")
      let limit = Date().addingTimeInterval(Program.patience * 30)
      while Date() < limit, running.isRunning,
        (try? String(contentsOf: journal, encoding: .utf8))?.contains("\"op_code\":7") != true
      { usleep(5_000) }
      running.send(SIGTERM)
      let first = running.wait(timeoutSeconds: 60)
      #expect(first.status == ExitCode.stoppedEarly, "\(first.errors)")
      let second = try sounder.run(arguments, in: job.folder, timeoutSeconds: 120)
      #expect(second.status == 0, "\(second.errors)")
      let study = try Study(opening: job.url("model.study.log").path)
      #expect(study.history.complete.count == 3)
      #expect(study.history.trials.count == 3)
    }
  }

  @Test("a command is tuned, with its placeholders filled and its values read")
  func command() throws {
    try withTemporaryFolder { folder in
      let text = """
        search:
          objective: {metric: loss, direction: minimize}
          sampler: random
          pruner: none
          trials: 6
          command: sh -c 'echo "order $1 of $0"; echo "loss=$2"' {trial} {order} {dt}
          report: {pattern: 'loss=(?<value>\\S+)'}
          parameters:
            dt: {search: log-float, low: 1e-4, high: 1e-1}
            order: {search: int, low: 1, high: 4}

        """
      let url = folder.appendingPathComponent("solver.yaml")
      try text.write(to: url, atomically: true, encoding: .utf8)
      let run = try sounder.run(["search", "solver.yaml", "--ranks", "3", "--json"], in: folder)
      #expect(run.status == 0, "\(run.errors)")
      let study = try Study(opening: folder.appendingPathComponent("solver.study.log").path)
      #expect(study.history.complete.count == 6)
      for trial in study.history.complete { #expect(trial.values == [trial.parameters["dt"] ?? 0]) }
      // Another command is another study.
      try text.replacingOccurrences(of: "order $1", with: "degree $1")
        .write(to: url, atomically: true, encoding: .utf8)
      let other = try sounder.run(["search", "solver.yaml", "--ranks", "3"], in: folder)
      #expect(other.status == ExitCode.data, "\(other.errors)")
      #expect(other.errorLines.count == 1)
    }
  }

  /// A rank of a step that `running` has just started: a `sounder trial` whose
  /// ancestor it is.
  private static func rank(of running: RunningProgram, timeoutSeconds: Double) -> Int32? {
    let end = Date().addingTimeInterval(Program.patience * timeoutSeconds)
    while Date() < end, running.isRunning {
      let ranks = ProcessTree.descendants(of: running.id).filter { process in
        guard let line = try? Data(contentsOf: URL(fileURLWithPath: "/proc/\(process)/cmdline"))
        else { return false }
        let words = line.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
        return words.count > 1 && words[0].hasSuffix("/sounder") && words[1] == "trial"
      }
      if ranks.count >= 2 { return ranks.max() }
      usleep(20_000)
    }
    return nil
  }
}
