private import Configuration
private import Foundation

/// What whole trials cost: the logarithm of the seconds that a trial takes to its last step.
enum CostModel {
  /// The seconds that a trial would have taken to its end: as its coordinator says, or by the times
  /// of the journal and the steps that it has reported; nil when that is not known.
  static func seconds(_ trial: Trial, lastStep: Int?) -> Double? {
    if let cost = trial.systemAttributes[TrialCost.attribute]?.number { return cost }
    guard let start = trial.startTime, let end = trial.endTime, end > start else { return nil }
    guard trial.state == .pruned else { return end - start }
    guard let lastStep, let step = trial.reports.last?.step, step > 0 else { return nil }
    return (end - start) * Double(lastStep) / Double(step)
  }

  /// Results for a model of the logarithm of the cost, one for each finished trial that has one.
  static func results(_ history: History, _ encoding: SpaceEncoding) -> [Observations.Result] {
    let lastStep = history.longestCompleteStep
    return history.finishedTrials.compactMap { trial in
      guard !trial.parameters.isEmpty, trial.state != .failed,
        let whole = seconds(trial, lastStep: lastStep), whole > 0, whole.isFinite
      else { return nil }
      return Observations.Result(point: encoding.point(of: trial.parameters), value: log(whole))
    }
  }
}

/// The expected cost of a point, subtracted from an acquisition that is a logarithm: the improvement
/// per second (Snoek, Larochelle and Adams 2012, "Practical Bayesian Optimization of Machine Learning
/// Algorithms", section 3.2).
package struct CostPenalty {
  let surrogate: Surrogate
  /// Logarithms of seconds per unit of the surrogate's values.
  let slope: Double

  package init(_ surrogate: Surrogate, slope: Double) {
    self.surrogate = surrogate
    self.slope = slope
  }

  init(_ surrogate: Surrogate, _ transform: OutputTransform) {
    self.init(surrogate, slope: 1 / (transform.apply(1) - transform.apply(0)))
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
