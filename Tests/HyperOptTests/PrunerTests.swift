import Configuration
import HyperOpt
import Testing

/// What every pruner keeps to; `PrunerRegistry.all` registers them.
@Suite struct PrunerTests {
  /// Options that are not the defaults, for pruners that have some.
  private static let options: [String: Value] = [
    "asha": ["min_steps": 2, "reduction": 4],
    "hyperband": ["max_steps": 81],
    "curve": ["threshold": 0.1, "min_steps": 2, "min_trials": 3],
    "median": ["startup_trials": 3, "warmup_steps": 2],
    "percentile": ["percentile": 10, "interval": 3],
    "patience": ["patience": 2, "pruner": ["median": ["min_trials": 2]]],
    "threshold": ["lower": -1, "upper": 3],
    "wilcoxon": ["threshold": 0.2],
  ]

  private static func pruners() throws -> [any Pruner] {
    try PrunerRegistry.all.flatMap { type in
      let plain = try PrunerRegistry.pruner(Value(.string(type.name)))
      guard let options = options[type.name] else { return [plain] }
      return [plain, try PrunerRegistry.pruner(Value(.map([.init(type.name, options)])))]
    }
  }

  /// Curves that end between 0.1 and 0.9; the later ones are the worse ones.
  private static func curve(_ index: Int, steps: Int = 12) -> [Double] {
    (1...steps).map { 0.1 + 0.02 * Double(index) + 1 / Double($0) }
  }

  private static func study(_ direction: Direction = .minimize) throws -> PrunedStudy {
    var study = try PrunedStudy(direction: direction)
    for index in 0..<12 {
      let curve = Self.curve(index).map { $0 * direction.sign }
      _ = study.run(curve, pruner: NoPruner(), lastStep: 12)
    }
    return study
  }

  @Test("options are written as they were read, and unknown ones are refused")
  func options() throws {
    #expect(Set(PrunerRegistry.all.map { $0.name }).count == PrunerRegistry.all.count)
    for pruner in try Self.pruners() {
      let again = try PrunerRegistry.pruner(pruner.namedValue)
      #expect(again.namedValue == pruner.namedValue)
      let name = type(of: pruner).name
      let error = #expect(throws: ConfigurationError.self) {
        try PrunerRegistry.pruner(Value(.map([.init(name, ["reductoin": 2])])))
      }
      #expect(error?.description.contains("reductoin") == true)
    }
    #expect(throws: ConfigurationError.self) { try PrunerRegistry.pruner("medain") }
  }

  @Test("odd histories neither crash a pruner nor change its mind")
  func oddHistories() throws {
    let odd: [[Double]] = [
      [], [.nan], [.infinity], [-.infinity], [1], [0, 0, 0, 0], [1e300, -1e300, 1e300],
      [.nan, 1, .nan], [1, .infinity, 2], [1e-300, 0, -1e-300],
    ]
    for pruner in try Self.pruners() {
      for direction in Direction.allCases {
        for lastStep in [nil, 0, 1, 3, 1000] {
          var study = try PrunedStudy(direction: direction)
          for curve in odd + odd {
            let number = study.history.trials.count
            _ = study.run(curve, pruner: pruner, lastStep: lastStep)
            var trial = study.history.trials[number]
            trial.state = .running
            let reasons = (0..<2).map { _ in
              pruner.reasonToPrune(trial, lastStep: lastStep, history: study.history)
            }
            #expect(reasons[0] == reasons[1])
            #expect(pruner.promotion(history: study.history) == nil)
          }
        }
      }
    }
  }

  @Test("a pruner that has seen another study decides as a new one does")
  func purity() throws {
    var decided = 0
    for pruner in try Self.pruners() {
      for direction in [Direction.minimize, .maximize, .minimize] {
        var study = try Self.study(direction)
        for index in [3, 30] {
          let fresh = try PrunerRegistry.pruner(pruner.namedValue)
          var other = study
          let curve = Self.curve(index).map { $0 * direction.sign }
          let stops = study.run(curve, pruner: pruner, lastStep: 12)
          #expect(stops == other.run(curve, pruner: fresh, lastStep: 12))
          decided += stops == nil ? 0 : 1
        }
      }
    }
    #expect(decided > 20)
  }

  @Test("minimising f and maximising -f are the same")
  func directions() throws {
    for pruner in try Self.pruners() where type(of: pruner).name != "threshold" {
      var down = try PrunedStudy(direction: .minimize)
      var up = try PrunedStudy(direction: .maximize)
      for index in 0..<40 {
        let curve = Self.curve(index * 7 % 40)
        let stop = down.run(curve, pruner: pruner, lastStep: 12)
        #expect(stop == up.run(curve.map { -$0 }, pruner: pruner, lastStep: 12))
      }
      #expect(pruner.promotion(history: down.history) == pruner.promotion(history: up.history))
    }
  }

  @Test("neither the only trial is stopped nor one that leads at every step")
  func leaders() throws {
    for pruner in try Self.pruners() {
      var alone = try PrunedStudy(direction: .minimize)
      #expect(alone.run(Self.curve(0), pruner: pruner, lastStep: 12) == nil)
      var study = try Self.study()
      let stop = study.run(Self.curve(-1), pruner: pruner, lastStep: 12)
      #expect(stop == nil, "\(type(of: pruner).name): \(study.reason ?? "")")
    }
  }

  @Test("reasons are one line and name a number")
  func reasons() throws {
    for name in ["curve", "asha", "hyperband", "median", "percentile", "wilcoxon"] {
      var study = try Self.study()
      let stop = study.run(
        Self.curve(40), pruner: try PrunerRegistry.pruner(Value(.string(name))), lastStep: 12)
      #expect(stop != nil, "\(name)")
      let reason = try #require(study.reason)
      #expect(!reason.contains("\n") && reason.contains { $0.isNumber }, "\(reason)")
    }
  }
}
