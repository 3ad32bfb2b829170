import Configuration
import Foundation
import HyperOpt
import TestSupport
import Testing

/// Improvement per second: `sampler: {gp: {per_second: true}}`.
@Suite struct CostTests {
  private static let parameters = [
    Parameter("x", .float(low: 0, high: 1)), Parameter("size", .float(low: 0, high: 1)),
  ]

  // Larger is slower by up to a factor of 50, and no better.
  private static func simulation(_ perSecond: Bool, journal: String? = nil) throws -> Simulation {
    try Simulation(
      trials: 20, ranks: 1...1, slots: Simulation.oneNode(1), journal: journal,
      parameters: parameters,
      sampler: ["gp": ["per_second": Value(.bool(perSecond))]], steps: 2,
      seconds: { exp(4 * ($0.parameters["size"] ?? 0)) },
      value: {
        let x = $0.parameters["x"] ?? 0
        return (x - 0.3) * (x - 0.3)
      })
  }

  @Test("cheap trials come first, and the best value is found in a fraction of the time")
  func cheap() throws {
    let plain = try Self.simulation(false)
    try plain.run()
    let saving = try Self.simulation(true)
    try saving.run()
    #expect(saving.now < 0.6 * plain.now, "\(saving.now) \(plain.now)")
    #expect(saving.study.history.best.map { $0.values[0] < 0.001 } == true)
  }

  @Test("proposals with measured seconds replay bit for bit")
  func replay() throws {
    try withTemporaryFolder { folder in
      let journal = folder.appendingPathComponent("study.log").path
      try Self.simulation(true, journal: journal).run()
      let report = try Study(opening: journal).replay()
      #expect(report.difference == nil)
      #expect(report.proposalCount == 20)
    }
  }

  @Test("proposals beside promoted trials replay bit for bit", arguments: [true, false])
  func promoted(perSecond: Bool) throws {
    try withTemporaryFolder { folder in
      let journal = folder.appendingPathComponent("study.log").path
      let simulation = try Simulation(
        trials: 40, ranks: 1...1, slots: Simulation.oneNode(3), journal: journal,
        parameters: Self.parameters,
        sampler: ["gp": ["per_second": Value(.bool(perSecond))]],
        pruner: ["asha": ["min_steps": 1, "reduction": 2]], steps: 8,
        seconds: { exp(2 * ($0.parameters["size"] ?? 0)) },
        change: { $0.checkpointPath = { "trial-\($0).h5" } },
        // Without a trend: what was stopped early comes into the best half again and again.
        value: { Double($0.trial * 7919 % 101) / 101 })
      try simulation.run()
      #expect(simulation.study.history.trials.contains { $0.resumedFrom != nil })
      let report = try Study(opening: journal).replay()
      #expect(report.difference == nil)
      #expect(report.proposalCount == 40)
    }
  }

  @Test("what a pruned trial would have cost follows from its pace")
  func pace() throws {
    let simulation = try Simulation(
      trials: 12, ranks: 1...1, slots: Simulation.oneNode(1),
      pruner: ["asha": ["min_steps": 1, "reduction": 2]], steps: 8, seconds: { _ in 3 })
    try simulation.run()
    let trials = simulation.study.history.trials
    #expect(trials.contains { $0.state == .pruned })
    for trial in trials where trial.state.isFinished {
      let cost = trial.systemAttributes["sounder:cost_seconds"]?.number ?? 0
      #expect(abs(cost - 24) < 1e-9, "trial \(trial.number): \(cost)")
    }
  }
}
