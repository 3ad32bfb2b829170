private import Foundation

/// Says how worthwhile trials at some points are; more is better.
///
/// Values are logarithms: they differ where the plain numbers would all be 0.
package protocol Acquisition {
  /// Values at `count` rows of features, and their slopes along the features unless nil.
  mutating func evaluate(
    _ rows: [Double], count: Int, values: inout [Double], slopes: SlopeBuffer?)
}

/// Where slopes along the features go: one row for each point.
package final class SlopeBuffer {
  package var values: [Double] = []

  package init() {}
}

/// The logarithm of the expected improvement over the best result, averaged over joint draws of what
/// the running trials will give, times the probability that all constraints are met.
///
/// log EI_q(x) = log mean over s of EI(x given draw s), with draws at fixed Sobol points: the
/// asynchronous form of Ament et al. 2023 (section 3.2) and Wilson et al. 2018, where what runs is
/// integrated out.
package struct LogEI: Acquisition {
  private let objective: Surrogate
  private let constraints: [(surrogate: Surrogate, limit: Double)]
  private let cost: CostPenalty?
  private let draws: [Double]
  /// The value to beat under each draw.
  let incumbents: [Double]
  private var prediction = Surrogate.Prediction()
  private var weights: [Double] = []
  private var logs: [Double] = []
  private var ratios: [Double] = []

  /// - Parameters:
  ///   - objective: Less is better.
  ///   - best: The value to beat, nil when nothing meets the constraints yet: only they count then.
  ///   - draws: Standard normal numbers, one row for each draw, one column for each running trial.
  ///   - constraints: Each should be at most its limit.
  package init(
    _ objective: Surrogate, best: Double, draws: [Double],
    constraints: [(surrogate: Surrogate, limit: Double)] = []
  ) {
    self.init(objective, best: best, draws: draws, constraints: constraints, cost: nil)
  }

  /// The same; with a `cost`, the improvement per second.
  package init(
    _ objective: Surrogate, best: Double, draws: [Double],
    constraints: [(surrogate: Surrogate, limit: Double)], cost: CostPenalty?
  ) {
    self.cost = cost
    self.objective = objective
    self.constraints = constraints
    self.draws = draws
    let p = objective.pendingCount
    let count = p == 0 ? 1 : draws.count / p
    let means = objective.meansAtPending
    incumbents = (0..<count).map { s in
      (0..<p).reduce(best) { least, i in
        min(least, objective.drawAtPending(i, draws[s * p..<(s + 1) * p], mean: means[i]))
      }
    }
  }

  package mutating func evaluate(
    _ rows: [Double], count: Int, values: inout [Double], slopes: SlopeBuffer?
  ) {
    let n = objective.resultCount
    let p = objective.pendingCount
    let total = n + p
    let drawCount = incumbents.count
    Surrogate.resize(&values, count)
    objective.predict(rows, count: count, into: &prediction)
    if slopes != nil { Surrogate.resize(&weights, total * count) }
    Surrogate.resize(&logs, drawCount)
    Surrogate.resize(&ratios, drawCount)
    for i in 0..<count {
      let deviation = prediction.variances[i].squareRoot()
      let base = prediction.means[i]
      var largest = -Double.infinity
      for s in 0..<drawCount {
        var mean = base
        for j in 0..<p { mean += draws[s * p + j] * prediction.v[i * total + n + j] }
        let z = (incumbents[s] - mean) / deviation
        let (logH, ratio) = ExpectedImprovement.logHAndRatio(z)
        logs[s] = logH
        ratios[s] = ratio
        largest = max(largest, logH)
      }
      var sum = 0.0
      for s in 0..<drawCount {
        let weight = exp(logs[s] - largest)
        logs[s] = weight
        sum += weight
      }
      values[i] = log(deviation) + largest + log(sum / Double(drawCount))
      guard slopes != nil else { continue }
      // With R = Phi / h: d log EI / d mean = -R / deviation, d log EI / d deviation = (1 - R z) /
      // deviation, d deviation / dv = -v / deviation.
      var alongMean = 0.0
      var alongDeviation = 1.0
      for j in 0..<p { weights[i * total + n + j] = 0 }
      for s in 0..<drawCount {
        let share = logs[s] / sum
        let slope = -share * ratios[s] / deviation
        var mean = base
        for j in 0..<p {
          mean += draws[s * p + j] * prediction.v[i * total + n + j]
          weights[i * total + n + j] += slope * draws[s * p + j]
        }
        alongMean += slope
        alongDeviation -= share * ratios[s] * (incumbents[s] - mean) / deviation
      }
      let factor = -alongDeviation / prediction.variances[i]
      for j in 0..<n {
        weights[i * total + j] =
          alongMean * objective.whitened[j] + factor * prediction.v[i * total + j]
      }
      for j in n..<total { weights[i * total + j] += factor * prediction.v[i * total + j] }
    }
    if let slopes {
      objective.gradients(rows, count: count, weights: &weights, into: &slopes.values)
    }
    addFeasibility(
      constraints, rows, count: count, values: &values, slopes: slopes)
    cost?.subtract(rows, count: count, from: &values, slopes: slopes)
  }

  /// Adds what no running trial changes to the values of `count` rows: constraints and cost.
  func addFixed(_ rows: [Double], count: Int, to values: inout [Double]) {
    addFeasibility(constraints, rows, count: count, values: &values, slopes: nil)
    cost?.subtract(rows, count: count, from: &values, slopes: nil)
  }
}

extension Acquisition {
  private static var margin: Double { 1e-3 }

  /// Adds the logarithm of each constraint's probability of being met.
  ///
  /// log Phi((limit - mean) / deviation): Gardner et al. (2014), equation 5.
  func addFeasibility(
    _ constraints: [(surrogate: Surrogate, limit: Double)], _ rows: [Double], count: Int,
    values: inout [Double], slopes: SlopeBuffer?
  ) {
    for (surrogate, limit) in constraints {
      var prediction = Surrogate.Prediction()
      surrogate.predict(rows, count: count, into: &prediction)
      let n = surrogate.resultCount
      let total = n + surrogate.pendingCount
      var weights = [Double](repeating: 0, count: slopes == nil ? 0 : total * count)
      for i in 0..<count {
        // A thousandth of the constraint's spread to the safe side: an optimum on the border is
        // otherwise approached from both sides, and half of the trials miss.
        let variance = prediction.variances[i] + Self.margin * Self.margin
        let deviation = variance.squareRoot()
        let z = (limit - Self.margin - prediction.means[i]) / deviation
        let (value, ratio) = ExpectedImprovement.logProbability(z)
        values[i] += value
        guard slopes != nil else { continue }
        for j in 0..<total {
          let b = j < n ? surrogate.whitened[j] : 0
          weights[i * total + j] =
            ratio * (-b / deviation + z / variance * prediction.v[i * total + j])
        }
      }
      if let slopes {
        var more: [Double] = []
        surrogate.gradients(rows, count: count, weights: &weights, into: &more)
        for i in more.indices { slopes.values[i] += more[i] }
      }
    }
  }
}

/// Only the probability that all constraints are met: until something meets them.
struct LogFeasibility: Acquisition {
  let constraints: [(surrogate: Surrogate, limit: Double)]
  let columnCount: Int

  mutating func evaluate(
    _ rows: [Double], count: Int, values: inout [Double], slopes: SlopeBuffer?
  ) {
    values = [Double](repeating: 0, count: count)
    if let slopes { slopes.values = [Double](repeating: 0, count: count * columnCount) }
    addFeasibility(constraints, rows, count: count, values: &values, slopes: slopes)
  }
}
