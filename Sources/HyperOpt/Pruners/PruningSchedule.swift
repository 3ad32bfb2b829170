internal import Configuration

/// At which reports a pruner looks at a trial: after a warm-up, then once in each interval of steps.
struct PruningSchedule: Sendable, Equatable {
  /// Steps before which nothing is pruned.
  var warmupSteps = 0
  /// The number of steps in an interval.
  var interval = 1

  init(options: inout Options) throws(ConfigurationError) {
    warmupSteps = try options.int("warmup_steps", default: 0, in: 0...Int.max)
    interval = try options.int("interval", default: 1, in: 1...Int.max)
  }

  init() {}

  /// The schedule's keys in a job file.
  var entries: [Value.Entry] {
    [
      .init("warmup_steps", Value(.int(warmupSteps))), .init("interval", Value(.int(interval))),
    ]
  }

  /// Whether the latest of `reports` is the first in its interval.
  func includesLatest(of reports: [Trial.Report]) -> Bool {
    guard let step = reports.last?.step, step >= warmupSteps else { return false }
    let start = (step - warmupSteps) / interval * interval + warmupSteps
    guard let before = reports.dropLast().last else { return true }
    return before.step < start
  }
}
