public import Configuration

/// Stops a trial that reports a value outside fixed bounds, or one that is not a number.
public struct ThresholdPruner: Pruner {
  /// `threshold`.
  public static let name = "threshold"

  let lower: Double?
  let upper: Double?
  let schedule: PruningSchedule

  /// Reads `lower`, `upper`, `warmup_steps` and `interval`; without bounds only NaN is pruned.
  public init(options: inout Options) throws(ConfigurationError) {
    lower = options.value("lower") == nil ? nil : try options.number("lower")
    upper = options.value("upper") == nil ? nil : try options.number("upper")
    schedule = try PruningSchedule(options: &options)
    if let lower, let upper, lower > upper {
      throw options.error("lower \(lower) is above upper \(upper): give lower <= upper", "lower")
    }
  }

  /// The options, defaults included.
  public var value: Value {
    var entries: [Value.Entry] = []
    if let lower { entries.append(.init("lower", Value(.number(lower)))) }
    if let upper { entries.append(.init("upper", Value(.number(upper)))) }
    return Value(.map(entries + schedule.entries))
  }

  /// Names the bound that the latest value violates.
  public func reasonToPrune(_ trial: Trial, lastStep: Int?, history: History) -> String? {
    guard let report = trial.reports.last, schedule.includesLatest(of: history.curve(of: trial))
    else { return nil }
    if report.value.isNaN { return "its value at step \(report.step) is not a number" }
    if let lower, report.value < lower {
      return "its value \(report.value.brief) at step \(report.step) is below \(lower.brief)"
    }
    if let upper, report.value > upper {
      return "its value \(report.value.brief) at step \(report.step) is above \(upper.brief)"
    }
    return nil
  }
}
