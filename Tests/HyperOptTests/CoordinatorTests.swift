import Configuration
import Foundation
import HyperOpt
import TestSupport
import Testing

/// Who runs where and when: the coordinator with simulated groups.
@Suite struct CoordinatorTests {
  @Test("every trial of the limit runs once, on as many ranks as asked for, side by side")
  func limit() throws {
    let simulation = try Simulation(trials: 7, ranks: 2...2, slots: Simulation.oneNode(4))
    try simulation.run()
    #expect(simulation.started.count == 7)
    #expect(simulation.started.allSatisfy { $0.slots.count == 2 })
    #expect(simulation.mostAtOnce == 2)
    #expect(simulation.study.history.complete.count == 7)
    #expect(simulation.coordinator.isOver)
    #expect(simulation.coordinator.ending == nil)
  }

  @Test(
    "left-over ranks join a group instead of idling", arguments: [(5, [2, 3]), (7, [2, 2, 3])])
  func leftOver(slots: Int, sizes: [Int]) throws {
    let simulation = try Simulation(
      trials: sizes.count, ranks: 2...2, slots: Simulation.oneNode(slots))
    try simulation.step()
    #expect(simulation.started.map(\.slots.count).sorted() == sizes)
  }

  @Test("a group's ranks are on one node, and the fuller node stays free for larger groups")
  func nodes() throws {
    let slots =
      (1...4).map { Slot(id: $0, node: "a") } + (5...7).map { Slot(id: $0, node: "b") }
    let simulation = try Simulation(trials: 9, ranks: 2...2, slots: slots)
    try simulation.run()
    for order in simulation.started {
      #expect(Set(order.slots.map(\.node)).count == 1, "\(order.slots)")
    }
    #expect(simulation.started.contains { $0.slots.count == 3 && $0.slots[0].node == "b" })
  }

  @Test("more ranks per trial than there are is an error that says both numbers")
  func tooManyRanks() throws {
    let error = #expect(throws: StudyError.self) {
      _ = try Simulation(trials: 3, ranks: 8...8, slots: Simulation.oneNode(4))
    }
    #expect(error?.exitCode == 65)
    #expect(error?.description.contains("8 ranks") == true)
    #expect(error?.description.contains("4") == true)
  }

  @Test("a searched number of ranks decides about each group")
  func searchedRanks() throws {
    let simulation = try Simulation(
      trials: 12, ranks: 1...1, slots: Simulation.oneNode(4),
      parameters: [Parameter("ranks", .int(low: 1, high: 4))], ranksParameter: "ranks")
    try simulation.run()
    for order in simulation.started {
      #expect(Double(order.slots.count) == order.parameters["ranks"])
    }
    #expect(Set(simulation.started.map(\.slots.count)).count > 1)
  }

  @Test("ranks that are idle at the end join the trial that would take longest")
  func regroup() throws {
    let simulation = try Simulation(
      trials: 2, ranks: 1...1, slots: Simulation.oneNode(2), steps: 20,
      seconds: { $0.trial == 0 ? 0.1 : 10 })
    try simulation.run()
    let long = simulation.started.filter { $0.trial == 1 }
    #expect(long.map(\.slots.count) == [1, 2])
    #expect(simulation.study.history.trials[1].reports.map(\.step) == Array(1...20))
    #expect(simulation.study.history.complete.count == 2)
    // They waited for no next trial: there was none.
    #expect(simulation.coordinator.summary(now: simulation.now).waitShare < 0.01)
  }

  @Test("a pruned trial stops at its report, and its reason is kept")
  func prune() throws {
    let simulation = try Simulation(
      trials: 20, ranks: 1...1, slots: Simulation.oneNode(2), pruner: "median", steps: 6)
    try simulation.run()
    let pruned = simulation.study.history.trials.filter { $0.state == .pruned }
    #expect(!pruned.isEmpty)
    for trial in pruned {
      #expect(trial.reports.count < 6)
      #expect(trial.userAttributes["reason"] != nil)
    }
  }

  @Test("a failing trial is one failed trial; a lost one is tried again as often as allowed")
  func failures() throws {
    let simulation = try Simulation(
      trials: 6, ranks: 1...1, slots: Simulation.oneNode(2),
      fails: { order in
        switch order.trial {
        case 1: .failed("a bad shape")
        case 2: .failed("rank 1 was killed", isLost: true)
        default: nil
        }
      })
    try simulation.run()
    let failed = simulation.study.history.trials.filter { $0.state == .failed }
    #expect(failed.map(\.number) == [1, 2])
    #expect(failed[0].userAttributes["reason"] == "a bad shape")
    let retried = simulation.study.history.trials.filter {
      $0.systemAttributes["sounder:retry_of"]?.int == 2
    }
    #expect(retried.count == 1)
    #expect(retried[0].parameters == failed[1].parameters)
    #expect(retried[0].state == .complete)
    #expect(simulation.study.history.complete.count == 5)
  }

  @Test("when the first trials all fail the search ends and says why")
  func allFail() throws {
    let simulation = try Simulation(
      trials: 50, ranks: 1...1, slots: Simulation.oneNode(2), fails: { _ in .failed("no data") })
    let error = #expect(throws: StudyError.self) { try simulation.run() }
    #expect(error?.description.contains("no data") == true)
    #expect(simulation.started.count < 10)
  }

  @Test("an objective that a trial does not report fails it and names what was reported")
  func missingObjective() throws {
    let simulation = try Simulation(
      trials: 2, ranks: 1...1, slots: Simulation.oneNode(1), metric: "val_accuracy")
    try simulation.run()
    let reason = simulation.study.history.trials[0].userAttributes["reason"]
    #expect(simulation.study.history.trials[0].state == .failed)
    #expect(reason?.json.contains("val_accuracy") == true)
    #expect(reason?.json.contains("value") == true)
  }

  @Test("limits of time, node-hours and target end the search; what runs counts as pruned")
  func limits() throws {
    func run(_ change: (inout SearchPlan) -> Void) throws -> Simulation {
      let simulation = try Simulation(
        trials: 1000, ranks: 1...1, slots: Simulation.oneNode(2), steps: 4, change: change)
      try simulation.run()
      #expect(simulation.coordinator.isOver)
      #expect(simulation.study.history.running.isEmpty)
      #expect(simulation.study.history.trials.count < 1000)
      return simulation
    }
    let wall = try run { $0.wallSeconds = 20 }
    #expect(wall.now < 30)
    // A trial that waits for more ranks than are free ends, too.
    let sized = try Simulation(
      trials: 1000, ranks: 1...1, slots: Simulation.oneNode(4),
      parameters: [Parameter("ranks", .int(low: 1, high: 4))], ranksParameter: "ranks", steps: 4,
      change: { $0.wallSeconds = 20 })
    try sized.run()
    #expect(sized.coordinator.isOver)
    #expect(sized.study.history.running.isEmpty)
    let hours = try run { $0.nodeHours = 20 / 3600 }
    #expect(hours.now < 30)
    let target = try run { $0.target = 0.2 }
    #expect(target.study.history.best.map { $0.values[0] <= 0.2 } == true)
  }

  @Test("node-hours are counted over all starts of a search")
  func nodeHours() throws {
    try withTemporaryFolder { folder in
      let journal = folder.appendingPathComponent("study.log").path
      var counts: [Int] = []
      for _ in 0..<2 {
        let simulation = try Simulation(
          trials: 1000, ranks: 1...1, slots: Simulation.oneNode(2), journal: journal, steps: 4,
          change: { $0.nodeHours = 20 / 3600 })
        try simulation.run()
        counts.append(simulation.study.history.complete.count)
      }
      #expect(counts[0] > 2)
      // What was spent after the last trial that ended is all that is left.
      #expect(counts[1] <= counts[0] + 1, "\(counts)")
    }
  }

  @Test("a trial's time limit stops it between its reports")
  func trialTime() throws {
    let simulation = try Simulation(
      trials: 3, ranks: 1...1, slots: Simulation.oneNode(1), steps: 2, seconds: { _ in 100 },
      change: { $0.trialSeconds = 15 })
    try simulation.run()
    #expect(simulation.stopped.count == 3)
    #expect(simulation.study.history.trials.allSatisfy { $0.state == .pruned })
    #expect(simulation.now < 60)
  }

  @Test("leaving keeps what runs, and the next coordinator goes on with it")
  func leaving() throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("coordinator-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let journal = folder.appendingPathComponent("study.log").path
    let first = try Simulation(
      trials: 6, ranks: 1...1, slots: Simulation.oneNode(2), journal: journal, steps: 10)
    for _ in 0..<8 { try first.step() }
    try first.coordinator.leave("the time is over")
    try first.run()
    let open = first.study.history.running.map(\.number)
    #expect(open.count == 2)
    let second = try Simulation(
      trials: 6, ranks: 1...1, slots: Simulation.oneNode(2), journal: journal, unfinished: open,
      steps: 10)
    try second.run()
    #expect(second.started.prefix(2).map(\.trial) == open)
    #expect(second.study.history.complete.count == 6)
  }

  @Test(
    "folds: the first goes ahead, the others run side by side, the winner is trained on all data")
  func folds() throws {
    let simulation = try Simulation(
      trials: 2, ranks: 1...1, slots: Simulation.oneNode(4), change: { $0.foldCount = 3 })
    try simulation.run()
    for trial in 0..<2 {
      let runs = simulation.started.filter { $0.trial == trial && $0.run >= 0 }
      #expect(runs.map(\.run).sorted() == [0, 1, 2])
      #expect(runs.map(\.fold) == runs.map { $0.run })
      let kept = simulation.study.history.trials[trial]
      #expect(kept.reports.count == 3)
      #expect(kept.userAttributes["runs"] != nil)
    }
    let best = simulation.coordinator.bestTrial?.number
    #expect(simulation.started.filter { $0.run == -1 }.map(\.trial) == [best])
  }

  @Test("a search that leaves between a trial's runs goes on with those that are left")
  func leavingBetweenRuns() throws {
    try withTemporaryFolder { folder in
      let journal = folder.appendingPathComponent("study.log").path
      let first = try Simulation(
        trials: 1, ranks: 1...1, slots: Simulation.oneNode(1), journal: journal, steps: 2,
        change: { $0.repeatCount = 3 })
      // The first run is in its last step when the signal comes.
      try first.step()
      try first.coordinator.leave("the time is over")
      try first.run()
      #expect(first.study.history.running.map(\.number) == [0])
      let second = try Simulation(
        trials: 1, ranks: 1...1, slots: Simulation.oneNode(1), journal: journal, unfinished: [0],
        steps: 2, change: { $0.repeatCount = 3 })
      try second.run()
      #expect(second.study.history.complete.count == 1)
      guard case .list(let runs)? = second.study.history.trials[0].userAttributes["runs"]?.kind
      else {
        Issue.record("no runs")
        return
      }
      #expect(runs.count == 3)
    }
  }

  @Test("a trial all of whose runs are in the journal is told on resuming")
  func allRunsDone() throws {
    try withTemporaryFolder { folder in
      let journal = folder.appendingPathComponent("study.log").path
      let first = try Simulation(
        trials: 1, ranks: 1...1, slots: Simulation.oneNode(1), journal: journal,
        change: { $0.repeatCount = 2 })
      try first.run()
      // The file ends before the trial was told.
      let text = try String(contentsOfFile: journal, encoding: .utf8)
      let lines = text.split(separator: "\n").map(String.init)
      let last = try #require(lines.lastIndex { $0.contains("sounder:run_1_of_1x2") })
      try (lines[...last].joined(separator: "\n") + "\n").write(
        toFile: journal, atomically: true, encoding: .utf8)
      let second = try Simulation(
        trials: 1, ranks: 1...1, slots: Simulation.oneNode(1), journal: journal, unfinished: [0],
        change: { $0.repeatCount = 2 })
      try second.run()
      #expect(second.coordinator.isOver)
      #expect(second.started.isEmpty)
      #expect(second.study.history.complete.count == 1)
    }
  }

  @Test("a target counts where the constraints are met, and ends all but the trial that has it")
  func feasibleTarget() throws {
    let simulation = try Simulation(
      trials: 40, ranks: 1...1, slots: Simulation.oneNode(2), steps: 2,
      change: {
        $0.target = 0.3
        $0.violations = { [0.2 - ($0["value"] ?? 1)] }
      })
    try simulation.run()
    #expect(simulation.coordinator.bestTrial.map { (0.2...0.3).contains($0.values[0]) } == true)
  }

  @Test("a trial's time limit does not count its waiting for ranks")
  func waitingForRanks() throws {
    let simulation = try Simulation(
      trials: 4, ranks: 1...1, slots: Simulation.oneNode(2),
      parameters: [Parameter("ranks", .int(low: 2, high: 2))], ranksParameter: "ranks",
      seconds: { _ in 10 }, change: { $0.trialSeconds = 15 })
    try simulation.run()
    #expect(simulation.study.history.complete.count == 4)
  }

  @Test("only the best models are kept")
  func models() throws {
    let simulation = try Simulation(
      trials: 10, ranks: 1...1, slots: Simulation.oneNode(1), change: { $0.topCount = 3 })
    try simulation.run()
    let ranked = simulation.study.history.complete.sorted { $0.values[0] < $1.values[0] }
    #expect(Set(simulation.discarded) == Set(ranked.dropFirst(3).map(\.number)))
  }

  @Test("of repeated trials the winner is not the luckiest of the noisy ones")
  func winner() throws {
    // Trial 0 is good three times; trial 1 has one lucky run.
    let values: [Int: [Double]] = [
      0: [0.20, 0.21, 0.19], 1: [0.05, 0.4, 0.14], 2: [0.5, 0.6, 0.7],
    ]
    let simulation = try Simulation(
      trials: 3, ranks: 1...1, slots: Simulation.oneNode(1), change: { $0.repeatCount = 3 },
      value: { values[$0.trial]?[$0.repetition] ?? 1 })
    try simulation.run()
    #expect(simulation.study.history.best?.number == 1)
    #expect(simulation.coordinator.bestTrial?.number == 0)
    #expect(simulation.coordinator.summary(now: 0).best?.number == 0)
    #expect(simulation.discarded.isEmpty, "the winner is only known at the end")
    #expect(simulation.study.history.trials[1].userAttributes["runs"]?.json == "[0.05,0.4,0.14]")
  }

  @Test("slots wait little while there is something to do")
  func waiting() throws {
    let simulation = try Simulation(
      trials: 40, ranks: 1...1, slots: Simulation.oneNode(4), steps: 4)
    try simulation.run()
    #expect(simulation.coordinator.summary(now: simulation.now).waitShare < 0.05)
  }
}
