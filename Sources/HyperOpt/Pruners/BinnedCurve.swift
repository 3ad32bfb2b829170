private import Foundation

/// A learning curve as `CurveModel` fits it: a few points, on a scale where less is better.
///
/// Long curves are averaged over intervals whose lengths grow with the step. A point counts like one
/// report however many it averages: neighbouring reports err alike.
struct BinnedCurve: Sendable {
  /// One point.
  struct Point: Sendable, Equatable {
    /// The part of the training that was done, in 0...1.
    var place: Double
    /// The value.
    var value: Double
  }

  /// The points in the order of their places.
  let points: [Point]

  /// The most points that a curve has.
  static let pointLimit = 24

  /// Averages finite reports up to `lastStep`, where the training ends.
  init(_ reports: [Trial.Report], lastStep: Int, scale: CurveScale) {
    // Steps that are counted from 0 begin at a place above 0, too.
    let shift = reports.first.map { $0.step <= 0 ? 1 - Double($0.step) : 0 } ?? 0
    let length = max(Double(lastStep) + shift, 1)
    var points: [Point] = []
    var bin = -1
    var sums = (count: 0.0, place: 0.0, value: 0.0)
    func close() {
      guard sums.count > 0 else { return }
      points.append(Point(place: sums.place / sums.count, value: sums.value / sums.count))
    }
    for report in reports where report.value.isFinite {
      let place = min((Double(report.step) + shift) / length, 1)
      let next = Self.bin(of: place, length: length)
      if next != bin {
        close()
        sums = (0, 0, 0)
        bin = next
      }
      sums = (sums.count + 1, sums.place + place, sums.value + scale.model(report.value))
    }
    close()
    self.points = points
  }

  private init(points: [Point]) { self.points = points }

  /// The curve as it was when no more than `place` of the training was done.
  func prefix(upTo place: Double) -> BinnedCurve {
    BinnedCurve(points: points.filter { $0.place <= place + 1e-9 })
  }

  private static func bin(of place: Double, length: Double) -> Int {
    if length <= Double(pointLimit) { return Int((place * length).rounded()) }
    return Int(Double(pointLimit) * place.squareRoot())
  }
}

/// From an objective's values to those that are modelled: less is better, and logarithms where
/// positive values span several orders of magnitude.
struct CurveScale: Sendable {
  /// 1 to minimise, -1 to maximise.
  let sign: Double
  /// Whether values are positive and their logarithms are modelled.
  let isLogarithmic: Bool
  /// The least positive value that has been seen.
  let floor: Double
  /// Values beyond are as bad as this one.
  let cap: Double

  init(values: [Double], sign: Double) {
    self.sign = sign
    let least = values.min() ?? 0
    let typical = values.quantile(0.75) ?? 0
    isLogarithmic = least > 0 && typical / least > 30
    floor = isLogarithmic ? least * 1e-3 : 0
    let logarithmic = isLogarithmic
    let transformed = values.map { sign * (logarithmic ? log($0) : $0) }
    let low = transformed.min() ?? 0
    let high = transformed.quantile(0.75) ?? 0
    cap = high + 50 * max(high - low, 1e-12)
  }

  /// What is modelled.
  func model(_ value: Double) -> Double {
    min(sign * (isLogarithmic ? log(max(value, floor)) : value), cap)
  }

  /// Mean and deviation on the objective's own scale.
  func own(mean: Double, deviation: Double) -> (mean: Double, deviation: Double) {
    guard isLogarithmic else { return (sign * mean, deviation) }
    let median = exp(sign * mean)
    return (median, median * (exp(min(deviation, 2)) - 1))
  }
}
