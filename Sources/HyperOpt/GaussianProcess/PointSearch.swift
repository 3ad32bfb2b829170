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

  /// Running trials beyond this many, the oldest ones, are only kept from coming again: with
  /// thousands of groups the factor of all of them would cost seconds.
  static let mostPending = 192

  init(_ encoding: SpaceEncoding, _ history: History, index: Int, seed: UInt64) {
    self.encoding = encoding
    self.history = history
    self.index = index
    self.seed = seed
    tried = history.trials.filter { !$0.parameters.isEmpty }
      .map { encoding.point(of: $0.parameters) }
    pending = history.running.filter { !$0.parameters.isEmpty }.suffix(Self.mostPending)
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
    let results = observations.objectives[0]
    guard let objective = surrogate(results, models.objectives[0], pending: pending) else {
      return nil
    }
    // What counts is the best mean, not the luckiest value.
    let order = results.indices.filter { results[$0].isCandidate }
      .sorted { (objective.meansAtResults[$0], $0) < (objective.meansAtResults[$1], $1) }
    guard let best = order.first else {
      return feasiblePoint(observations, models) ?? anyPoint(objective, results)
    }
    var acquisition = LogEI(
      objective, best: objective.meansAtResults[best],
      draws: normalDraws(count: pending.count < 16 ? draws : min(draws, 16), stream: 2),
      constraints: constraints(observations, models), cost: cost(observations, models))
    var optimizer = optimizer(results.count)
    return optimizer.maximum(
      of: &acquisition, anchors: order.prefix(5).map { results[$0].point },
      scales: scales([objective]))
  }

  /// The largest log-EHVI; nil when no model can be conditioned or everything was tried.
  func bestFrontPoint(
    _ observations: Observations, _ models: ModelChain.Models, draws: Int
  ) -> [Double]? {
    let all = zip(observations.objectives, models.objectives)
    let objectives = all.compactMap { surrogate($0, $1, pending: pending) }
    guard objectives.count == models.objectives.count else { return nil }
    // Candidates stand in the same order in each objective's results.
    let candidates = observations.objectives.map { results in
      results.indices.filter { results[$0].isCandidate }
    }
    guard let first = candidates.first, !first.isEmpty else {
      return feasiblePoint(observations, models)
        ?? anyPoint(objectives[0], observations.objectives[0])
    }
    let means = first.indices.map { i in
      objectives.indices.map { objectives[$0].meansAtResults[candidates[$0][i]] }
    }
    var front = BoxDecomposition.nondominated(means).sorted { $0[0] < $1[0] }
    let reference = objectives.indices.map { m in
      // A tenth beyond the front; beyond all results while the front is a point.
      let values = front.map { $0[m] }
      let low = values.min() ?? 0
      var high = values.max() ?? 0
      if high <= low { high = means.map { $0[m] }.max() ?? high }
      return high + max(0.1 * (high - low), 1e-3)
    }
    // Boxes multiply with every objective.
    let most = objectives.count == 2 ? 200 : objectives.count == 3 ? 40 : 16
    if front.count > most { front = (0..<most).map { front[$0 * front.count / most] } }
    var acquisition = LogEHVI(
      objectives, front: front, reference: reference,
      draws: objectives.indices.map { normalDraws(count: draws, stream: UInt64(2 + $0)) },
      constraints: constraints(observations, models))
    let onFront = first.indices.filter { front.contains(means[$0]) }
    let anchors = onFront.map { observations.objectives[0][first[$0]].point }
    let few = (0..<min(8, anchors.count)).map {
      anchors[$0 * anchors.count / min(8, anchors.count)]
    }
    var optimizer = optimizer(means.count)
    return optimizer.maximum(of: &acquisition, anchors: few, scales: scales(objectives))
  }

  func surrogate(
    _ results: [Observations.Result], _ model: OutputModel, pending: [[Double]]
  ) -> Surrogate? {
    let data = TransformedResults(results, model.shape)
    return Surrogate(
      encoding, points: data.points, values: data.values, extraNoise: data.extra,
      pending: pending, theta: model.theta)
  }

  // Nothing meets the constraints yet: where they are met most probably.
  private func feasiblePoint(
    _ observations: Observations, _ models: ModelChain.Models
  ) -> [Double]? {
    let constraints = constraints(observations, models)
    guard !constraints.isEmpty, let results = observations.constraints.first ?? nil else {
      return nil
    }
    var acquisition = LogFeasibility(constraints: constraints, columnCount: encoding.columnCount)
    var optimizer = optimizer(results.count)
    let order = results.indices.sorted { (results[$0].value, $0) < (results[$1].value, $1) }
    let scales = [Double](repeating: 0.5, count: encoding.axes.count)
    return optimizer.maximum(
      of: &acquisition, anchors: order.prefix(5).map { results[$0].point }, scales: scales)
  }

  // Only pruned or older results: the improvement over the best of their means.
  private func anyPoint(_ objective: Surrogate, _ results: [Observations.Result]) -> [Double]? {
    let order = results.indices
      .sorted { (objective.meansAtResults[$0], $0) < (objective.meansAtResults[$1], $1) }
    guard let best = order.first else { return nil }
    var acquisition = LogEI(
      objective, best: objective.meansAtResults[best], draws: normalDraws(count: 16, stream: 2))
    var optimizer = optimizer(results.count)
    return optimizer.maximum(
      of: &acquisition, anchors: order.prefix(5).map { results[$0].point },
      scales: scales([objective]))
  }

  func optimizer(_ results: Int) -> AcquisitionOptimizer {
    AcquisitionOptimizer(
      encoding, effort: effort(results), seed: RandomGenerator.hash(seed, UInt64(index), 1),
      tried: tried)
  }

  // How far the shortest of the models' length-scales reaches along each parameter.
  func scales(_ objectives: [Surrogate]) -> [Double] {
    encoding.axes.indices.map { i in
      let inverse = objectives.map { max($0.kernel.joint[i], $0.kernel.single[i]) }.max() ?? 1
      return 1 / inverse.squareRoot()
    }
  }

  func constraints(
    _ observations: Observations, _ models: ModelChain.Models
  ) -> [(surrogate: Surrogate, limit: Double)] {
    var result: [(surrogate: Surrogate, limit: Double)] = []
    for (results, model) in zip(observations.constraints, models.constraints) {
      addConstraint(results, model, to: &result)
    }
    if let model = models.failures, !observations.failures.isEmpty {
      addConstraint(observations.failures, model, to: &result)
    }
    return result
  }

  /// What trials cost; nil when it is not modelled.
  func cost(_ observations: Observations, _ models: ModelChain.Models) -> CostPenalty? {
    guard let model = models.cost, observations.costs.count > 1,
      let surrogate = surrogate(observations.costs, model, pending: [])
    else { return nil }
    return CostPenalty(
      surrogate, TransformedResults(observations.costs, model.shape).transform)
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
    if pending.count >= 16 {
      // Many groups wait for the next proposal, and none of them is the last chance.
      let isLate = results > 300
      effort = .init(
        spread: isLate ? 128 : 256, local: isLate ? 64 : 96, starts: 3, iterations: isLate ? 8 : 12,
        sweeps: 1)
    } else if results > 300 {
      effort = .init(spread: 512, local: 256, starts: 5, iterations: 25, sweeps: 1)
    }
    return effort
  }

  /// Standard normal numbers at scrambled Sobol points, one row for each draw.
  func normalDraws(count: Int, stream: UInt64, dimensions: Int? = nil) -> [Double] {
    let dimensions = dimensions ?? pending.count
    guard dimensions > 0 else { return [] }
    let sequence = SobolSequence(
      dimensions: dimensions, seed: RandomGenerator.hash(seed, UInt64(index), stream))
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
