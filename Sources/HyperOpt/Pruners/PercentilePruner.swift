public import Configuration

/// Stops a trial whose best value so far is outside the best percent of the complete trials' values
/// at the same step (Golovin et al., 2017, section 3.3.2, generalised as Optuna does).
public struct PercentilePruner: Pruner {
  /// `percentile`.
  public static let name = "percentile"

  let rule: PercentileRule

  /// Reads `percentile`, `startup_trials`, `min_trials`, `warmup_steps` and `interval`.
  public init(options: inout Options) throws(ConfigurationError) {
    let percentile = try options.number("percentile", default: 25, in: 0...100)
    rule = try PercentileRule(percentile: percentile, options: &options)
  }

  /// The options, defaults included.
  public var value: Value {
    Value(.map([.init("percentile", Value(.number(rule.percentile)))] + rule.entries))
  }

  /// Names the step's bound when the trial's best value is beyond it.
  public func reasonToPrune(_ trial: Trial, lastStep: Int?, history: History) -> String? {
    rule.reason(trial, history: history)
  }
}

/// Stops a trial whose best value so far is worse than the median of the complete trials' values at
/// the same step (Golovin et al., 2017, section 3.3.2).
public struct MedianPruner: Pruner {
  /// `median`.
  public static let name = "median"

  let rule: PercentileRule

  /// Reads `startup_trials`, `min_trials`, `warmup_steps` and `interval`.
  public init(options: inout Options) throws(ConfigurationError) {
    rule = try PercentileRule(percentile: 50, options: &options)
  }

  /// The options, defaults included.
  public var value: Value { Value(.map(rule.entries)) }

  /// Names the step's median when the trial's best value is beyond it.
  public func reasonToPrune(_ trial: Trial, lastStep: Int?, history: History) -> String? {
    rule.reason(trial, history: history)
  }
}

/// What `median` and `percentile` have in common.
struct PercentileRule: Sendable {
  /// How much of the complete trials counts as good, in percent.
  let percentile: Double
  /// Complete trials before which nothing is pruned.
  let startupTrials: Int
  /// Complete trials that must have a value at the step.
  let minTrials: Int
  let schedule: PruningSchedule

  init(percentile: Double, options: inout Options) throws(ConfigurationError) {
    self.percentile = percentile
    startupTrials = try options.int("startup_trials", default: 5, in: 0...Int.max)
    minTrials = try options.int("min_trials", default: 1, in: 1...Int.max)
    schedule = try PruningSchedule(options: &options)
  }

  var entries: [Value.Entry] {
    [
      .init("startup_trials", Value(.int(startupTrials))),
      .init("min_trials", Value(.int(minTrials))),
    ] + schedule.entries
  }

  func reason(_ trial: Trial, history: History) -> String? {
    let reports = history.curve(of: trial)
    guard let step = reports.last?.step, schedule.includesLatest(of: reports) else { return nil }
    var count = 0
    var values: [Double] = []
    for number in history.finished where history.trials[number].state == .complete {
      count += 1
      guard let value = history.curve(of: history.trials[number]).value(at: step) else { continue }
      values.append(value * history.sign)
    }
    guard count > 0, count >= startupTrials else { return nil }
    let own = reports.lazy.map { $0.value * history.sign }.filter { !$0.isNaN }.min()
    guard let own else { return "it has reported no number up to step \(step)" }
    guard values.count >= minTrials else { return nil }
    let bound = values.filter { !$0.isNaN }.quantile(percentile / 100)
    guard let bound, own > bound else { return nil }
    return """
      its best value \((own * history.sign).brief) up to step \(step) is outside the best \
      \(percentile.brief) % of \(values.count) complete trials there \
      (\((bound * history.sign).brief))
      """
  }
}

extension [Double] {
  /// The quantile with linear interpolation between neighbours; nil when there are no values.
  func quantile(_ fraction: Double) -> Double? {
    guard !isEmpty else { return nil }
    let sorted = sorted()
    let place = fraction * Double(count - 1)
    let index = Swift.min(Int(place), count - 1)
    let low = sorted[index]
    let high = sorted[Swift.min(index + 1, count - 1)]
    let part = place - Double(index)
    // Infinite neighbours have no middle.
    return part == 0 || low == high ? low : low + part * (high - low)
  }
}
