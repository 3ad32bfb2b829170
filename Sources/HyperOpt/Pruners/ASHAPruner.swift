public import Configuration

/// Asynchronous successive halving (Li et al., 2020, algorithm 2).
///
/// Rung k lies at step `min_steps * reduction^k`. A trial that reaches a rung goes on when its value
/// there is among the best 1/`reduction` of all values that the rung has; the others stop. Where a
/// stopped trial kept its checkpoint and has come into that best part since, because worse ones
/// followed, it is promoted: resumed from the checkpoint before anything new is tried. While a rung
/// has fewer than `reduction` values, its best one goes on.
public struct ASHAPruner: Pruner {
  /// `asha`.
  public static let name = "asha"

  let rungs: Rungs

  /// Reads `min_steps` and `reduction`.
  public init(options: inout Options) throws(ConfigurationError) {
    rungs = Rungs(
      minSteps: try options.int("min_steps", default: 1, in: 1...Int.max),
      reduction: try options.int("reduction", default: 3, in: 2...1_000_000))
  }

  /// The options, defaults included.
  public var value: Value {
    ["min_steps": Value(.int(rungs.minSteps)), "reduction": Value(.int(rungs.reduction))]
  }

  /// Names the rung that the trial has reached without being among its best.
  public func reasonToPrune(_ trial: Trial, lastStep: Int?, history: History) -> String? {
    rungs.reason(trial, lastStep: lastStep, history: history) {
      Array(history.lastParts(with: trial))
    }
  }

  /// The best stopped trial of the highest rung where one has come into the best part.
  public func promotion(history: History) -> Int? {
    rungs.promotion(among: history.lastParts(), history: history)
  }
}

/// The rungs of one bracket of successive halving.
struct Rungs: Sendable, Equatable {
  /// The first rung's step when nothing is skipped.
  var minSteps: Int
  /// One of how many goes on.
  var reduction: Int
  /// Rungs at the bottom that this bracket does without.
  var skipped = 0

  /// The step of a rung; nil when it is beyond all numbers.
  func step(of rung: Int) -> Int? {
    var step = minSteps
    for _ in 0..<(rung + skipped) {
      let (product, overflow) = step.multipliedReportingOverflow(by: reduction)
      if overflow { return nil }
      step = product
    }
    return step
  }

  func reason(
    _ trial: Trial, lastStep: Int?, history: History, competitors: () -> [Trial]
  ) -> String? {
    let reports = history.curve(of: trial)
    guard let latest = reports.last, trial.reports.last == latest || latest.value.isNaN else {
      return nil
    }
    // Nothing is saved by stopping a trial that is at its end.
    if let lastStep, latest.step >= lastStep { return nil }
    let before = reports.dropLast().last?.step
    var trials: [Trial]?
    var rung = 0
    while let step = step(of: rung), step <= latest.step {
      defer { rung += 1 }
      // A rung is decided once, by the first report that reaches it.
      if let before, before >= step { continue }
      if latest.value.isNaN { return "its value at step \(latest.step) is not a number" }
      if trials == nil { trials = competitors() }
      let own = latest.value * history.sign
      let values = (trials ?? []).compactMap { value(of: $0, at: step, history: history) }
      let better = values.count { $0 < own }
      if better >= max(values.count / reduction, 1) {
        return """
          its value \(latest.value.brief) at step \(latest.step) is number \(better + 1) of \
          \(values.count) there, and the best 1/\(reduction) go on
          """
      }
    }
    return nil
  }

  func promotion(among trials: [Trial], history: History) -> Int? {
    let longest = trials.lazy.compactMap { $0.reports.last?.step }.max() ?? 0
    var rung = 0
    while let next = step(of: rung + 1), next <= longest { rung += 1 }
    while rung >= 0 {
      defer { rung -= 1 }
      guard let step = step(of: rung) else { continue }
      let next = self.step(of: rung + 1) ?? Int.max
      var entries: [(value: Double, trial: Trial)] = []
      for trial in trials {
        guard let value = value(of: trial, at: step, history: history) else { continue }
        entries.append((value, trial))
      }
      entries.sort { ($0.value, $0.trial.number) < ($1.value, $1.trial.number) }
      let promoted = entries.prefix(entries.count / reduction).first { entry in
        entry.trial.state == .pruned && entry.trial.hasCheckpoint
          && (history.curve(of: entry.trial).last?.step ?? 0) < next
      }
      if let promoted { return promoted.trial.number }
    }
    return nil
  }

  /// The value with which a trial has reached a rung, less is better.
  private func value(of trial: Trial, at step: Int, history: History) -> Double? {
    guard let last = trial.reports.last, last.step >= step else { return nil }
    let report = history.curve(of: trial).first(atOrAfter: step)
    return report.flatMap { $0.value.isNaN ? nil : $0.value * history.sign }
  }
}

extension Trial {
  /// Whether the trial left a checkpoint to go on from.
  var hasCheckpoint: Bool {
    guard case .string(let path)? = userAttributes["checkpoint"]?.kind else { return false }
    return !path.isEmpty
  }
}
