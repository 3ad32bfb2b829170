internal import HyperOpt
private import NN
internal import SearchObjectives

/// What a proposal costs after a number of results.
enum Timing {
  /// CPU seconds of one ask and tell after the other, behind `results` random results.
  ///
  /// Five of them up to 200 results, three beyond, as for the peers (../peers/timing.py); the first
  /// finds nothing prepared.
  static func seconds(
    of sampler: any Sampler, objective: Objective, results: Int, pending: Int
  ) throws -> [Double] {
    var record = StudyRecord(objective.space, seed: 0)
    var generator = RandomGenerator(seed: 0)
    for number in 0..<results {
      let point = objective.space.assignment {
        $0.distribution.internalValue(atUnit: generator.uniform())
      }
      record.start(point)
      record.tell(number, objective.value(point))
    }
    for _ in 0..<pending { _ = try record.ask(sampler) }
    return try (0..<(results <= 200 ? 5 : 3)).map { _ in
      let (trial, asking) = try ProcessClock.measure { try record.ask(sampler) }
      let value = objective.value(record.history.trials[trial].parameters)
      let ((), telling) = ProcessClock.measure { record.tell(trial, value) }
      return asking + telling
    }
  }
}
