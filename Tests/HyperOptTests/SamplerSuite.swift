import Configuration
import HyperOpt
import Testing

/// What every sampler of the registry must do.
@Suite struct SamplerSuite {
  static let names = SamplerRegistry.all.map { $0.name }
  static let learners = ["tpe", "gp", "cmaes", "evolution", "nsga2"].filter(names.contains)

  static func sampler(_ name: String) throws -> any Sampler {
    try SamplerRegistry.sampler(Value(.string(name)))
  }

  /// What a finite sampler throws at its end, and what a study then does.
  static func untilExhausted(_ body: () throws -> Void) throws {
    do {
      try body()
    } catch let error as StudyError where error.description == StudyError.exhausted.description {}
  }

  @Test(
    "proposals are valid whatever happened to the trials before",
    arguments: names, try SuiteSpace.all())
  func validity(name: String, space: SuiteSpace) throws {
    let sampler = try Self.sampler(name)
    var study = SuiteStudy(space.space)
    try Self.untilExhausted { try study.runBadly(name.hasPrefix("gp") ? 16 : 60, sampler) }
    #expect(study.asked > 0)
  }

  @Test(
    "a proposal is a function of seed, number and history: a new instance says the same",
    arguments: names, [try SuiteSpace.continuous(), try .mixed(), try .conditional()])
  func purity(name: String, space: SuiteSpace) throws {
    let used = try Self.sampler(name)
    var study = SuiteStudy(space.space)
    for count in 0..<(name.hasPrefix("gp") ? 14 : 40) {
      let proposal = try study.proposal(used)
      #expect(try study.proposal(used) == proposal)
      #expect(try study.proposal(Self.sampler(name)) == proposal)
      let trial = try study.ask(used)
      if count % 5 != 4 {
        study.tell(trial.number, [SuiteStudy.bowl(trial.parameters, space.space)])
      }
    }
    // An instance that has seen another study in between is not confused by it.
    var other = SuiteStudy(space.space, seed: 8)
    try other.run(12, used) { [-SuiteStudy.bowl($0, space.space)] }
    #expect(try study.proposal(used) == study.proposal(Self.sampler(name)))
  }

  @Test("different numbers and different seeds give different proposals", arguments: names)
  func numbers(name: String) throws {
    let sampler = try Self.sampler(name)
    let space = try SuiteSpace.continuous().space
    var study = SuiteStudy(space)
    try study.run(14, sampler) { [SuiteStudy.bowl($0, space)] }
    var proposals: [Assignment] = []
    for index in 14..<18 {
      let proposal = try sampler.propose(index, seed: 7, history: study.history)
      #expect(!proposals.contains(proposal.parameters))
      proposals.append(proposal.parameters)
    }
    if name != "grid" {
      let other = try sampler.propose(14, seed: 8, history: study.history)
      #expect(other.parameters != proposals[0])
    }
  }

  @Test("maximizing -f is minimizing f, bit for bit", arguments: names)
  func directions(name: String) throws {
    let space = try SuiteSpace.mixed().space
    var down = SuiteStudy(space)
    var up = SuiteStudy(space, directions: [.maximize])
    let count = name.hasPrefix("gp") ? 14 : 40
    try down.run(count, Self.sampler(name)) { [SuiteStudy.bowl($0, space)] }
    try up.run(count, Self.sampler(name)) { [-SuiteStudy.bowl($0, space)] }
    #expect(down.history.trials.map { $0.parameters } == up.history.trials.map { $0.parameters })
  }

  @Test("running trials leave room for others: no proposal comes twice", arguments: names)
  func running(name: String) throws {
    let sampler = try Self.sampler(name)
    let space = try SuiteSpace.continuous().space
    var study = SuiteStudy(space)
    try study.run(12, sampler) { [SuiteStudy.bowl($0, space)] }
    for _ in 0..<8 { try study.ask(sampler) }
    for (i, trial) in study.history.trials.enumerated() {
      #expect(!study.history.trials[..<i].contains { $0.parameters == trial.parameters })
    }
  }

  @Test(
    "a finite space does not stop or hang a sampler before everything was tried", arguments: names)
  func finite(name: String) throws {
    let space = try SuiteSpace.finite().space
    let sampler = try Self.sampler(name)
    var study = SuiteStudy(space)
    try Self.untilExhausted { try study.run(14, sampler) { [SuiteStudy.bowl($0, space)] } }
    #expect(study.asked >= 6)
    if name == "grid" {
      #expect(study.asked == 6)
      let error = #expect(throws: StudyError.self) { try study.proposal(sampler) }
      #expect(error?.description == StudyError.exhausted.description)
    }
  }

  @Test("where everything is forbidden there is an error, no endless search", arguments: names)
  func nothingAllowed(name: String) throws {
    let space = try SearchSpace(
      [Parameter("x", .float(low: 0, high: 1)), Parameter("flag", .boolean)],
      forbidding: [[.init("flag", .oneOf([0, 1]))]])
    let sampler = try Self.sampler(name)
    let error = #expect(throws: StudyError.self) { try SuiteStudy(space).proposal(sampler) }
    #expect(error?.exitCode == 65)
  }

  @Test("results of older studies and enqueued trials are taken in", arguments: names)
  func older(name: String) throws {
    let space = try SuiteSpace.conditional().space
    let sampler = try Self.sampler(name)
    var source = SuiteStudy(space, seed: 3)
    try source.run(12, RandomSampler()) { [SuiteStudy.bowl($0, space)] }
    var study = SuiteStudy(space)
    study.history.older = [
      source.history.trials.map { .init(parameters: $0.parameters, values: $0.values) }, [],
    ]
    study.history.trials = [Trial(number: 0, state: .waiting)]
    try study.runBadly(name.hasPrefix("gp") ? 8 : 30, sampler)
  }

  @Test(
    "options come back from `value`, and an unknown one is an error that names it", arguments: names
  )
  func options(name: String) throws {
    let sampler = try Self.sampler(name)
    #expect(type(of: sampler).name == name)
    let again = try SamplerRegistry.sampler(sampler.namedValue)
    #expect(again.namedValue == sampler.namedValue)
    let space = try SuiteSpace.mixed().space
    var study = SuiteStudy(space)
    try study.run(12, sampler) { [SuiteStudy.bowl($0, space)] }
    #expect(try study.proposal(sampler) == study.proposal(again))
    let wrong = Value(.map([.init(name, ["no_such_option": 1])]))
    let error = #expect(throws: ConfigurationError.self) { try SamplerRegistry.sampler(wrong) }
    #expect(error?.description.contains("no_such_option") == true)
  }
}
