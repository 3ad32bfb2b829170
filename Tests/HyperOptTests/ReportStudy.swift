import Configuration
import HyperOpt

/// A small study with everything that a table and a report must cope with.
enum ReportStudy {
  static let space: [Parameter] = [
    Parameter("training.optimizer", .categorical([["adam": [:]], ["sgd": [:]]])),
    Parameter(
      "training.optimizer.adam.learning_rate", .float(low: 1e-4, high: 0.1, log: true),
      when: [.init("training.optimizer", .oneOf([0]))]),
    Parameter("units", .int(low: 16, high: 512, log: true)),
    Parameter("text", .categorical(["a,b", "say \"no\"", "<script>alert(1)</script>"])),
    Parameter("on", .boolean),
  ]

  static func history(_ count: Int, directions: [Direction] = [.maximize]) throws -> History {
    var history = History(space: try SearchSpace(space), directions: directions)
    for number in 0..<count {
      var generator = Double(number) * 0.618_033_988_75
      let parameters = history.space.assignment { parameter in
        generator = (generator * 7.1 + 0.3).truncatingRemainder(dividingBy: 1)
        return parameter.distribution.internalValue(atUnit: generator)
      }
      let state: Trial.State =
        switch number % 10 {
        case 3: .pruned
        case 6: .failed
        case 9 where number == count - 1: .running
        default: .complete
        }
      history.trials.append(trial(number, state, parameters, directions.count))
      if state.isFinished { history.finished.append(number) }
    }
    return history
  }

  private static func trial(
    _ number: Int, _ state: Trial.State, _ parameters: Assignment, _ objectives: Int
  ) -> Trial {
    var trial = Trial(number: number, state: state, parameters: parameters)
    let final = 0.9 - 0.001 * Double(number * 37 % 101)
    let length = state == .complete ? 5 : 2
    trial.reports = (1...length).map { .init(step: $0, value: final - 0.5 / Double($0)) }
    if state == .complete {
      trial.values = (0..<objectives).map { $0 == 0 ? final : 100 - Double(number * 53 % 97) }
    }
    trial.startTime = 1_700_000_000 + 2 * Double(number / 2)
    trial.endTime = state == .running ? nil : 1_700_000_001.9 + 2 * Double(number / 2)
    trial.userAttributes = [
      "group": Value(.int(number % 2)), "ranks": 2, "wait_seconds": 0.01,
    ]
    if state == .failed { trial.userAttributes["reason"] = "line one\nand \"two\", <b>bold</b>" }
    if number == 8 { trial.systemAttributes["sounder:resumed_from"] = 3 }
    return trial
  }
}
