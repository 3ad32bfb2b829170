private import Foundation

/// How one output is modelled: the shape of its transform and the kernel's hyperparameters.
struct OutputModel: Sendable, Equatable {
  var shape: OutputTransform.Shape
  var theta: [Double]
}

/// One output's results on the scale of its model.
struct TransformedResults {
  let transform: OutputTransform
  let points: [[Double]]
  let values: [Double]
  let extra: [Double]

  init(_ results: [Observations.Result], _ shape: OutputTransform.Shape) {
    // Place and scale come from what this study measured, where there is enough of it.
    let own = results.filter { $0.extra == 0 }.map(\.value)
    transform = OutputTransform(shape, fittedTo: own.count < 3 ? results.map(\.value) : own)
    points = results.map(\.point)
    let map = transform
    // A single outlier beyond what the shape tames must not set the scale of everything.
    values = results.map { min(max(map.apply($0.value), -10), 10) }
    extra = results.map { result in
      guard result.deviation > 0 else { return result.extra }
      let half =
        (map.apply(result.value + result.deviation) - map.apply(result.value - result.deviation))
        / 2
      return result.extra + min(half * half, 4)
    }
  }

  /// At most `most` of the results: the best third, and the others evenly.
  func thinned(to most: Int) -> (points: [[Double]], values: [Double], extra: [Double]) {
    guard values.count > most else { return (points, values, extra) }
    let order = values.indices.sorted { (values[$0], $0) < (values[$1], $1) }
    let best = order.prefix(most / 3)
    let others = order.dropFirst(best.count).sorted()
    let wanted = most - best.count
    let spread = (0..<wanted).map { others[$0 * others.count / wanted] }
    let kept = (best + spread).sorted()
    return (kept.map { points[$0] }, kept.map { values[$0] }, kept.map { extra[$0] })
  }
}

extension OutputModel {
  static let mostFitted = 250

  /// The most probable model of `results`, searched from the last one.
  ///
  /// The shapes `among` are compared; when there are none, the last one's is kept.
  static func fitted(
    to results: [Observations.Result], from last: OutputModel?, encoding: SpaceEncoding,
    among choices: [OutputTransform.Shape]
  ) -> OutputModel {
    let prior = HyperPrior(parameterCount: encoding.axes.count)
    let shapes = choices.isEmpty ? [last?.shape ?? .identity] : choices
    let own = results.filter { $0.extra == 0 }.map(\.value)
    var best: (model: OutputModel, score: Double)?
    for shape in shapes {
      let data = TransformedResults(results, shape)
      let (points, values, extra) = data.thinned(to: mostFitted)
      let share = Double(values.count) / Double(max(data.values.count, 1))
      let jacobian = data.transform.logJacobian(own) * share
      var posterior = LogPosterior(
        FeatureTable(points, encoding), values, extraNoise: extra, prior)
      // The prior's own start keeps the chain from staying in a poor maximum.
      var starts = [last?.theta ?? prior.mean]
      if let last, last.shape == shape, !choices.isEmpty { starts.append(prior.mean) }
      if let last, last.shape != shape { starts = [prior.mean] }
      for start in starts {
        let (theta, value) = posterior.minimum(from: start, iterations: 40)
        let score = value - jacobian
        if score < best?.score ?? .infinity {
          best = (OutputModel(shape: shape, theta: theta), score)
        }
      }
    }
    return best?.model ?? last ?? OutputModel(shape: .identity, theta: prior.mean)
  }
}
