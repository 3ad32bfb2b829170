import Configuration
import HyperOpt
import Testing

/// What the samplers of the registry make of results.
@Suite struct SamplerSuiteLearning {
  private static let several = SamplerRegistry.all.filter { $0.takesSeveralObjectives }
    .map { $0.name }

  @Test(
    "a learning sampler is far ahead of random draws on a bowl", arguments: SamplerSuite.learners)
  func betterThanRandom(name: String) throws {
    let space = try SearchSpace((0..<4).map { Parameter("x\($0)", .float(low: -5, high: 5)) })
    let count = name == "gp" ? 25 : 150
    func median(_ sampler: any Sampler) throws -> Double {
      try (0..<(name == "gp" ? 3 : 7)).map { seed in
        var study = SuiteStudy(space, seed: UInt64(seed))
        try study.run(count, sampler) { [SuiteStudy.bowl($0, space)] }
        return study.history.best?.values[0] ?? .infinity
      }.sorted()[name == "gp" ? 1 : 3]
    }
    #expect(try median(SamplerSuite.sampler(name)) < 0.5 * median(RandomSampler()))
  }

  @Test("a learning sampler goes where the constraints are met", arguments: SamplerSuite.learners)
  func constraints(name: String) throws {
    let space = try SearchSpace((0..<2).map { Parameter("x\($0)", .float(low: 0, high: 1)) })
    let sampler = try SamplerSuite.sampler(name)
    var study = SuiteStudy(space)
    // The bowl's lowest point, 0.3 everywhere, is not feasible: x0 must be at least 0.7.
    for _ in 0..<(name == "gp" ? 25 : 90) {
      let trial = try study.ask(sampler)
      study.tell(
        trial.number, [SuiteStudy.bowl(trial.parameters, space)],
        constraints: [0.7 - (trial.parameters["x0"] ?? 0)])
    }
    let late = study.history.trials.suffix(name == "gp" ? 10 : 30)
    // The best feasible point lies on the border: a model may be 0.05 off.
    #expect(late.count { $0.violation < 0.05 } > late.count / 3)
    #expect((study.history.best?.values[0] ?? .infinity) < 0.25)
  }

  @Test("several objectives are handled, in both directions", arguments: several)
  func severalObjectives(name: String) throws {
    let space = try SuiteSpace.mixed().space
    let sampler = try SamplerSuite.sampler(name)
    let fast = name.hasPrefix("gp")
    var study = SuiteStudy(space, directions: [.minimize, .maximize])
    try SamplerSuite.untilExhausted { try study.runBadly(fast ? 14 : 80, sampler) }
    var mirrored = SuiteStudy(space, directions: [.maximize, .minimize])
    study = SuiteStudy(space, directions: [.minimize, .maximize])
    for _ in 0..<(fast ? 14 : 70) {
      let trial = try study.ask(sampler)
      let values = [0, 1].map { SuiteStudy.bowl(trial.parameters, space, $0) }
      study.tell(trial.number, values)
      let other = try mirrored.ask(sampler)
      #expect(other.parameters == trial.parameters)
      mirrored.tell(other.number, values.map { -$0 })
    }
  }

  @Test(
    "a front is far larger than that of random draws",
    arguments: ["tpe", "nsga2", "gp-ehvi"].filter(several.contains))
  func fronts(name: String) throws {
    let space = try SearchSpace((0..<5).map { Parameter("x\($0)", .float(low: 0, high: 1)) })
    // ZDT1 (Zitzler, Deb and Thiele, 2000): the front lies where all but x0 are 0.
    func zdt1(_ point: Assignment) -> [Double] {
      let first = point["x0"] ?? 0
      let g = 1 + 9 * (1..<5).reduce(0) { $0 + (point["x\($1)"] ?? 0) } / 4
      return [first, g * (1 - (first / g).squareRoot())]
    }
    let isSlow = name.hasPrefix("gp")
    func volume(_ sampler: any Sampler) throws -> Double {
      try (0..<(isSlow ? 1 : 3)).map { seed in
        var study = SuiteStudy(space, directions: [.minimize, .minimize], seed: UInt64(seed))
        try study.run(isSlow ? 25 : 150, sampler, zdt1)
        return Hypervolume.volume(study.history.trials.map { $0.values }, reference: [1, 6])
      }.sorted()[isSlow ? 0 : 1]
    }
    // The front itself would have 5.66.
    let random = try volume(RandomSampler())
    #expect(try volume(SamplerSuite.sampler(name)) > random + 0.4 * (5.66 - random))
  }
}
