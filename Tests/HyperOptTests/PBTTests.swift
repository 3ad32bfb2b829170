import Configuration
import HyperOpt
import Testing

/// Population-based training: who stops, and who takes over from whom.
@Suite struct PBTTests {
  private let space: SearchSpace
  private let sampler: any Sampler
  private let pruner: any Pruner

  init() throws {
    space = try SearchSpace([
      Parameter("rate", .float(low: 1e-4, high: 1, log: true)),
      Parameter("network.units", .int(low: 8, high: 64)),
      Parameter("momentum", .float(low: 0, high: 1)), Parameter("batch", .ordinal([32, 64, 128])),
      Parameter("kind", .categorical(["a", "b"])),
    ])
    let options: Value = ["interval": 2, "resample": 0, "fixed": ["batch"]]
    sampler = try SamplerRegistry.sampler(Value(.map([.init("pbt", options)])))
    pruner = try PrunerRegistry.pruner(Value(.map([.init("pbt", options)])))
  }

  /// Eight members at step 2; member i's value is i.
  private func population() throws -> SuiteStudy {
    var study = SuiteStudy(space)
    for number in 0..<8 {
      try study.ask(sampler)
      study.history.trials[number].reports = [
        .init(step: 1, value: 9), .init(step: 2, value: Double(number)),
      ]
    }
    return study
  }

  @Test("at an interval's end the bottom quarter stops, and says its place")
  func stopping() throws {
    let study = try population()
    let reasons = study.history.trials.map {
      pruner.reasonToPrune($0, lastStep: 10, history: study.history)
    }
    #expect(reasons.map { $0 != nil } == [false, false, false, false, false, false, true, true])
    #expect(reasons[7]?.contains("number 8 of 8") == true)
    var trial = study.history.trials[7]
    #expect(pruner.reasonToPrune(trial, lastStep: 2, history: study.history) == nil, "at its end")
    trial.reports.append(.init(step: 3, value: 100))
    #expect(pruner.reasonToPrune(trial, lastStep: 10, history: study.history) == nil, "between")
    var young = study.history
    for number in 1..<6 { young.trials[number].reports = [] }
    #expect(pruner.reasonToPrune(young.trials[7], lastStep: 10, history: young) == nil, "too few")
    var broken = study.history
    for number in 0..<8 { broken.trials[number].reports[1].value = .nan }
    #expect(
      broken.trials.count { pruner.reasonToPrune($0, lastStep: 10, history: broken) != nil } == 2)
  }

  @Test("a stopped member is replaced once by a copy of a good one with other parameters")
  func replacement() throws {
    var study = try population()
    study.tell(7, [7], state: .pruned)
    study.history.trials[7].reports = [.init(step: 2, value: 7)]
    let proposal = try study.proposal(sampler)
    let leader = try #require(proposal.resumes)
    #expect([0, 1].contains(leader))
    let parent = study.history.trials[leader].parameters
    for name in ["network.units", "batch", "kind"] {
      #expect(proposal.parameters[name] == parent[name], "\(name)")
    }
    for name in ["rate", "momentum"] {
      let ratio = (proposal.parameters[name] ?? 0) / (parent[name] ?? 0)
      #expect(
        abs(ratio - 1.2) < 1e-9 || abs(ratio - 0.8) < 1e-9 || proposal.parameters[name] == 1,
        "\(name): \(ratio)")
    }
    try study.ask(sampler)
    #expect(try study.proposal(sampler).resumes == nil, "a new member: nobody waits for a copy")
  }

  @Test("no copy is made of a member that has reported its last step, and is about to end")
  func lastStep() throws {
    var study = try population()
    study.tell(7, [7], state: .pruned)
    study.history.trials[7].reports = [.init(step: 2, value: 7)]
    func note(_ number: Int, endsAt last: Int) {
      study.history.trials[number].systemAttributes["sounder:last_step"] = Value(.int(last))
    }
    for (number, value) in [-1.0, -2].enumerated() {
      study.history.trials[number].reports.append(.init(step: 4, value: value))
    }
    note(1, endsAt: 4)
    #expect(try study.proposal(sampler).resumes == nil, "the first of all to end")
    // Where epochs are searched each has its own last step.
    note(1, endsAt: 6)
    #expect(try study.proposal(sampler).resumes == 1)
    study.tell(0, [-1], state: .complete)
    #expect(try study.proposal(sampler).resumes == 1, "it trains for longer than what is complete")
    study.history.trials[1].reports.append(.init(step: 6, value: -2))
    #expect(try study.proposal(sampler).resumes == nil)
  }

  @Test("with both halves a population ends better than its start")
  func together() throws {
    var study = SuiteStudy(space, seed: 5)
    // Training: each step gains more, the nearer momentum is to 0.7. A copy goes on from its
    // leader's state.
    var losses: [Int: Double] = [:]
    func start() throws {
      let trial = try study.ask(sampler)
      losses[trial.number] = trial.resumedFrom.flatMap { losses[$0] } ?? 100
    }
    for _ in 0..<8 { try start() }
    for step in 1...20 {
      for trial in study.history.running {
        let distance = abs((trial.parameters["momentum"] ?? 0) - 0.7)
        let loss = (losses[trial.number] ?? 0) - max(0, 1 - 2 * distance)
        losses[trial.number] = loss
        study.history.trials[trial.number].reports.append(.init(step: step, value: loss))
      }
      for trial in study.history.running
      where pruner.reasonToPrune(trial, lastStep: 20, history: study.history) != nil {
        study.history.trials[trial.number].state = .pruned
        study.history.finished.append(trial.number)
        try start()
      }
    }
    let first = (0..<8).map { abs((study.history.trials[$0].parameters["momentum"] ?? 0) - 0.7) }
    let last = study.history.running.map { abs(($0.parameters["momentum"] ?? 0) - 0.7) }
    #expect(study.history.running.count == 8)
    #expect(last.sorted()[4] < 0.8 * first.sorted()[4])
  }
}
