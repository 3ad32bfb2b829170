private import Foundation

/// Minimises a smooth function by L-BFGS in a box, as a machine that is told values.
///
/// Nocedal and Wright (2006), algorithm 7.4 for the direction, equation 7.20 for its scale;
/// coordinates at a border whose descent points outward stay there (projected gradient,
/// Bertsekas 1982), steps are cut back until the value falls enough (Armijo, equation 3.4).
/// The caller evaluates `point` and calls `tell` while `isRunning`: so many minimisations can go
/// side by side, and their evaluations can be done together.
package struct QuasiNewton: Sendable {
  /// When to stop, and how much to remember.
  package struct Settings: Sendable {
    package var iterations = 50
    var memory = 8
    /// Ends when no coordinate of the projected gradient is larger.
    package var gradientTolerance = 1e-6
    /// Ends when an accepted step lowers the value by less, relative to 1 + |value|.
    var valueTolerance = 1e-12
    /// No first step, and none after a reset, is longer in any coordinate.
    package var firstStep = 0.1

    package init() {}
  }

  /// Where to evaluate next.
  package private(set) var point: [Double]
  /// The best point so far.
  package private(set) var best: [Double]
  /// The value there.
  package private(set) var bestValue = Double.infinity
  /// Whether `point` waits to be evaluated.
  package private(set) var isRunning = true
  private let lower: Double
  private let upper: Double
  private let settings: Settings
  private var gradient: [Double] = []
  private var direction: [Double]
  private var slope = 0.0
  private var step = 1.0
  private var iteration = 0
  private var cuts = 0
  private var changes: [(s: [Double], y: [Double], rho: Double)] = []

  /// Begins at `start`; all coordinates stay within `lower` and `upper`.
  package init(
    from start: [Double], lower: Double = -.infinity, upper: Double = .infinity,
    _ settings: Settings = Settings()
  ) {
    point = start.map { min(max($0, lower), upper) }
    best = point
    direction = [Double](repeating: 0, count: start.count)
    self.lower = lower
    self.upper = upper
    self.settings = settings
  }

  /// Takes the value and the gradient at `point`, and moves `point` on or ends.
  package mutating func tell(_ value: Double, _ newGradient: [Double]) {
    guard isRunning else { return }
    if gradient.isEmpty {
      guard value.isFinite, newGradient.allSatisfy(\.isFinite) else {
        isRunning = false
        return
      }
      accept(value, newGradient)
      return begin()
    }
    if value.isFinite, newGradient.allSatisfy(\.isFinite),
      value <= bestValue + 1e-4 * min(movedSlope, 0)
    {
      let gain = bestValue - value
      remember(newGradient)
      accept(value, newGradient)
      iteration += 1
      if iteration >= settings.iterations
        || gain <= settings.valueTolerance * (1 + abs(value))
      {
        isRunning = false
        return
      }
      return begin()
    }
    cuts += 1
    if cuts > 12 {
      // The curvature may be wrong: once more along the gradient, then the end.
      guard !changes.isEmpty else {
        isRunning = false
        return
      }
      changes = []
      return begin()
    }
    if value.isFinite {
      // The minimum of the parabola through what is known, within limits (equation 3.57).
      let along = slope * step
      let bend = 2 * (value - bestValue - along)
      let ratio = bend > 0 ? -along / bend : 0.5
      step *= min(max(ratio, 0.1), 0.5)
    } else {
      step *= 0.1
    }
    move()
  }

  private mutating func accept(_ value: Double, _ newGradient: [Double]) {
    best = point
    bestValue = value
    gradient = newGradient
  }

  // g . (point - best): the slope after projection onto the box.
  private var movedSlope: Double {
    var sum = 0.0
    for i in point.indices { sum += gradient[i] * (point[i] - best[i]) }
    return sum
  }

  private mutating func remember(_ newGradient: [Double]) {
    var s = point
    var y = newGradient
    var sy = 0.0
    var yy = 0.0
    for i in s.indices {
      s[i] -= best[i]
      y[i] -= gradient[i]
      sy += s[i] * y[i]
      yy += y[i] * y[i]
    }
    guard sy > 1e-10 * yy else { return }
    changes.append((s, y, 1 / sy))
    if changes.count > settings.memory { changes.removeFirst() }
  }

  // Whether coordinate i may move along the descent direction.
  private func isFree(_ i: Int) -> Bool {
    !((best[i] <= lower && gradient[i] > 0) || (best[i] >= upper && gradient[i] < 0))
  }

  private mutating func begin() {
    cuts = 0
    var largest = 0.0
    for i in gradient.indices where isFree(i) { largest = max(largest, abs(gradient[i])) }
    guard largest > settings.gradientTolerance else {
      isRunning = false
      return
    }
    twoLoops()
    slope = 0
    for i in direction.indices { slope += direction[i] * gradient[i] }
    if slope >= 0 {
      changes = []
      twoLoops()
      slope = 0
      for i in direction.indices { slope += direction[i] * gradient[i] }
    }
    step = 1
    if changes.isEmpty {
      step = min(1, settings.firstStep / largest)
    }
    move()
  }

  // direction = -H gradient on the free coordinates.
  private mutating func twoLoops() {
    for i in direction.indices { direction[i] = isFree(i) ? -gradient[i] : 0 }
    var factors = [Double](repeating: 0, count: changes.count)
    for k in changes.indices.reversed() {
      var a = 0.0
      for i in direction.indices { a += changes[k].s[i] * direction[i] }
      a *= changes[k].rho
      factors[k] = a
      for i in direction.indices { direction[i] -= a * changes[k].y[i] }
    }
    if let last = changes.last {
      var yy = 0.0
      for value in last.y { yy += value * value }
      let scale = 1 / (last.rho * yy)
      for i in direction.indices { direction[i] *= scale }
    }
    for k in changes.indices {
      var b = 0.0
      for i in direction.indices { b += changes[k].y[i] * direction[i] }
      b *= changes[k].rho
      for i in direction.indices { direction[i] += (factors[k] - b) * changes[k].s[i] }
    }
    for i in direction.indices where !isFree(i) { direction[i] = 0 }
  }

  private mutating func move() {
    for i in point.indices {
      point[i] = min(max(best[i] + step * direction[i], lower), upper)
    }
    if point == best { isRunning = false }
  }
}
