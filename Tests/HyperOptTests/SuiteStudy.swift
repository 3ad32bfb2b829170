import Configuration
import HyperOpt
import Testing

/// A study in memory for the shared sampler tests: asks, and tells what it is told to tell.
struct SuiteStudy {
  var history: History
  let seed: UInt64
  private(set) var asked = 0

  init(_ space: SearchSpace, directions: [Direction] = [.minimize], seed: UInt64 = 7) {
    history = History(space: space, directions: directions)
    self.seed = seed
  }

  /// The next proposal, not started.
  func proposal(_ sampler: any Sampler) throws -> Proposal {
    try sampler.propose(asked, seed: seed, history: history)
  }

  /// Starts the next trial.
  @discardableResult
  mutating func ask(_ sampler: any Sampler) throws -> Trial {
    let proposal = try proposal(sampler)
    var trial = Trial(
      number: history.trials.count, state: .running, parameters: proposal.parameters)
    trial.systemAttributes["sounder:index"] = Value(.int(asked))
    if let resumes = proposal.resumes {
      trial.systemAttributes["sounder:resumed_from"] = Value(.int(resumes))
    }
    history.trials.append(trial)
    asked += 1
    return trial
  }

  /// Ends a trial.
  mutating func tell(
    _ number: Int, _ values: [Double], state: Trial.State = .complete, constraints: [Double] = []
  ) {
    history.trials[number].values = state == .complete ? values : []
    history.trials[number].state = state
    if state != .failed, let value = values.first, values.count == 1 {
      let last = state == .complete ? 4 : 1 + number % 3
      history.trials[number].reports = (1...last).map {
        .init(step: $0, value: value + 1 / Double($0))
      }
    }
    if !constraints.isEmpty {
      let list = constraints.map { Value(.number($0)) }
      history.trials[number].systemAttributes["constraints"] = Value(.list(list))
    }
    history.finished.append(number)
  }

  /// Asks for and ends `count` trials, one after the other.
  mutating func run(
    _ count: Int, _ sampler: any Sampler, _ objective: (Assignment) -> [Double]
  ) throws {
    for _ in 0..<count {
      let trial = try ask(sampler)
      tell(trial.number, objective(trial.parameters))
    }
  }

  /// Ends every way there is, in turn; leaves some running.
  mutating func runBadly(_ count: Int, _ sampler: any Sampler) throws {
    for _ in 0..<count {
      let trial = try ask(sampler)
      #expect(history.space.contains(trial.parameters), "\(trial.parameters)")
      let values = history.directions.indices.map { Self.bowl(trial.parameters, history.space, $0) }
      switch trial.number % 9 {
      case 2: break
      case 4: tell(trial.number, values, state: .pruned)
      case 5: tell(trial.number, [], state: .failed)
      case 6: tell(trial.number, values.map { _ in .nan })
      case 7: tell(trial.number, values.map { _ in .infinity })
      case 8: tell(trial.number, values, constraints: [-1, values[0] - 0.1])
      default: tell(trial.number, values, constraints: [-1])
      }
    }
  }

  /// A bowl on the unit scale with its lowest point at 0.3 (0.6 for the second objective).
  static func bowl(_ parameters: Assignment, _ space: SearchSpace, _ objective: Int = 0) -> Double {
    let middle = objective == 0 ? 0.3 : 0.6
    return space.parameters.reduce(0) { sum, parameter in
      guard let value = parameters[parameter.name] else { return sum }
      let place = parameter.distribution.unit(of: value) - middle
      return sum + place * place
    }
  }
}
