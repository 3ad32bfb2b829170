private import Foundation

/// What the finished trials of a history say about its objectives and constraints, as
/// points with values and noise.
///
/// - Complete trials count as they are; less is better after the direction's sign.
/// - Pruned trials count by what their learning curve promises (`CurveModel`; without a model their
///   last value), with the promise's own uncertainty as noise.
/// - Failed trials have no value; they say where trials fail.
/// - Results of older studies are standardised by their own study, put onto this study's scale, and
///   count with a noise that grows with the number of results that this study has itself.
/// - Of a trial that was resumed, only the last part counts.
struct Observations {
  /// A value and how sure it is.
  struct Result {
    var point: [Double]
    var value: Double
    /// Standard deviation of the value beyond the noise of any result, on the value's scale.
    var deviation = 0.0
    /// Variance beyond the noise of any result, on the standardised scale.
    var extra = 0.0
    /// Whether it is a result of this study, at the end of its training, that meets all constraints.
    var isCandidate = false
  }

  /// Results of each objective.
  private(set) var objectives: [[Result]]
  /// How far each constraint was violated; at most 0 is wanted.
  private(set) var constraints: [[Result]] = []
  /// 1 where a trial failed and -1 where it did not; empty when none failed.
  private(set) var failures: [Result] = []
  /// Logarithms of the seconds of whole trials; filled when the cost is modelled.
  private(set) var costs: [Result] = []
  /// Complete trials of this study.
  private(set) var completeCount = 0
  /// Whether some complete trial meets all constraints.
  private(set) var hasFeasible = false

  init(_ history: History, _ encoding: SpaceEncoding, withCosts: Bool = false) {
    objectives = [[Result]](repeating: [], count: history.directions.count)
    let superseded = history.superseded
    let trials = history.finishedTrials.filter {
      !superseded.contains($0.number) && !$0.parameters.isEmpty
    }
    appendOwn(trials, history, encoding)
    appendOlder(history, encoding)
    if withCosts { costs = CostModel.results(history, encoding) }
  }

  private mutating func appendOwn(
    _ trials: [Trial], _ history: History, _ encoding: SpaceEncoding
  ) {
    let signs = history.directions.map(\.sign)
    let constraintCount = trials.map(\.constraints.count).max() ?? 0
    constraints = [[Result]](repeating: [], count: constraintCount)
    let hasFailures = trials.contains { $0.state == .failed }
    let hasPruned = trials.contains { $0.state == .pruned }
    let curves = hasPruned && signs.count == 1 ? CurveModel(history: history) : nil
    let lastStep = history.longestCompleteStep
    for trial in trials {
      let point = encoding.point(of: trial.parameters)
      let isFailed: Bool
      switch trial.state {
      case .complete
      where trial.values.count == signs.count
        && trial.values.allSatisfy(\.isFinite):
        isFailed = false
        completeCount += 1
        hasFeasible = hasFeasible || trial.isFeasible
        for (k, value) in trial.values.enumerated() {
          objectives[k].append(
            Result(point: point, value: value * signs[k], isCandidate: trial.isFeasible))
        }
      case .pruned:
        isFailed = false
        guard signs.count == 1 else { continue }
        let reports = history.curve(of: trial)
        if let curves, let lastStep,
          let promise = curves.finalValue(of: reports, lastStep: lastStep),
          promise.mean.isFinite, promise.deviation.isFinite
        {
          objectives[0].append(
            Result(
              point: point, value: promise.mean * signs[0], deviation: promise.deviation,
              extra: 0.01))
        } else if let last = reports.last(where: { $0.value.isFinite }) {
          objectives[0].append(Result(point: point, value: last.value * signs[0], extra: 0.25))
        }
      default: isFailed = true
      }
      if hasFailures { failures.append(Result(point: point, value: isFailed ? 1 : -1)) }
      let violations = trial.constraints
      for (k, violation) in violations.enumerated() where !violation.isNaN {
        constraints[k].append(Result(point: point, value: min(max(violation, -1e12), 1e12)))
      }
    }
  }

  // Older results beyond this many per study add little but time.
  private static let mostOlder = 100

  private mutating func appendOlder(_ history: History, _ encoding: SpaceEncoding) {
    for (k, direction) in history.directions.enumerated() {
      let own = objectives[k].filter { $0.extra == 0 }.map(\.value)
      let isYoung = own.count < 3
      for study in history.older {
        let results = study.filter { $0.values.count > k && $0.values[k].isFinite }
        let values = results.map { $0.values[k] * direction.sign }
        guard let there = Self.moments(values) else { continue }
        // Until there are results here, the older study's scale is the only one known.
        let here = isYoung ? there : Self.moments(own) ?? there
        let order = values.indices.sorted { (values[$0], $0) < (values[$1], $1) }
        let best = order.prefix(Self.mostOlder / 2)
        let others = order.dropFirst(best.count)
        let stride = max(1, others.count * 2 / Self.mostOlder)
        let spread = others.enumerated().filter { $0.offset % stride == 0 }.map(\.element)
        for i in best + spread {
          objectives[k].append(
            Result(
              point: encoding.point(of: results[i].parameters),
              value: here.mean + (values[i] - there.mean) / there.deviation * here.deviation,
              extra: 0.1 * (1 + Double(own.count) / 10)))
        }
      }
    }
  }

  private static func moments(_ values: [Double]) -> (mean: Double, deviation: Double)? {
    guard values.count > 1 else { return nil }
    let mean = values.reduce(0, +) / Double(values.count)
    let square = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
    return (mean, square > 0 ? square.squareRoot() : 1)
  }
}

extension History {
  /// Only the first `count` finished trials: nothing of those that ran then, or run now.
  ///
  /// A trial that runs may have resumed one that has finished, which no longer counts then: what is
  /// remembered under the finished trials alone must not know of it.
  func first(_ count: Int) -> History {
    var known = self
    known.finished = Array(finished.prefix(count))
    let kept = Set(known.finished)
    for i in known.trials.indices where !kept.contains(known.trials[i].number) {
      known.trials[i] = Trial(number: known.trials[i].number, state: .waiting)
    }
    return known
  }
}
