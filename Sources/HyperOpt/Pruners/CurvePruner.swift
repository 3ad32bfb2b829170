public import Configuration

/// Stops a trial whose learning curve, extrapolated, is unlikely to end ahead of the best trial.
///
/// The default. `CurveModel` predicts the value at the trial's last step; the trial stops when the
/// probability of a better value than the best trial's is below `threshold` (Domhan et al., 2015).
/// A trial that has already been better goes on.
public struct CurvePruner: Pruner {
  /// `curve`.
  public static let name = "curve"

  let threshold: Double
  let minSteps: Int
  let minTrials: Int

  /// Reads `threshold` (a probability), `min_steps` (reports of the trial) and `min_trials`
  /// (complete ones to learn from).
  public init(options: inout Options) throws(ConfigurationError) {
    threshold = try options.number("threshold", default: 0.05, in: 0...1)
    minSteps = try options.int("min_steps", default: 3, in: 1...Int.max)
    minTrials = try options.int("min_trials", default: 4, in: 1...Int.max)
  }

  /// Makes the pruner with its defaults.
  public init() {
    threshold = 0.05
    minSteps = 3
    minTrials = 4
  }

  /// The options, defaults included.
  public var value: Value {
    [
      "threshold": Value(.number(threshold)), "min_steps": Value(.int(minSteps)),
      "min_trials": Value(.int(minTrials)),
    ]
  }

  /// Names the probability when it is below the threshold.
  public func reasonToPrune(_ trial: Trial, lastStep: Int?, history: History) -> String? {
    let reports = history.curve(of: trial)
    guard let latest = reports.last, let best = history.best, best.number != trial.number,
      let bestValue = best.values.first, let lastStep = lastStep ?? history.longestCompleteStep
    else { return nil }
    if !latest.value.isFinite {
      // An infinite value of the good sign is the objective's affair.
      guard latest.value.isNaN || latest.value * history.sign > 0 else { return nil }
      return "its value at step \(latest.step) is not finite"
    }
    guard reports.count >= minSteps, latest.step < lastStep else { return nil }
    let hasBeenBetter = reports.contains { $0.value * history.sign < bestValue * history.sign }
    guard !hasBeenBetter, let model = CurveModel(history: history), model.knownCount >= minTrials
    else { return nil }
    guard
      let probability = model.probability(
        of: reports, lastStep: lastStep, reachingBetterThan: bestValue),
      probability < threshold,
      let expected = model.finalValue(of: reports, lastStep: lastStep)
    else { return nil }
    return """
      it will end at \(expected.mean.brief) ± \(expected.deviation.brief), and be better than trial \
      \(best.number) (\(bestValue.brief)) with probability \(probability.text(significantDigits: 2))
      """
  }
}
