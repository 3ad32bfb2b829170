private import Foundation

/// The logarithm of the expected hypervolume improvement, averaged over joint draws of what the
/// running trials will give, times the probability that all constraints are met.
///
/// A result y adds to box k = [l, u] of the non-dominated space the volume of u - max(l, y), so that
/// for independent objectives (Yang et al. 2019, equation 11; Daulton et al. 2020, section 3)
///
///     EHVI = sum over k of the product over m of (psi_m(u) - psi_m(l)),  psi_m(t) = E (t - y_m)+
///
/// with psi_m(t) = deviation h((t - mean) / deviation), the expected improvement over t. Everything
/// is computed in logarithms, as Ament et al. 2023 do for one objective.
package struct LogEHVI: Acquisition {
  private let objectives: [Surrogate]
  private let constraints: [(surrogate: Surrogate, limit: Double)]
  // For each objective one row for each draw.
  private let draws: [[Double]]
  private let boxes: [BoxDecomposition]
  private var predictions: [Surrogate.Prediction]

  /// - Parameters:
  ///   - objectives: Less is better, each with the same running trials.
  ///   - front: Means of the best results.
  ///   - reference: Worse than all that is of interest.
  ///   - draws: Standard normal numbers for each objective, one row for each draw.
  ///   - constraints: Each should be at most its limit.
  package init(
    _ objectives: [Surrogate], front: [[Double]], reference: [Double], draws: [[Double]],
    constraints: [(surrogate: Surrogate, limit: Double)] = []
  ) {
    self.objectives = objectives
    self.constraints = constraints
    self.draws = draws
    predictions = objectives.map { _ in Surrogate.Prediction() }
    let p = objectives[0].pendingCount
    let count = p == 0 ? 1 : draws[0].count / p
    boxes = (0..<count).map { s in
      let fantasies = (0..<p).map { i in
        objectives.indices.map { m in
          objectives[m].drawAtPending(i, draws[m][s * p..<(s + 1) * p])
        }
      }
      return BoxDecomposition(front: front + fantasies, reference: reference)
    }
  }

  package mutating func evaluate(
    _ rows: [Double], count: Int, values: inout [Double], slopes: SlopeBuffer?
  ) {
    let p = objectives[0].pendingCount
    let dimensions = objectives.count
    Surrogate.resize(&values, count)
    for m in objectives.indices {
      objectives[m].predict(rows, count: count, into: &predictions[m])
    }
    var weights = objectives.map { objective in
      [Double](
        repeating: 0,
        count: slopes == nil ? 0 : (objective.resultCount + objective.pendingCount) * count)
    }
    var means = [Double](repeating: 0, count: dimensions)
    var deviations = means
    var sums: [BoxSum] = []
    for i in 0..<count {
      sums.removeAll(keepingCapacity: true)
      for m in 0..<dimensions { deviations[m] = predictions[m].variances[i].squareRoot() }
      for s in boxes.indices {
        for m in 0..<dimensions {
          let start = (i + 1) * (objectives[m].resultCount + p) - p
          means[m] = predictions[m].means[i]
          for j in 0..<p { means[m] += draws[m][s * p + j] * predictions[m].v[start + j] }
        }
        sums.append(
          BoxSum(boxes[s], means: means, deviations: deviations, withSlopes: slopes != nil))
      }
      let largest = sums.map(\.log).max() ?? 0
      let total = sums.reduce(0) { $0 + exp($1.log - largest) }
      values[i] = largest + log(total / Double(sums.count))
      guard slopes != nil else { continue }
      for m in 0..<dimensions {
        let n = objectives[m].resultCount
        let row = i * (n + p)
        var alongMean = 0.0
        var alongDeviation = 0.0
        for s in boxes.indices {
          let share = exp(sums[s].log - largest) / total
          alongMean += share * sums[s].alongMean[m]
          alongDeviation += share * sums[s].alongDeviation[m]
          for j in 0..<p {
            weights[m][row + n + j] += share * sums[s].alongMean[m] * draws[m][s * p + j]
          }
        }
        // d deviation / dv = -v / deviation.
        let factor = -alongDeviation / deviations[m]
        for j in 0..<n + p {
          let b = j < n ? objectives[m].whitened[j] : 0
          weights[m][row + j] += alongMean * b + factor * predictions[m].v[row + j]
        }
      }
    }
    if let slopes {
      var more: [Double] = []
      for m in objectives.indices {
        objectives[m].gradients(rows, count: count, weights: &weights[m], into: &more)
        if m == 0 {
          slopes.values = more
        } else {
          for i in more.indices { slopes.values[i] += more[i] }
        }
      }
    }
    addFeasibility(constraints, rows, count: count, values: &values, slopes: slopes)
  }
}

/// log EHVI for one set of boxes, and its slopes along each objective's mean and deviation.
struct BoxSum {
  private(set) var log = -Double.infinity
  private(set) var alongMean: [Double]
  private(set) var alongDeviation: [Double]

  init(_ boxes: BoxDecomposition, means: [Double], deviations: [Double], withSlopes: Bool) {
    let dimensions = boxes.dimensions
    alongMean = [Double](repeating: 0, count: withSlopes ? dimensions : 0)
    alongDeviation = alongMean
    var logs = [Double](repeating: 0, count: boxes.count)
    var mean = [Double](repeating: 0, count: withSlopes ? boxes.count * dimensions : 0)
    var deviation = mean
    for k in 0..<boxes.count {
      for m in 0..<dimensions {
        let place = k * dimensions + m
        let zu = (boxes.upper[place] - means[m]) / deviations[m]
        let (logU, ratioU) = ExpectedImprovement.logHAndRatio(zu)
        var q = 0.0
        var zl = 0.0
        var ratioL = 0.0
        if boxes.lower[place] > -.infinity {
          zl = (boxes.lower[place] - means[m]) / deviations[m]
          let (logL, ratio) = ExpectedImprovement.logHAndRatio(zl)
          q = min(exp(logL - logU), 1)
          ratioL = ratio
        }
        let rest = max(1 - q, 1e-300)
        logs[k] += logU + Foundation.log(deviations[m]) + Foundation.log(rest)
        guard withSlopes else { continue }
        mean[place] = -(ratioU - q * ratioL) / (deviations[m] * rest)
        deviation[place] = ((1 - ratioU * zu) - q * (1 - ratioL * zl)) / (deviations[m] * rest)
      }
    }
    guard let largest = logs.max(), largest > -.infinity else { return }
    let total = logs.reduce(0) { $0 + exp($1 - largest) }
    log = largest + Foundation.log(total)
    guard withSlopes else { return }
    for k in 0..<boxes.count {
      let share = exp(logs[k] - largest) / total
      for m in 0..<dimensions {
        alongMean[m] += share * mean[k * dimensions + m]
        alongDeviation[m] += share * deviation[k * dimensions + m]
      }
    }
  }
}
