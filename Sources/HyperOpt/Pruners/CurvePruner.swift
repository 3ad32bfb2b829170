public import Configuration
private import Synchronization

/// Stops a trial whose learning curve, extrapolated, is unlikely to end ahead of the best trial.
///
/// The default. `CurveModel` predicts the value at the trial's last step; the trial stops when the
/// probability of a better value than the best trial's is below `threshold` (Domhan et al., 2015).
/// The previous report must have said so, too. A trial that has already been better goes on.
public struct CurvePruner: Pruner {
  /// `curve`.
  public static let name = "curve"

  let threshold: Double
  let minSteps: Int
  let minTrials: Int
  private let cache = CurveCache()

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
    guard let latest = reports.last, let best = history.bestFinished,
      best.number != trial.number, let lastStep = lastStep ?? history.longestCompleteStep
    else { return nil }
    if !latest.value.isFinite {
      // An infinite value of the good sign is the objective's affair.
      guard latest.value.isNaN || latest.value * history.sign > 0 else { return nil }
      return "its value at step \(latest.step) is not finite"
    }
    guard reports.count >= minSteps, latest.step < lastStep,
      !reports.contains(where: { $0.value * history.sign < best.value * history.sign })
    else { return nil }
    return cache.withModel(of: KnownCurves(history)) { model, excess in
      guard model.knownCount >= minTrials else { return nil }
      func chance(_ reports: [Trial.Report]) -> Double {
        model.probability(
          of: reports, lastStep: lastStep, reachingBetterThan: best.value, excess: &excess) ?? 1
      }
      let probability = chance(reports)
      guard probability < threshold, chance(reports.dropLast()) < threshold,
        let expected = model.finalValue(of: reports, lastStep: lastStep)
      else { return nil }
      return """
        it will end at \(expected.mean.brief) ± \(expected.deviation.brief); the probability to be \
        better than trial \(best.number) (\(best.value.brief)) is \
        \(probability.text(significantDigits: 2))
        """
    }
  }
}

/// The model of the trials that were complete at the latest call: most reports find it unchanged.
private final class CurveCache: Sendable {
  private struct State {
    var known: KnownCurves
    var model: CurveModel?
    var excess: [Double: Double] = [:]
  }

  private let state = Mutex<State?>(nil)

  func withModel(
    of known: KnownCurves, _ body: (CurveModel, inout [Double: Double]) -> String?
  ) -> String? {
    state.withLock { state in
      var current = state ?? State(known: known, model: CurveModel(known))
      if current.known != known { current = State(known: known, model: CurveModel(known)) }
      defer { state = current }
      guard let model = current.model else { return nil }
      return body(model, &current.excess)
    }
  }
}
