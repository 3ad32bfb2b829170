import Configuration
import Foundation
import HyperOpt
import Testing

/// Whole searches with the Gaussian-process sampler.
@Suite struct GPSamplerTests {
  private static func history(_ parameters: [Parameter]) throws -> History {
    History(space: try SearchSpace(parameters))
  }

  // Runs `count` trials one after another, and gives the proposals.
  @discardableResult
  private func run(
    _ history: inout History, _ sampler: GPSampler, _ count: Int, seed: UInt64 = 1,
    _ objective: (Assignment) -> Double?
  ) throws -> [Assignment] {
    var proposals: [Assignment] = []
    for index in history.trials.count..<history.trials.count + count {
      let parameters = try sampler.propose(index, seed: seed, history: history).parameters
      #expect(history.space.contains(parameters))
      proposals.append(parameters)
      var trial = Trial(number: index, state: .failed, parameters: parameters)
      if let value = objective(parameters) {
        trial.state = .complete
        trial.values = [value]
      }
      history.trials.append(trial)
      history.finished.append(index)
    }
    return proposals
  }

  private static let plane = [
    Parameter("x", .float(low: -5, high: 10)), Parameter("y", .float(low: 0, high: 15)),
  ]

  private static func branin(_ a: Assignment) -> Double {
    let (x, y) = (a["x"] ?? 0, a["y"] ?? 0)
    let inner = y - 5.1 / (4 * .pi * .pi) * x * x + 5 / .pi * x - 6
    return inner * inner + 10 * (1 - 1 / (8 * .pi)) * cos(x) + 10
  }

  @Test("it finds a minimum of Branin's function to three digits in 30 trials")
  func branin() throws {
    var history = try Self.history(Self.plane)
    try run(&history, GPSampler(), 30, Self.branin)
    #expect(try #require(history.best).values[0] < 0.3979 + 0.05)
  }

  @Test("a new sampler proposes bit for bit what one does that has seen the whole study")
  func purity() throws {
    var history = try Self.history(
      Self.plane + [
        Parameter("c", .categorical(["a", "b"])), Parameter("n", .int(low: 1, high: 9)),
      ]
    )
    let veteran = GPSampler()
    for index in 0..<24 {
      // Two trials always run while the next is chosen.
      let parameters = try veteran.propose(index, seed: 3, history: history).parameters
      if index % 4 == 3 {
        let fresh = try GPSampler().propose(index, seed: 3, history: history).parameters
        #expect(fresh == parameters)
      }
      history.trials.append(Trial(number: index, state: .running, parameters: parameters))
      if index >= 2 {
        let done = index - 2
        history.trials[done].state = .complete
        history.trials[done].values = [
          Self.branin(history.trials[done].parameters) + (history.trials[done].parameters["n"] ?? 0)
        ]
        history.finished.append(done)
      }
    }
  }

  @Test("to maximise is to minimise the opposite")
  func direction() throws {
    var down = try Self.history(Self.plane)
    var up = try Self.history(Self.plane)
    up.directions = [.maximize]
    let first = try run(&down, GPSampler(), 16, Self.branin)
    let second = try run(&up, GPSampler(), 16) { -Self.branin($0) }
    #expect(first == second)
  }

  @Test("a finite space is tried without a repetition, then it is exhausted")
  func exhaustion() throws {
    var history = try Self.history([
      Parameter("a", .int(low: 1, high: 4)), Parameter("b", .categorical(["x", "y", "z"])),
      Parameter("c", .boolean, when: [Condition("a", .within(3...4))]),
    ])
    let proposals = try run(&history, GPSampler(), 18) { ($0["a"] ?? 0) - ($0["b"] ?? 0) }
    for (i, proposal) in proposals.enumerated() { #expect(!proposals[..<i].contains(proposal)) }
    let error = #expect(throws: StudyError.self) {
      try GPSampler().propose(18, seed: 1, history: history)
    }
    #expect(error?.description == StudyError.exhausted.description)
  }

  @Test("failed trials, conditions and forbidden combinations are respected")
  func rules() throws {
    var history = History(
      space: try SearchSpace(
        [
          Parameter("optimizer", .categorical(["sgd", "adam"])),
          Parameter("rate", .float(low: 1e-4, high: 1, log: true)),
          Parameter(
            "momentum", .float(low: 0, high: 0.99), when: [Condition("optimizer", .oneOf([0]))]),
          Parameter("units", .int(low: 8, high: 64, log: true)),
        ],
        forbidding: [[Condition("optimizer", .oneOf([1])), Condition("units", .within(50...64))]]))
    let proposals = try run(&history, GPSampler(), 30) { a in
      let rate = a["rate"] ?? 0
      if rate > 0.3 { return nil }
      return abs(log10(rate) + 2) + (a["momentum"].map { abs($0 - 0.9) } ?? 0.5)
    }
    #expect(try #require(history.best).values[0] < 0.3)
    let late = proposals.suffix(12).filter { ($0["rate"] ?? 0) > 0.3 }
    #expect(late.count <= 2)
  }

  @Test("an outcome constraint keeps trials on the allowed side")
  func constraint() throws {
    var history = try Self.history(Self.plane)
    let sampler = GPSampler()
    for index in 0..<30 {
      let parameters = try sampler.propose(index, seed: 2, history: history).parameters
      var trial = Trial(number: index, state: .complete, parameters: parameters)
      let (x, y) = (parameters["x"] ?? 0, parameters["y"] ?? 0)
      trial.values = [x + y]
      trial.systemAttributes["constraints"] = Value(.list([Value(.number(8 - x * y / 2))]))
      history.trials.append(trial)
      history.finished.append(index)
    }
    // x y >= 16: the least sum is 8, where both are 4.
    let best = try #require(history.best)
    #expect(best.values[0] >= 8 && best.values[0] < 8.3)
  }

  @Test("what pruned trials promised counts: the next trials go there, or stay away")
  func pruned() throws {
    // Complete trials at 0.5...1, pruned ones at 0.1...0.3 with good or bad curves.
    func proposals(promise: Double) throws -> [Double] {
      var history = try Self.history([Parameter("x", .float(low: 0, high: 1))])
      for number in 0..<12 {
        let isPruned = number >= 8
        let x = isPruned ? 0.1 + Double(number - 8) * 0.06 : 0.5 + Double(number) / 15
        var trial = Trial(
          number: number, state: isPruned ? .pruned : .complete, parameters: Assignment(["x": x]))
        let final = isPruned ? promise : 1 + (x - 0.75) * (x - 0.75)
        trial.reports = (1...(isPruned ? 4 : 8)).map {
          .init(step: $0, value: final + 1 / Double($0))
        }
        if !isPruned { trial.values = [final + 0.125] }
        history.trials.append(trial)
        history.finished.append(number)
      }
      return try (12..<18).map { index in
        let x = try GPSampler().propose(index, seed: 5, history: history).parameters["x"]
        return try #require(x)
      }
    }
    #expect(try proposals(promise: 0.3).allSatisfy { $0 < 0.5 })
    #expect(try proposals(promise: 5).allSatisfy { $0 > 0.4 })
  }

  @Test("under noise the value to beat is the best mean, not the luckiest result")
  func noise() throws {
    let encoding = SpaceEncoding(try SearchSpace([Parameter("x", .float(low: 0, high: 1))]))
    // Fifteen results of the same thing, one of them lucky.
    let points = (0..<15).map { [Double($0) / 14] }
    let values = (0..<15).map { $0 == 7 ? -3.0 : 0.3 * sin(Double($0) * 9) }
    let surrogate = try #require(
      Surrogate(
        encoding, points: points, values: values, extraNoise: values.map { _ in 0 }, pending: [],
        theta: [0, 0, -1, -1, 0]))
    #expect(surrogate.meansAtResults[7] > -1)
  }
}
