import Configuration
import Foundation
import HyperOpt
import TestSupport
import Testing

/// Limits and sizes of groups, through the command line.
@Suite("A search within its limits", .serialized)
struct SearchLimitTests {
  /// Trainings that no test could wait for.
  private static let endless = "1000000"

  @Test(
    "time and node-hours end it with 0, what ran says so and keeps its checkpoint",
    arguments: [
      "wall_time: 2 s", "node_hours: 0.0005", "trial_time: 1 s\ntrials: 3",
    ], [nil, 3])
  func time(limit: String, ranks: Int?) throws {
    try withTemporaryFolder { folder in
      let search = try CloudSearch(in: folder, "sampler: random\n\(limit)", epochs: Self.endless)
      let last = try search.run(ranks: ranks)
      #expect(last["outcome"] == "finished")
      let history = try search.history()
      #expect(!history.trials.isEmpty)
      if limit.contains("trials") { #expect(history.trials.count == 3) }
      for trial in history.trials {
        #expect(trial.state == .pruned)
        guard case .string(let reason)? = trial.userAttributes["reason"]?.kind else {
          Issue.record("no reason: \(trial)")
          continue
        }
        let word =
          limit.hasPrefix("node") ? "node-hours" : limit.hasPrefix("wall") ? "wall" : "trial's"
        #expect(reason.contains(word), "\(reason)")
        #expect(search.has("best.trials/trial-\(trial.number).checkpoint.h5"))
      }
    }
  }

  @Test(
    "a target ends it: the trial that reached it goes to its end, and its model stays",
    arguments: [nil, 3])
  func target(ranks: Int?) throws {
    try withTemporaryFolder { folder in
      let search = try CloudSearch(
        in: folder, "sampler: random\ntrials: 50\ntarget: 0.8",
        epochs: "{search: ordinal, choices: [30, \(Self.endless)], name: length}")
      // The second would never end by itself; alone, it is never begun.
      let list = try search.enqueue(
        "[{rate: 0.05, width: 16, length: 30}, {rate: 1e-6, width: 2, length: \(Self.endless)}]")
      let last = try search.run(list, ranks: ranks)
      #expect(last["outcome"] == "finished")
      let history = try search.history()
      #expect(history.trials.count <= 4)
      let best = try #require(history.best)
      #expect(best.reports.count == 30, "it came to its end")
      #expect(best.reports.contains { $0.value >= 0.8 })
      #expect(last["model"] == "best.h5")
      #expect(try search.accuracy() > 0.5)
    }
  }

  @Test("repeats: each trial's value is the mean, and a steady trial wins over a lucky one")
  func repeats() throws {
    try withTemporaryFolder { folder in
      let search = try CloudSearch(
        in: folder, "sampler: random\ntrials: 4\nrepeats: 3", objective: "val_loss", width: "8")
      let list = try search.enqueue("[{rate: 0.03}, {rate: 0.01}, {rate: 1e-6}]")
      let last = try search.run(list, ranks: 4)
      let history = try search.history()
      var scores: [(score: Double, number: Int)] = []
      let runs = history.complete.map { trial in
        CloudSearch.list("runs", of: trial).compactMap(\.number)
      }
      #expect(runs.count == 4)
      let squares = runs.map { own in
        let mean = own.reduce(0, +) / 3
        return own.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
      }
      // Smyth 2004: the variance is moderated towards the pooled one by two degrees of freedom.
      let pooled = squares.reduce(0, +) / Double(2 * runs.count)
      for (trial, (own, square)) in zip(history.complete, zip(runs, squares)) {
        #expect(own.count == 3 && Set(own).count == 3, "three seeds, three results")
        let mean = own.reduce(0, +) / 3
        #expect(abs(trial.values[0] - mean) < 1e-12)
        scores.append((mean + ((2 * pooled + square) / 4 / 3).squareRoot(), trial.number))
      }
      let winner = try #require(scores.min { $0.score < $1.score }).number
      #expect(last["best"]?["number"]?.int == winner)
      let reported = try search.reports()
      #expect(Set(reported).count == reported.count, "only the first repeat reports")
      #expect(try search.accuracy() > 0.5)
    }
  }

  @Test("folds: the others follow a good first one, and none a bad one")
  func folds() throws {
    try withTemporaryFolder { folder in
      let search = try CloudSearch(
        in: folder, "sampler: random\ntrials: 4\nfolds: 3", objective: "val_loss",
        pruner: "{threshold: {upper: 0.95}}", epochs: "12", width: "8")
      let list = try search.enqueue("[{rate: 0.03}, {rate: 1e-6}, {rate: 2e-6}]")
      let last = try search.run(list, ranks: 4)
      #expect(last["complete"] == 2 && last["pruned"] == 2, "\(last.json)")
      let history = try search.history()
      for trial in history.complete {
        #expect(trial.reports.map(\.step) == [1, 2, 3])
        #expect(CloudSearch.list("runs", of: trial).count == 3)
      }
      for trial in history.trials where trial.state == .pruned {
        #expect(trial.reports.map(\.step) == [1], "nothing but its first fold was trained")
        guard case .string(let reason)? = trial.userAttributes["reason"]?.kind else {
          Issue.record("no reason: \(trial)")
          continue
        }
        #expect(reason.hasPrefix("fold 1: "), "\(reason)")
      }
      #expect(last["model"] == "best.h5")
      #expect(try search.accuracy() > 0.5)
    }
  }

  @Test("a range of ranks uses those that are left over")
  func unequal() throws {
    try withTemporaryFolder { folder in
      let search = try CloudSearch(
        in: folder, "sampler: random\ntrials: 4\nranks_per_trial: 2..3")
      try search.run(ranks: 6)
      let groups = try search.history().complete.map { trial in
        CloudSearch.list("slots", of: trial).compactMap(\.int)
      }
      #expect(groups.count == 4)
      #expect(groups.allSatisfy { (2...3).contains($0.count) }, "\(groups)")
      #expect(groups.contains { $0.count == 3 }, "\(groups)")
      #expect(Set(groups.flatMap { $0 }) == [1, 2, 3, 4, 5], "\(groups)")
    }
  }

  @Test("ranks per trial are searched, and more of them than there are is refused")
  func searchedRanks() throws {
    try withTemporaryFolder { folder in
      let search = try CloudSearch(
        in: folder,
        "sampler: random\ntrials: 6\nranks_per_trial: {search: int, low: 1, high: 3, name: ranks}")
      let list = try search.enqueue("[{ranks: 3}, {ranks: 1}, {ranks: 2}]")
      try search.run(list, ranks: 4)
      let history = try search.history()
      #expect(history.complete.count == 6)
      for trial in history.complete {
        #expect(trial.userAttributes["ranks"]?.number == trial.parameters["ranks"])
      }
      let few = try Program().run(
        ["search", "job.yaml", "--set", "search.journal=few.log", "--overwrite"], ranks: 3,
        in: folder)
      #expect(few.status == ExitCode.data && !few.timedOut)
      #expect(few.errorLines.count == 1 && few.errors.contains("goes up to 3"), "\(few.errors)")
      // Alone, every trial has one.
      try search.run(["--set", "search.journal=one.log", "--set", "search.trials=2", "--overwrite"])
    }
  }

  @Test("when nothing is left to start, idle ranks join the trial that goes on")
  func joining() throws {
    // A trial of which less than five seconds are left is not worth a restart, nor one whose epochs
    // are over at once: a wide network, row by row.
    for epochs in [150, 1_500] {
      let joined = try withTemporaryFolder { folder in
        let search = try CloudSearch(
          in: folder, "sampler: random\ntrials: 2",
          epochs: "{search: ordinal, choices: [2, \(epochs)], name: length}", width: "2048")
        let list = try search.enqueue("[{length: \(epochs)}, {length: 2}]")
        try search.run(
          ["--set", "training.batch_size=1"] + list, ranks: 4, timeoutSeconds: 900)
        let history = try search.history()
        #expect(history.complete.count == 2)
        let long = try #require(history.complete.first { $0.reports.count == epochs })
        let reports = try search.reports()
        #expect(Set(reports).count == reports.count, "an epoch was trained twice")
        return long.userAttributes["ranks"]?.int == 3
      }
      if joined { return }
    }
    Issue.record("no rank ever joined")
  }
}
