import Configuration
import Foundation
import HyperOpt
import TestSupport
import Testing

/// A search that is asked to stop, and gone on with.
@Suite("A search that is stopped by a signal", .serialized)
struct SearchSignalTests {
  /// How the search runs and who gets the signal.
  enum Way: String, CaseIterable {
    case mpirunUser1, launcherInterrupt, launcherTerminate, groupsOfTwo, alone, repeats

    var signal: Int32 {
      switch self {
      case .launcherInterrupt, .alone: SIGINT
      case .launcherTerminate: SIGTERM
      default: SIGUSR1
      }
    }
    /// The ranks of `mpirun`, which gets the signal itself.
    var ranks: Int? {
      switch self {
      case .mpirunUser1, .repeats: 3
      case .groupsOfTwo: 5
      default: nil
      }
    }
    var arguments: [String] {
      self == .launcherInterrupt || self == .launcherTerminate ? ["--ranks", "3"] : []
    }
    var section: String {
      switch self {
      case .groupsOfTwo: "sampler: random\ntrials: 2\nranks_per_trial: 2"
      case .repeats: "sampler: random\ntrials: 1\nrepeats: 3"
      default: "sampler: random\ntrials: 2"
      }
    }
    var trialCount: Int { self == .repeats ? 1 : 2 }
  }

  @Test(
    "it leaves checkpoints and 75; the same command ends it, and no epoch is trained twice",
    arguments: Way.allCases)
  func stopped(way: Way) throws {
    // A search that has ended before its signal proves nothing: it is made longer.
    for epochs in [600, 6_000, 60_000] {
      let tried = try withTemporaryFolder { folder in
        try stopped(way, CloudSearch(in: folder, way.section, epochs: "\(epochs)"), epochs)
      }
      if tried { return }
    }
    Issue.record("the search always ended before its signal")
  }

  @Test("folds run side by side, and those that are done are not trained again")
  func folds() throws {
    // What comes too soon or too late for both folds proves nothing, and is tried with more time.
    for (epochs, pause) in [(1_000, 0.5), (4_000, 2), (16_000, 8)] {
      let tried = try withTemporaryFolder { folder in
        let search = try CloudSearch(
          in: folder, "sampler: random\ntrials: 1\nfolds: 3", epochs: "\(epochs)")
        let running = try search.start(ranks: 3)
        usleep(UInt32(pause * 1e6))
        running.send(SIGUSR1)
        let first = running.wait(timeoutSeconds: 300)
        try #require(!first.timedOut, "it hangs: \(first.errors)")
        let together = (1...2).allSatisfy {
          search.has("best.trials/trial-0.run-\($0).checkpoint.h5")
        }
        guard first.status == ExitCode.stoppedEarly, together else { return false }
        #expect(try search.reports().map(\.step) == [1], "the first fold went ahead")
        try search.run(ranks: 3, timeoutSeconds: 600)
        let trial = try #require(try search.history().complete.first)
        #expect(CloudSearch.list("runs", of: trial).count == 3)
        #expect(try search.reports().map(\.step).sorted() == [1, 2, 3], "none was trained twice")
        return true
      }
      if tried { return }
    }
    Issue.record("two folds never ran side by side")
  }

  private func stopped(_ way: Way, _ search: CloudSearch, _ epochs: Int) throws -> Bool {
    let running = try search.start(way.arguments, ranks: way.ranks)
    running.send(way.signal)
    let first = running.wait(timeoutSeconds: 240)
    try #require(!first.timedOut, "it hangs: \(first.errors)")
    let line = first.output.split(separator: "\n").last.map(String.init) ?? ""
    let outcome = (try? Value(json: line))?["outcome"]
    if first.status == 0, outcome != "stopped_early" { return false }
    // MPICH's launcher, started by hand, may end with 0 where ranks have ended with another code.
    let mayLose = Launch.isHydra && way.ranks != nil && first.status == 0
    #expect(first.status == ExitCode.stoppedEarly || mayLose, "\(first.status) \(first.errors)")
    #expect(outcome == "stopped_early", "\(first.output)")
    let stopped = try search.history()
    let files = try FileManager.default.contentsOfDirectory(atPath: search.url("best.trials").path)
    for trial in stopped.trials where !trial.state.isFinished && !trial.reports.isEmpty {
      #expect(trial.state == .running)
      #expect(
        files.contains { $0.hasPrefix("trial-\(trial.number).") && $0.hasSuffix(".checkpoint.h5") },
        "\(trial.number): \(files)")
    }
    try search.run(way.arguments, ranks: way.ranks, timeoutSeconds: 600)
    let history = try search.history()
    #expect(history.trials.count == way.trialCount)
    #expect(history.complete.count == way.trialCount)
    #expect(search.has("best.h5"))
    let reports = try search.reports()
    #expect(Set(reports).count == reports.count, "an epoch was trained twice")
    for trial in history.trials {
      #expect(reports.filter { $0.trial == trial.number }.map(\.step) == Array(1...epochs))
    }
    return true
  }
}
