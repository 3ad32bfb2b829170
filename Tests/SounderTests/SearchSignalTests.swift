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

  private func stopped(_ way: Way, _ search: CloudSearch, _ epochs: Int) throws -> Bool {
    let running = try search.start(way.arguments, ranks: way.ranks)
    running.send(way.signal)
    let first = running.wait(timeoutSeconds: 240)
    if first.status == 0 { return false }
    try #require(!first.timedOut, "it hangs: \(first.errors)")
    #expect(first.status == ExitCode.stoppedEarly, "\(first.errors)")
    let last = try Value(json: first.output.split(separator: "\n").last.map(String.init) ?? "")
    #expect(last["outcome"] == "stopped_early", "\(first.output)")
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
