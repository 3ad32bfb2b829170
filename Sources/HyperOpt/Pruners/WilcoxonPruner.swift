public import Configuration

/// Stops a trial that is worse than the best one on the same folds (or other repeated steps).
///
/// A one-sided signed-rank test (Wilcoxon, 1945) on the differences to the best trial's values at
/// the steps that both have. For safety a trial whose average is no worse than the best trial's
/// goes on, and so does one with a value that is not finite.
public struct WilcoxonPruner: Pruner {
  /// `wilcoxon`.
  public static let name = "wilcoxon"

  let threshold: Double
  let startupSteps: Int

  /// Reads `threshold` (of the p-value) and `startup_steps`.
  public init(options: inout Options) throws(ConfigurationError) {
    threshold = try options.number("threshold", default: 0.1, in: 0...1)
    startupSteps = try options.int("startup_steps", default: 2, in: 0...Int.max)
  }

  /// The options, defaults included.
  public var value: Value {
    ["threshold": Value(.number(threshold)), "startup_steps": Value(.int(startupSteps))]
  }

  /// Names the p-value when it is below the threshold.
  public func reasonToPrune(_ trial: Trial, lastStep: Int?, history: History) -> String? {
    let own = history.curve(of: trial)
    guard let best = history.best, best.number != trial.number else { return nil }
    let other = history.curve(of: best)
    guard !own.isEmpty, !other.isEmpty else { return nil }
    guard (own + other).allSatisfy({ $0.value.isFinite }) else { return nil }
    let differences = own.compactMap { report in
      other.value(at: report.step).map { (report.value - $0) * history.sign }
    }
    guard differences.count >= max(2, startupSteps) else { return nil }
    let p = SignedRank(differences).pValueGreater
    guard p < threshold, own.mean * history.sign > other.mean * history.sign else { return nil }
    return """
      it is worse than trial \(best.number) on \(differences.count) shared steps \
      (signed-rank test, p = \(p.brief))
      """
  }
}

extension [Trial.Report] {
  fileprivate var mean: Double { reduce(0) { $0 + $1.value } / Double(count) }
}
