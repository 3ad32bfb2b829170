private import Foundation

/// Predicts a trial's final value from the first part of its learning curve.
///
/// A small Bayesian model in the spirit of Domhan et al. (2015) and Swersky et al. (2014), without
/// sampling. On a scale where less is better, at the part u of the training,
///
///     y(u) = F + A g(u) + B (u - 1) + noise,     g(u) = (s(u) - s(1)) / (s(u0) - s(1)),
///
/// with the final value F, the improvement A since the first report at u0, a small drift B, and one
/// of the shapes s of `CurveShape`. F, A and B are normal a priori, so that each pair of a shape and
/// a noise level has its posterior and its evidence in closed form; the prediction is the mixture
/// over all pairs. What complete trials tell: the prior of F and A (medians, wide deviations), the
/// usual noise, how likely each shape is, and how much too sure the model was of their final values
/// at the same point of their trainings: the deviation is widened by that.
///
/// | symbol | here |
/// | --- | --- |
/// | y | `BinnedCurve.Point.value` |
/// | u | `BinnedCurve.Point.place` |
/// | prior of F, A, B | `prior` |
/// | weights of shapes | `shapeLogWeights` |
public struct CurveModel: Sendable {
  private let scale: CurveScale
  private var prior: CurvePrior
  private let usual: UsualShape?
  private var shapeLogWeights: [Double]
  /// Complete curves with their trials' values, on the modelled scale.
  private let known: [(curve: BinnedCurve, value: Double)]
  /// The number of complete trials whose curves are used.
  var knownCount: Int { known.count }

  /// Learns from the curves of complete trials.
  ///
  /// At most 40 are used: the best and the latest. Nil while no complete trial has two reports.
  public init?(history: History) { self.init(KnownCurves(history)) }

  /// Learns from curves that were chosen before.
  init?(_ chosen: KnownCurves) {
    let curves = chosen.curves
    let values = curves.flatMap { curve in
      curve.reports.lazy.map(\.value).filter(\.isFinite) + [curve.value]
    }
    guard !curves.isEmpty else { return nil }
    let scale = CurveScale(values: values, sign: chosen.sign)
    known = curves.compactMap { entry in
      guard let last = entry.reports.last else { return nil }
      let curve = BinnedCurve(entry.reports, lastStep: last.step, scale: scale)
      return curve.points.count < 2 ? nil : (curve, scale.model(entry.value))
    }
    guard !known.isEmpty else { return nil }
    self.scale = scale
    prior = CurvePrior(known)
    usual = UsualShape(known.map(\.curve))
    shapeLogWeights = []
    learnShapes()
  }

  /// The mean and standard deviation of what a trial will reach at `lastStep`.
  ///
  /// The deviation includes the noise of a single report. Nil without a finite report.
  public func finalValue(
    of reports: [Trial.Report], lastStep: Int
  ) -> (mean: Double, deviation: Double)? {
    var excess: [Double: Double] = [:]
    guard let prediction = prediction(of: reports, lastStep: lastStep, excess: &excess) else {
      return nil
    }
    return scale.own(mean: prediction.mean, deviation: prediction.variance.squareRoot())
  }

  /// The probability that a trial will end with a better value than `value`.
  func probability(
    of reports: [Trial.Report], lastStep: Int, reachingBetterThan value: Double,
    excess: inout [Double: Double]
  ) -> Double? {
    let prediction = prediction(of: reports, lastStep: lastStep, excess: &excess)
    return prediction?.probability(below: scale.model(value))
  }

  // `excess` remembers what `excess(at:)` gave at places where it was already asked.
  private func prediction(
    of reports: [Trial.Report], lastStep: Int, excess known: inout [Double: Double]
  ) -> CurvePrediction? {
    let curve = BinnedCurve(reports, lastStep: lastStep, scale: scale)
    guard let place = curve.points.last?.place else { return nil }
    var table = ShapeTable(usual: usual)
    var prediction = predict(curve, &table)
    let factor = known[place] ?? excess(at: place, &table)
    known[place] = factor
    prediction.widen(by: factor)
    return prediction
  }

  private func predict(_ curve: BinnedCurve, _ table: inout ShapeTable) -> CurvePrediction {
    var prediction = CurvePrediction()
    for index in shapeLogWeights.indices {
      let fit = CurveFit(curve, shape: index, prior: prior, &table)
      for level in CurvePrior.noiseLevels {
        let noise = prior.noise * level.factor
        let posterior = fit.posterior(noise: noise, prior: prior)
        prediction.components.append(
          .init(
            logWeight: shapeLogWeights[index] + log(level.weight) + posterior.logEvidence,
            mean: posterior.mean + prior.offset,
            variance: posterior.variance + noise * noise + prior.offsetVariance))
      }
    }
    prediction.normalize()
    return prediction
  }

  /// Makes shapes that complete curves have more likely: weights are those before any curve, which
  /// count like three curves, plus each curve's posterior.
  private mutating func learnShapes() {
    var weights = CurveShape.all.map { 3 * $0.weight }
    if usual != nil { weights.append(3 * CurveShape.usualWeight) }
    shapeLogWeights = weights.map { log($0) }
    var table = ShapeTable(usual: usual)
    let levels = CurvePrior.noiseLevels.count
    for (curve, _) in known {
      let prediction = predict(curve, &table)
      for (index, component) in prediction.components.enumerated() {
        weights[index / levels] += component.weight
      }
    }
    shapeLogWeights = weights.map { log($0) }
  }

  /// By which factor above 1 the squared errors for complete trials exceeded the predicted variance,
  /// had they been predicted at the same point; four trials without excess are assumed beside.
  private func excess(at place: Double, _ table: inout ShapeTable) -> Double {
    var squares = 4.0
    var count = 4.0
    for (curve, value) in known.prefix(16) {
      let part = curve.prefix(upTo: place)
      guard !part.points.isEmpty, part.points.count < curve.points.count else { continue }
      let prediction = predict(part, &table)
      let error = value - prediction.mean
      squares += min(error * error / prediction.variance, 25)
      count += 1
    }
    return max(squares / count, 1)
  }
}
