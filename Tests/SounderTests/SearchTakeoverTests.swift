import Configuration
import Foundation
import HyperOpt
import TestSupport
import Testing

/// Trials that begin with the weights of another one, through the command line.
@Suite("A search whose trials go on from one another", .serialized)
struct SearchTakeoverTests {
  @Test("population-based training: a copy goes on from the other group's weights")
  func population() throws {
    try withTemporaryFolder { folder in
      let search = try CloudSearch(
        in: folder,
        """
        sampler: {pbt: {population: 4, interval: 2, quantile: 0.5, resample: 0}}
        trials: 16
        """, objective: "val_loss", pruner: nil, epochs: "12", width: "8")
      let last = try search.run(ranks: 5)
      let history = try search.history()
      let reasons = history.trials.compactMap { $0.userAttributes["reason"]?.json }
      #expect(last["failed"] == 0, "\(reasons)")
      #expect(history.trials.count == 16, "copies count as trials")
      #expect(history.trials.allSatisfy { $0.lastStep == 12 })
      let copies = history.trials.filter { $0.resumedFrom != nil }
      try #require(!copies.isEmpty)
      var checked = 0
      for copy in copies {
        let parent = history.trials[try #require(copy.resumedFrom)]
        let first = try #require(copy.reports.first)
        let before = parent.reports.filter { $0.step < first.step }
        let taken = try #require(before.last)
        #expect(taken.step == first.step - 1, "it begins where the parent was")
        #expect(first.step > 1)
        // A fresh network would begin where the parent began.
        let start = parent.reports.first?.value ?? .nan
        guard start - taken.value > 0.02 else { continue }
        checked += 1
        #expect(first.value < taken.value + 0.5 * (start - taken.value), "\(copy) \(parent)")
      }
      #expect(checked > 0)
      let slots = copies.filter { copy in
        copy.userAttributes["group"]
          != history.trials[copy.resumedFrom ?? 0].userAttributes["group"]
      }
      #expect(!slots.isEmpty, "weights went from one group to another")
      try search.checkReplay()
      #expect(try search.accuracy() > 0.5)
      let left = try FileManager.default.contentsOfDirectory(
        atPath: search.url("best.trials").path)
      #expect(!left.contains { $0.contains("adopted") }, "\(left)")
    }
  }

  @Test("ASHA: a stopped trial is promoted from its checkpoint, no epoch of it is done twice")
  func promotion() throws {
    try withTemporaryFolder { folder in
      let search = try CloudSearch(
        in: folder, "sampler: random\ntrials: 8", objective: "val_loss",
        pruner: "{asha: {min_steps: 2, reduction: 2}}", epochs: "8", width: "8")
      // Behind the defaults: the second is stopped, and promoted once worse ones followed.
      let list = try search.enqueue(
        "[{rate: 0.02}, {rate: 0.003}, {rate: 1e-6}, {rate: 2e-6}, {rate: 3e-6}]")
      try search.run(list, ranks: 2)
      let history = try search.history()
      let promoted = try #require(history.trials.first { $0.resumedFrom != nil })
      let origin = history.trials[promoted.resumedFrom ?? 0]
      #expect(origin.state == .pruned)
      #expect(origin.parameters == promoted.parameters)
      let all = try search.reports()
      let first = all.filter { $0.trial == origin.number }.map(\.step)
      let second = all.filter { $0.trial == promoted.number }.map(\.step)
      #expect(first == Array(1...(first.last ?? 0)))
      #expect(second == Array((first.last ?? 0) + 1...(second.last ?? 0)), "\(first) \(second)")
      // Its curve goes on: the promoted trial has all reports.
      #expect(promoted.reports.map(\.step) == first + second)
      let values = promoted.reports.map(\.value)
      #expect(values[first.count] < values[first.count - 1], "\(values)")
    }
  }

  @Test("a warm start learns from an older study's journal, and replays without it")
  func warmStart() throws {
    try withTemporaryFolder { folder in
      let search = try CloudSearch(
        in: folder, "sampler: tpe\ntrials: 12\njournal: old.log", objective: "val_loss")
      try search.run(ranks: 3)
      let old = try search.history("old.log")
      try #require(old.complete.count == 12)
      func rates(_ journal: String) throws -> [Double] {
        try search.history(journal).trials.map { $0.parameters["rate"] ?? .nan }
      }
      for (journal, more) in [
        ("cold.log", []), ("warm.log", ["--set", "search.warm_start=old.log"]),
      ] {
        try search.run(
          ["--overwrite", "--set", "search.journal=\(journal)", "--set", "search.trials=5"] + more)
      }
      let warm = try search.history("warm.log")
      #expect(warm.older.map(\.count) == [12])
      #expect(warm.older.first?.map(\.values) == old.complete.map(\.values))
      #expect(try search.history("cold.log").older.isEmpty)
      // TPE draws its first ten trials at random, unless older results already say something.
      #expect(try rates("warm.log") != rates("cold.log"))
      try FileManager.default.removeItem(at: search.url("old.log"))
      try search.checkReplay("warm.log")
    }
  }
}
