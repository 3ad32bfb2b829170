private import Foundation
private import NN

/// What one proposal needs beside the models: the points that were tried or are running, how much
/// effort is due, and where to begin.
struct PointSearch {
  let encoding: SpaceEncoding
  let history: History
  let index: Int
  let seed: UInt64
  let tried: [[Double]]
  let pending: [[Double]]

  init(_ encoding: SpaceEncoding, _ history: History, index: Int, seed: UInt64) {
    self.encoding = encoding
    self.history = history
    self.index = index
    self.seed = seed
    tried = history.trials.filter { !$0.parameters.isEmpty }
      .map { encoding.point(of: $0.parameters) }
    pending = history.running.filter { !$0.parameters.isEmpty }
      .map { encoding.point(of: $0.parameters) }
  }

  /// Sobol points at the start: a little more than the dimension, fewer with results of older studies.
  var startCount: Int {
    let count = min(max(encoding.axes.count + 2, 6), 10)
    return history.older.contains { $0.count > 2 } ? 2 : count
  }

  /// A Sobol point that was not tried; any allowed new point of a small space when there is none.
  func startProposal() throws(StudyError) -> Proposal {
    let sequence = SobolSequence(dimensions: encoding.axes.count, seed: seed)
    let known = Set(tried.map { AcquisitionOptimizer.key($0, encoding) })
    // Far along the sequence for another attempt: no other proposal begins there.
    for attempt in 0..<8 {
      let place = index + attempt * 65_536
      let assignment = try history.space.allowedAssignment(place) { sequence[$0] }
      let point = encoding.point(of: assignment)
      if !known.contains(AcquisitionOptimizer.key(point, encoding)) { return Proposal(assignment) }
    }
    if let assignment = try untried(known) { return Proposal(assignment) }
    throw .exhausted
  }

  // The first allowed combination that was not tried, in the order of counting.
  private func untried(_ known: Set<[Double]>) throws(StudyError) -> Assignment? {
    guard encoding.pointCount != nil else { throw .nothingAllowed }
    var point = encoding.axes.map { $0.choices.first ?? 0.5 }
    var digits = [Int](repeating: 0, count: encoding.axes.count)
    while true {
      let active = encoding.activity(of: point)
      if !encoding.isForbidden(point, active: active),
        !known.contains(AcquisitionOptimizer.key(point, encoding))
      {
        return encoding.assignment(at: point)
      }
      var axis = 0
      while true {
        guard axis < digits.count else { return nil }
        let choices = encoding.axes[axis].choices
        digits[axis] += 1
        if digits[axis] < choices.count {
          point[axis] = choices[digits[axis]]
          break
        }
        digits[axis] = 0
        point[axis] = choices.first ?? 0.5
        axis += 1
      }
    }
  }

  /// The largest log-EI; nil when no model can be conditioned or everything was tried.
  func bestPoint(
    _ observations: Observations, _ models: ModelChain.Models, draws: Int
  ) -> [Double]? {
    let model = models.objectives[0]
    let results = observations.objectives[0]
    let data = TransformedResults(results, model.shape)
    guard
      let objective = Surrogate(
        encoding, points: data.points, values: data.values, extraNoise: data.extra,
        pending: pending, theta: model.theta)
    else { return nil }
    var constraints: [(surrogate: Surrogate, limit: Double)] = []
    for (k, model) in models.constraints.enumerated()
    where observations.constraints.indices.contains(k) {
      addConstraint(observations.constraints[k], model, to: &constraints)
    }
    if let model = models.failures, !observations.failures.isEmpty {
      addConstraint(observations.failures, model, to: &constraints)
    }
    // What counts is the best mean, not the luckiest value.
    var candidates = results.indices.filter { results[$0].isCandidate }
    let needsFeasible = candidates.isEmpty && !observations.constraints.isEmpty
    if candidates.isEmpty { candidates = Array(results.indices) }
    candidates.sort { (objective.meansAtResults[$0], $0) < (objective.meansAtResults[$1], $1) }
    let anchors = candidates.prefix(5).map { results[$0].point }
    let scales = encoding.axes.indices.map { i in
      1 / max(objective.kernel.joint[i], objective.kernel.single[i]).squareRoot()
    }
    var optimizer = AcquisitionOptimizer(
      encoding, effort: effort(results.count), seed: RandomGenerator.hash(seed, UInt64(index), 1),
      tried: tried)
    if needsFeasible {
      var acquisition = LogFeasibility(
        constraints: constraints, columnCount: encoding.columnCount)
      return optimizer.maximum(of: &acquisition, anchors: anchors, scales: scales)
    }
    var acquisition = LogEI(
      objective, best: objective.meansAtResults[candidates[0]],
      draws: normalDraws(count: draws, dimensions: pending.count), constraints: constraints)
    return optimizer.maximum(of: &acquisition, anchors: anchors, scales: scales)
  }

  private func addConstraint(
    _ results: [Observations.Result], _ model: OutputModel,
    to constraints: inout [(surrogate: Surrogate, limit: Double)]
  ) {
    let data = TransformedResults(results, model.shape)
    if let surrogate = Surrogate(
      encoding, points: data.points, values: data.values, extraNoise: data.extra, pending: [],
      theta: model.theta)
    {
      constraints.append((surrogate, data.transform.apply(0)))
    }
  }

  // The more results and running trials, the dearer each candidate and the shorter the time.
  private func effort(_ results: Int) -> AcquisitionOptimizer.Effort {
    var effort = AcquisitionOptimizer.Effort()
    if pending.count >= 16 || results > 300 {
      effort.spread = 512
      effort.starts = 5
      effort.iterations = 25
      effort.sweeps = 1
    }
    return effort
  }

  /// Standard normal numbers at scrambled Sobol points, one row for each draw.
  func normalDraws(count: Int, dimensions: Int) -> [Double] {
    guard dimensions > 0 else { return [] }
    let sequence = SobolSequence(
      dimensions: dimensions, seed: RandomGenerator.hash(seed, UInt64(index), 2))
    var result: [Double] = []
    result.reserveCapacity(count * dimensions)
    var row = [Double](repeating: 0, count: dimensions)
    for k in 0..<count {
      sequence.fill(&row, at: k)
      result += row.map(ExpectedImprovement.normalQuantile)
    }
    return result
  }
}
