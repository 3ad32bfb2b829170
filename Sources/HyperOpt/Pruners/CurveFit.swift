private import Foundation

/// What complete trials say about a new trial's curve before its first report.
struct CurvePrior: Sendable {
  /// Mean and deviation of the final value F.
  private(set) var final: (mean: Double, deviation: Double)
  /// Mean and deviation of the final value of a trial that learns nothing.
  private(set) var stuck: (mean: Double, deviation: Double)
  /// Mean and deviation of the improvement A since the first report.
  private(set) var improvement: (mean: Double, deviation: Double)
  /// The deviation of the drift B, whose mean is 0.
  private(set) var drift: Double
  /// The usual deviation of a report.
  private(set) var noise: Double
  /// Usual difference between a trial's value and its last report: 0 unless the best epoch counts.
  private(set) var offset: Double
  /// The variance of that difference.
  private(set) var offsetVariance: Double

  /// Noise relative to the usual one, with prior weights.
  static let noiseLevels: [(factor: Double, weight: Double)] = [
    (0.5, 0.15), (1, 0.4), (2, 0.25), (4, 0.12), (8, 0.08),
  ]

  init(_ known: [(curve: BinnedCurve, value: Double)]) {
    let firsts = known.compactMap { $0.curve.points.first?.value }
    let lasts = known.compactMap { $0.curve.points.last?.value }
    let values = known.flatMap { $0.curve.points.map(\.value) }
    let least = max(1e-4 * ((values.max() ?? 0) - (values.min() ?? 0)), 1e-12)
    let improvements = zip(firsts, lasts).map { $0 - $1 }
    let finals = lasts.medianAndDeviation
    let gains = improvements.medianAndDeviation
    final = (finals.median, max(3 * finals.deviation, 0.5 * abs(gains.median), 10 * least))
    improvement = (gains.median, max(2 * gains.deviation, abs(gains.median), 10 * least))
    stuck = (firsts.quantile(0.5) ?? 0, final.deviation + improvement.deviation)
    drift = max(0.1 * improvement.deviation, least)
    let offsets = zip(known, lasts).map { $0.value - $1 }.medianAndDeviation
    offset = offsets.median
    offsetVariance = offsets.deviation * offsets.deviation
    // A straight line has no second differences; noise of deviation d gives them sqrt(6) d. The
    // second half of a curve has little else.
    var bends: [Double] = []
    for (curve, _) in known {
      let points = curve.points.suffix(max(curve.points.count / 2, 3)).map(\.value)
      for (index, value) in points.enumerated().dropFirst().dropLast() {
        bends.append(abs(points[index - 1] - 2 * value + points[index + 1]))
      }
    }
    noise = max(1.4826 * (bends.quantile(0.5) ?? 0) / 6.0.squareRoot(), least)
  }
}

/// Values of all shapes at places that recur, as those of one study's trials do.
struct ShapeTable {
  private var rows: [Double: [Double]] = [:]
  private let usual: UsualShape?

  init(usual: UsualShape?) { self.usual = usual }

  mutating func row(at place: Double) -> [Double] {
    if let row = rows[place] { return row }
    var row = CurveShape.all.map { $0.shape.value(at: max(place, 1e-6)) }
    if let usual { row.append(usual.value(at: place)) }
    rows[place] = row
    return row
  }
}

/// Sums over one curve under one shape: all that its regression needs at any noise level.
struct CurveFit {
  // Products of the columns (g, u - 1, 1) and of the residuals from the prior mean, weighted.
  private var gg = 0.0
  private var gr = 0.0
  private var rr = 0.0
  private var g1 = 0.0
  private var r1 = 0.0
  private var one = 0.0
  private var ge = 0.0
  private var re = 0.0
  private var e1 = 0.0
  private var ee = 0.0
  private let count: Double
  private let final: (mean: Double, deviation: Double)

  init(_ curve: BinnedCurve, shape: Int, prior: CurvePrior, _ table: inout ShapeTable) {
    let end = table.row(at: 1)[shape]
    let first = curve.points.first.map { table.row(at: $0.place)[shape] } ?? end
    let latest = curve.points.last?.place ?? 1
    let range = first - end
    count = Double(curve.points.count)
    // Only a flat curve has no range.
    final = range > 1e-12 ? prior.final : prior.stuck
    for point in curve.points {
      let g = range > 1e-12 ? (table.row(at: point.place)[shape] - end) / range : 0
      let r = point.place - 1
      let e = point.value - final.mean - prior.improvement.mean * g
      // Early points say less of the end: shapes are not exact, and noise is larger there.
      let weight = 1 / (1 + 3 * (latest - point.place) / latest)
      gg += weight * g * g
      gr += weight * g * r
      rr += weight * r * r
      g1 += weight * g
      r1 += weight * r
      one += weight
      ge += weight * g * e
      re += weight * r * e
      e1 += weight * e
      ee += weight * e * e
    }
  }

  /// The posterior of F, and the logarithm of the evidence up to a constant of the curve.
  ///
  /// Bishop (2006), equations 3.50, 3.51 and 3.86, by a Cholesky factor in the order A, B, F.
  func posterior(
    noise: Double, prior: CurvePrior
  ) -> (mean: Double, variance: Double, logEvidence: Double) {
    let precision = 1 / (noise * noise)
    let priorA = 1 / (prior.improvement.deviation * prior.improvement.deviation)
    let priorB = 1 / (prior.drift * prior.drift)
    let priorF = 1 / (final.deviation * final.deviation)
    let a = (priorA + precision * gg).squareRoot()
    let ba = precision * gr / a
    let b = max(priorB + precision * rr - ba * ba, priorB * 1e-9).squareRoot()
    let fa = precision * g1 / a
    let fb = (precision * r1 - fa * ba) / b
    let f = max(priorF + precision * one - fa * fa - fb * fb, priorF * 1e-9).squareRoot()
    let za = precision * ge / a
    let zb = (precision * re - ba * za) / b
    let zf = (precision * e1 - fa * za - fb * zb) / f
    let misfit = max(precision * ee - za * za - zb * zb - zf * zf, 0)
    let logEvidence =
      -0.5 * misfit - count * log(noise) - log(a * b * f)
      + 0.5 * log(priorA * priorB * priorF)
    return (final.mean + zf / f, 1 / (f * f), logEvidence)
  }
}

/// A mixture of normal distributions: what the final value may be.
struct CurvePrediction {
  /// One shape at one noise level.
  struct Component {
    var logWeight: Double
    var mean: Double
    var variance: Double
    var weight = 0.0

    init(logWeight: Double, mean: Double, variance: Double) {
      self.logWeight = logWeight
      self.mean = mean
      self.variance = variance
    }
  }

  var components: [Component] = []
  private(set) var mean = 0.0
  private(set) var variance = 0.0

  /// Makes the weights sum to one.
  mutating func normalize() {
    let most = components.map(\.logWeight).max() ?? 0
    for index in components.indices {
      components[index].weight = exp(components[index].logWeight - most)
    }
    let total = components.reduce(0) { $0 + $1.weight }
    for index in components.indices { components[index].weight /= total }
    mean = components.reduce(0) { $0 + $1.weight * $1.mean }
    variance = components.reduce(0) {
      $0 + $1.weight * ($1.variance + ($1.mean - mean) * ($1.mean - mean))
    }
  }

  /// Adds the same variance to all components, so that that of the mixture is `factor` times as large.
  mutating func widen(by factor: Double) {
    let more = (factor - 1) * variance
    for index in components.indices { components[index].variance += more }
    variance += more
  }

  /// The probability of less than `value`.
  func probability(below value: Double) -> Double {
    components.reduce(0) {
      $0 + $1.weight * 0.5 * erfc(($1.mean - value) / (2 * $1.variance).squareRoot())
    }
  }
}

extension [Double] {
  /// The median, and 1.4826 times the median distance from it: a robust standard deviation.
  var medianAndDeviation: (median: Double, deviation: Double) {
    let median = quantile(0.5) ?? 0
    return (median, 1.4826 * (map { abs($0 - median) }.quantile(0.5) ?? 0))
  }
}
