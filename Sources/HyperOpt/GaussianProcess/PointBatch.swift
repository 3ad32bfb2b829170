private import CKernels
private import Foundation

/// Several proposals from what is known at one moment, each as if those before it were running.
///
/// With many groups a proposal for each result from scratch is more than a core can do. What costs
/// most, the factor of all covariances and the scores of the candidates, is the same for all
/// proposals of a batch: each adds one row to both. The batch is greedy (Wilson et al. 2018, section
/// 3.3): its first m points are the same however many are asked for.
extension PointSearch {
  /// Proposals that one batch may have: the columns of the draws that are kept for them.
  static let mostBatch = 32
  private static let mostDraws = 16

  /// Up to `count` points, fewer or none where the search finds none.
  func bestPoints(
    _ count: Int, _ observations: Observations, _ models: ModelChain.Models, draws wanted: Int
  ) -> [[Double]] {
    let drawCount = min(wanted, Self.mostDraws)
    let results = observations.objectives[0]
    guard var objective = surrogate(results, models.objectives[0], pending: pending) else {
      return []
    }
    let order = results.indices.filter { results[$0].isCandidate }
      .sorted { (objective.meansAtResults[$0], $0) < (objective.meansAtResults[$1], $1) }
    guard let best = order.first else { return [] }
    let least = objective.meansAtResults[best]
    let constraints = constraints(observations, models)
    let cost = cost(observations, models)
    let room = pending.count + Self.mostBatch
    let draws = normalDraws(count: drawCount, stream: 2, dimensions: room)
    func acquisition(_ objective: Surrogate) -> LogEI {
      let p = objective.pendingCount
      let known = (0..<drawCount).flatMap { draws[$0 * room..<$0 * room + p] }
      return LogEI(objective, best: least, draws: known, constraints: constraints, cost: cost)
    }
    var optimizer = optimizer(results.count)
    let anchors = order.prefix(5).map { results[$0].point }
    let pool = optimizer.pool(anchors: anchors, scales: scales([objective]))
    let (rows, forbidden) = optimizer.features(of: pool.points)
    var current = acquisition(objective)
    var scores = PoolScores(
      rows, forbidden, objective, draws: draws, room: room, fixed: current)
    var found: [[Double]] = []
    while let point = optimizer.best(
      of: pool, scores.values(incumbents: current.incumbents),
      anchors: found.isEmpty ? Array(anchors.prefix(2)) : [], with: &current)
    {
      found.append(point)
      guard found.count < min(count, Self.mostBatch),
        let next = objective.appending(point, encoding)
      else { break }
      optimizer.exclude(point)
      // The best places are known by now: the later ones only have to keep away from each other.
      optimizer.effort.starts = 2
      optimizer.effort.iterations = 8
      scores.append(next)
      objective = next
      current = acquisition(objective)
    }
    return found
  }
}

/// The candidates' log-EI under each draw of what the running trials will give, which can take in
/// one more running trial without a solve.
///
/// | name | meaning | shape |
/// | --- | --- | --- |
/// | v | L^-1 k(x) of each candidate at the beginning | candidates x (results + running) |
/// | means | mean of each candidate given each draw | candidates x draws |
private struct PoolScores {
  private let count: Int
  private let total: Int
  private let v: [Double]
  private var added: [[Double]] = []
  private var means: [Double]
  private var variances: [Double]
  private let draws: [Double]
  private let room: Int
  private let drawCount: Int
  /// The candidates by columns of features.
  private let columns: [Double]
  /// What constraints and costs add to the logarithm; -infinity for what is forbidden.
  private var offsets: [Double]

  init(
    _ rows: [Double], _ forbidden: [Bool], _ objective: Surrogate, draws: [Double], room: Int,
    fixed: LogEI
  ) {
    count = forbidden.count
    self.draws = draws
    self.room = room
    drawCount = draws.count / room
    var prediction = Surrogate.Prediction()
    objective.predict(rows, count: count, into: &prediction)
    v = prediction.v
    variances = prediction.variances
    let n = objective.resultCount
    total = n + objective.pendingCount
    means = []
    means.reserveCapacity(count * drawCount)
    for i in 0..<count {
      for s in 0..<drawCount {
        var mean = prediction.means[i]
        for j in 0..<total - n { mean += draws[s * room + j] * v[i * total + n + j] }
        means.append(mean)
      }
    }
    let width = rows.count / max(count, 1)
    var columns = [Double](repeating: 0, count: rows.count)
    for i in 0..<count {
      for c in 0..<width { columns[c * count + i] = rows[i * width + c] }
    }
    self.columns = columns
    offsets = forbidden.map { $0 ? -.infinity : 0 }
    fixed.addFixed(rows, count: count, to: &offsets)
  }

  /// Log-EI of each candidate; `incumbents` are the values to beat under each draw.
  func values(incumbents: [Double]) -> [Double] {
    var logs = [Double](repeating: 0, count: drawCount)
    return (0..<count).map { i in
      guard offsets[i] > -.infinity else { return -.infinity }
      let deviation = variances[i].squareRoot()
      var largest = -Double.infinity
      for s in 0..<drawCount {
        // One for all where nothing ran.
        let least = incumbents[min(s, incumbents.count - 1)]
        let z = (least - means[i * drawCount + s]) / deviation
        logs[s] = ExpectedImprovement.logHAndRatio(z).0
        largest = max(largest, logs[s])
      }
      var sum = 0.0
      for s in 0..<drawCount { sum += exp(logs[s] - largest) }
      return log(deviation) + largest + log(sum / Double(drawCount)) + offsets[i]
    }
  }

  /// Takes in the last running trial of `objective`, which it has beyond those before.
  mutating func append(_ objective: Surrogate) {
    let size = objective.resultCount + objective.pendingCount
    let row = (0..<size).map { objective.factor.values[$0 * size + size - 1] }
    var next = [Double](repeating: 0, count: count)
    let point = objective.table.row(size - 1)
    objective.kernel.withPointer { ck_matern_cross($0, count, count, columns, point, &next) }
    var known = [Double](repeating: 0, count: count)
    columnDots(v, rows: total, columns: count, row, into: &known)
    for (k, earlier) in added.enumerated() {
      for i in 0..<count { known[i] += row[total + k] * earlier[i] }
    }
    let place = objective.pendingCount - 1
    let smallest = 1e-14 * objective.kernel.variance
    for i in 0..<count {
      next[i] = (next[i] - known[i]) / row[size - 1]
      variances[i] = max(variances[i] - next[i] * next[i], smallest)
      for s in 0..<drawCount { means[i * drawCount + s] += draws[s * room + place] * next[i] }
    }
    added.append(next)
  }
}

extension Surrogate {
  /// The posterior when one more trial runs; nil when rounding leaves no factor.
  func appending(_ point: [Double], _ encoding: SpaceEncoding) -> Surrogate? {
    let total = resultCount + pendingCount
    var row = [Double](repeating: 0, count: encoding.columnCount)
    encoding.write(point, at: 0, to: &row, offset: 0, active: encoding.activity(of: point))
    var cross = [Double](repeating: 0, count: total)
    kernel.withPointer { ck_matern_cross($0, total, total, table.values, row, &cross) }
    guard
      let longer = factor.appending(
        cross: cross, corner: [kernel.variance * (1 + 1e-6)], count: 1)
    else { return nil }
    var next = self
    next.pendingCount += 1
    next.table = table.appending(row)
    next.factor = longer
    return next
  }
}

extension FeatureTable {
  /// The features of one row.
  func row(_ i: Int) -> [Double] {
    stride(from: i, to: values.count, by: count).map { values[$0] }
  }
}
