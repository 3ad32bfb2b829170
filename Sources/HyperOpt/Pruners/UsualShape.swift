/// The shape that complete trials' curves have in common, whatever it is: one more shape beside the
/// families, right where a schedule makes all trials of a study fall at the same step.
///
/// s(u) = sum A (y(u) - F) / sum A^2 over the curves, with A = y(u0) - F: the shape that fits all of
/// them best in squares when each has its own A and F.
struct UsualShape: Sendable {
  private let points: [BinnedCurve.Point]

  /// Nil when there are fewer than three curves, or they do not improve or worsen at all.
  init?(_ curves: [BinnedCurve]) {
    guard curves.count >= 3, let longest = curves.max(by: { $0.points.count < $1.points.count })
    else { return nil }
    var weighted: [BinnedCurve.Point] = []
    for place in longest.points.map(\.place) {
      var top = 0.0
      var bottom = 0.0
      for curve in curves {
        guard let first = curve.points.first?.value, let final = curve.points.last?.value else {
          continue
        }
        top += (first - final) * (curve.points.value(at: place) - final)
        bottom += (first - final) * (first - final)
      }
      guard bottom > 0 else { return nil }
      weighted.append(.init(place: place, value: top / bottom))
    }
    points = weighted
  }

  /// The shape's value at u.
  func value(at u: Double) -> Double { points.value(at: u) }
}

extension [BinnedCurve.Point] {
  /// The value at a place, linear between points and constant beyond the ends.
  fileprivate func value(at place: Double) -> Double {
    guard let next = firstIndex(where: { $0.place >= place }) else { return last?.value ?? 0 }
    guard next > 0, self[next].place > place else { return self[next].value }
    let part = (place - self[next - 1].place) / (self[next].place - self[next - 1].place)
    return self[next - 1].value + part * (self[next].value - self[next - 1].value)
  }
}
