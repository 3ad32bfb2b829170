private import Configuration
private import Foundation

/// What whole trials cost: the logarithm of the seconds that a trial takes to its last step.
///
/// A trial that was stopped early tells it by its pace. The time that a coordinator measured
/// (`seconds` in the trial's user attributes) counts; trials without it say nothing.
enum CostModel {
  /// The seconds that a trial took; nil when nobody measured them.
  static func seconds(_ trial: Trial) -> Double? { trial.userAttributes["seconds"]?.number }

  /// Results for a model of the logarithm of the cost, one for each finished trial that has a time.
  static func results(_ history: History, _ encoding: SpaceEncoding) -> [Observations.Result] {
    let lastStep = history.longestCompleteStep
    return history.finishedTrials.compactMap { trial in
      guard !trial.parameters.isEmpty, trial.state != .failed,
        let seconds = seconds(trial), seconds > 0, seconds.isFinite
      else { return nil }
      var whole = seconds
      if trial.state == .pruned {
        guard let lastStep, let last = trial.reports.last?.step, last > 0 else { return nil }
        // A resumed trial has the reports of its first part, whose time it did not take.
        let first = trial.resumedFrom == nil ? 0 : (trial.reports.first?.step ?? 1) - 1
        guard last > first else { return nil }
        whole *= Double(lastStep) / Double(last - first)
      }
      return Observations.Result(point: encoding.point(of: trial.parameters), value: log(whole))
    }
  }
}

/// The expected cost of a point, subtracted from an acquisition that is a logarithm: the improvement
/// per second (Snoek, Larochelle and Adams 2012, "Practical Bayesian Optimization of Machine Learning
/// Algorithms", section 3.2).
struct CostPenalty {
  let surrogate: Surrogate
  /// Logarithms of seconds per unit of the surrogate's values.
  let slope: Double

  init(_ surrogate: Surrogate, _ transform: OutputTransform) {
    self.surrogate = surrogate
    slope = 1 / (transform.apply(1) - transform.apply(0))
  }

  /// Subtracts the expected logarithm of the cost of `count` rows of features, up to a constant.
  func subtract(
    _ rows: [Double], count: Int, from values: inout [Double], slopes: SlopeBuffer?
  ) {
    var prediction = Surrogate.Prediction()
    surrogate.predict(rows, count: count, into: &prediction)
    for i in 0..<count { values[i] -= slope * prediction.means[i] }
    guard let slopes else { return }
    let total = surrogate.resultCount + surrogate.pendingCount
    var weights = [Double](repeating: 0, count: total * count)
    for i in 0..<count {
      for j in 0..<surrogate.resultCount {
        weights[i * total + j] = -slope * surrogate.whitened[j]
      }
    }
    var more: [Double] = []
    surrogate.gradients(rows, count: count, weights: &weights, into: &more)
    for i in more.indices { slopes.values[i] += more[i] }
  }
}
