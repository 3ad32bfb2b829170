import Configuration
import Foundation
import HyperOpt
import Testing

/// Proposals that are prepared several at a time, and their replay.
@Suite struct BatchTests {
  private static let parameters = [
    Parameter("x", .float(low: -5, high: 10)), Parameter("y", .float(low: 0, high: 15)),
    Parameter("c", .categorical(["a", "b"])), Parameter("n", .int(low: 1, high: 9)),
  ]

  private static func loss(_ a: Assignment) -> Double {
    let (x, y) = (a["x"] ?? 0, a["y"] ?? 0)
    return (x - 3) * (x - 3) + (y - 4) * (y - 4) + 3 * (a["c"] ?? 0) + (a["n"] ?? 0)
  }

  // A history with `finished` results and `running` trials.
  private static func history(finished: Int, running: Int) throws -> History {
    var history = History(space: try SearchSpace(parameters))
    let sobol = SobolSampler()
    for number in 0..<finished + running {
      let parameters = try sobol.propose(number, seed: 9, history: history).parameters
      var trial = Trial(number: number, state: .running, parameters: parameters)
      if number < finished {
        trial.state = .complete
        trial.values = [loss(parameters)]
        history.finished.append(number)
      }
      history.trials.append(trial)
    }
    return history
  }

  @Test(
    "a shorter batch is the beginning of a longer one, whoever has seen what",
    arguments: [3, 20, 63])
  func prefix(running: Int) throws {
    let history = try Self.history(finished: 30, running: running)
    let veteran = GPSampler()
    let long = try veteran.batch(8, from: 100, seed: 2, history: history)
    #expect(long.count == 8)
    #expect(try veteran.batch(3, from: 100, seed: 2, history: history) == Array(long.prefix(3)))
    #expect(try GPSampler().batch(5, from: 100, seed: 2, history: history) == Array(long.prefix(5)))
    let other = try veteran.batch(8, from: 101, seed: 2, history: history)
    #expect(other != long)
  }

  @Test("the points of a batch differ, are allowed, and lie where it is good")
  func points() throws {
    let history = try Self.history(finished: 60, running: 63)
    let batch = try GPSampler().batch(16, from: 200, seed: 4, history: history).map(\.parameters)
    #expect(batch.count == 16)
    for (i, point) in batch.enumerated() {
      #expect(history.space.contains(point))
      #expect(!batch[..<i].contains(point))
    }
    let median = history.complete.map { $0.values[0] }.sorted()[30]
    let good = batch.filter { Self.loss($0) < median }
    #expect(good.count >= 12, "\(batch.map(Self.loss))")
  }

  @Test("at the start and in a space that is used up a batch ends early")
  func exhaustion() throws {
    var small = History(space: try SearchSpace([Parameter("a", .int(low: 1, high: 5))]))
    #expect(try GPSampler().batch(8, from: 0, seed: 1, history: small).count == 5)
    for number in 0..<5 {
      var trial = Trial(
        number: number, state: .complete, parameters: Assignment(["a": Double(number + 1)]))
      trial.values = [Double(number)]
      small.trials.append(trial)
      small.finished.append(number)
    }
    #expect(throws: StudyError.self) {
      try GPSampler().batch(8, from: 9, seed: 1, history: small)
    }
  }

  @Test(
    "batches are asked for in order, pass over what is not accepted, and replay",
    arguments: ["gp", "tpe", "cmaes", "evolution", "sobol"])
  func study(sampler: String) throws {
    let study = try Study(
      journal: nil,
      settings: StudySettings(
        space: try SearchSpace(Self.parameters), sampler: Value(.string(sampler)), seed: 3))
    study.accepts = { ($0["n"] ?? 0) != 5 }
    for round in 0..<12 {
      var stock = try study.prepare(count: 6).runAll()
      // Half of it is used before the next batch, which knows all of it.
      let more = round % 3 == 0 ? try study.prepare(after: stock, count: 4).runAll() : []
      #expect(!stock.isEmpty)
      stock += more
      for prepared in stock {
        let trial = try #require(try study.ask(with: prepared))
        #expect(trial.parameters["n"] != 5)
        try study.tell(trial.number, .complete([Self.loss(trial.parameters)]))
      }
    }
    let batched = study.history.trials.filter { $0.systemAttributes["sounder:batch"] != nil }
    #expect(batched.count > 40)
    study.accepts = nil
    let replay = try study.replay()
    #expect(replay.difference == nil)
    #expect(replay.proposalCount == study.history.trials.count)
  }

  @Test(
    "a search with 1, 8 and 64 groups replays bit for bit, also across a resume",
    arguments: [1, 8, 64])
  func search(groups: Int) throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("batch-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let journal = folder.appendingPathComponent("study.log").path
    let trials = groups == 64 ? 260 : 40
    func simulation(_ unfinished: [Int] = []) throws -> Simulation {
      // Trials as short as a proposal, of different lengths: results come one by one.
      try Simulation(
        trials: trials, ranks: 1...1, slots: Simulation.oneNode(groups), journal: journal,
        unfinished: unfinished, parameters: Self.parameters, sampler: "gp",
        seconds: { 0.01 * (1 + Double($0.trial % 7) / 7) }, value: { Self.loss($0.parameters) })
    }
    let first = try simulation()
    while first.study.history.finished.count < trials / 2 { try first.step() }
    try first.coordinator.leave("the time is over")
    try first.run()
    let open = first.study.history.running.map(\.number)
    let second = try simulation(open)
    try second.run()
    #expect(second.study.history.complete.count == trials)
    let batched = second.study.history.trials.filter {
      $0.systemAttributes["sounder:batch"] != nil
    }
    #expect((groups == 64) == !batched.isEmpty, "\(batched.count) of \(trials)")
    let replay = try Study(opening: journal).replay()
    #expect(replay.difference == nil)
    #expect(replay.proposalCount == trials)
  }

  @Test("models are fitted less often the more trials run, each from an earlier one")
  func milestones() {
    #expect([0, 7, 11].allSatisfy { ModelChain.spacing(running: $0) == 1 })
    #expect([12, 16, 23].allSatisfy { ModelChain.spacing(running: $0) == 2 })
    #expect([48, 63, 64, 90].allSatisfy { ModelChain.spacing(running: $0) == 8 })
    #expect(ModelChain.steps(to: 3, spacing: 8).isEmpty)
    #expect(ModelChain.steps(to: 6, spacing: 1).map(\.count) == [4, 5, 6])
    #expect(ModelChain.steps(to: 7, spacing: 8).map(\.count) == [4])
    #expect(ModelChain.steps(to: 303, spacing: 8).map(\.count) == [4, 16, 64, 256, 288, 296])
    // Whatever the spacing, what leads to a milestone is the same.
    for count in 4..<600 {
      for spacing in [2, 4, 8, 16] {
        let steps = ModelChain.steps(to: count, spacing: spacing)
        guard let last = steps.last else { continue }
        #expect(last.count <= count)
        #expect(steps == ModelChain.steps(to: last.count, spacing: 2))
        #expect(steps.count < 20)
      }
    }
  }
}
