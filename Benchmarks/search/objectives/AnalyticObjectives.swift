private import Foundation

// Notation: x is the point, s the place of the minimum where it was moved, R the rotation of
// `rotated`. The same functions for the peers stand in ../peers/objectives.py.

extension ObjectiveSuite {
  static func analytic(_ name: String) throws -> Objective? {
    switch name {
    case "branin":
      try Objective(name, bounds: [(-5, 10), (0, 15)], minimum: 0.39788735772973816, branin)
    case "hartmann6":
      try Objective(name, bounds: cube(6, 0, 1), minimum: -3.322368011415511, hartmann)
    case "ackley5":
      try Objective(name, bounds: cube(5, -5, 10), minimum: 0) {
        ackley(difference($0, [1.37, -2.11, 3.08, -0.53, 4.29]))
      }
    case "levy8":
      try Objective(name, bounds: cube(8, -10, 10), minimum: 0) { x in levy(x.map { $0 - 1 }) }
    case "rosenbrock4": try Objective(name, bounds: cube(4, -5, 10), minimum: 0, rosenbrock)
    case "styblinski5":
      try Objective(name, bounds: cube(5, -5, 5), minimum: -39.16616570377142 * 5) { x in
        0.5 * x.reduce(0) { $0 + $1 * $1 * $1 * $1 - 16 * $1 * $1 + 5 * $1 }
      }
    case "ackley6_rotated":
      try Objective(name, bounds: cube(6, -4, 8), minimum: 0) {
        ackley(rotated(difference($0, [0.83, 3.17, -1.91, 2.26, -0.67, 4.05])))
      }
    case "levy5_rotated":
      try Objective(name, bounds: cube(5, -10, 10), minimum: 0) {
        levy(rotated(difference($0, [2.3, -4.1, 0.7, 5.2, -1.6])))
      }
    case "rosenbrock5_shifted":
      try Objective(name, bounds: cube(5, -3, 6), minimum: 0) { x in
        rosenbrock(difference(x, [0.45, -0.8, 1.2, 0.3, -0.35]).map { $0 + 1 })
      }
    case "hartmann6_rotated":
      try Objective(name, bounds: cube(6, 0, 1), minimum: -3.322368011415511) { x in
        let best = [0.20169, 0.150011, 0.476874, 0.275332, 0.311652, 0.6573]
        return hartmann(zip(rotated(difference(x, best)), best).map { $0 + $1 })
      }
    default: nil
    }
  }

  private static func cube(
    _ count: Int, _ low: Double, _ high: Double
  ) -> [(low: Double, high: Double)] {
    Array(repeating: (low, high), count: count)
  }

  private static func difference(_ x: [Double], _ s: [Double]) -> [Double] {
    zip(x, s).map { $0 - $1 }
  }

  /// R z: one plane rotation after the other, by 0.7 + 1.3 (i n + j) in the plane of axes i < j.
  private static func rotated(_ z: [Double]) -> [Double] {
    var z = z
    for i in z.indices {
      for j in z.indices where j > i {
        let angle = 0.7 + 1.3 * Double(i * z.count + j)
        (z[i], z[j]) = (
          cos(angle) * z[i] - sin(angle) * z[j], sin(angle) * z[i] + cos(angle) * z[j]
        )
      }
    }
    return z
  }

  @Sendable private static func branin(_ x: [Double]) -> Double {
    let b = 5.1 / (4 * Double.pi * Double.pi)
    let c = 5 / Double.pi
    let t = 1 / (8 * Double.pi)
    let bend = x[1] - b * x[0] * x[0] + c * x[0] - 6
    return bend * bend + 10 * (1 - t) * cos(x[0]) + 10
  }

  @Sendable private static func hartmann(_ x: [Double]) -> Double {
    let weights = [1.0, 1.2, 3.0, 3.2]
    let scales: [[Double]] = [
      [10, 3, 17, 3.5, 1.7, 8], [0.05, 10, 17, 0.1, 8, 14], [3, 3.5, 1.7, 10, 17, 8],
      [17, 8, 0.05, 10, 0.1, 14],
    ]
    let centres: [[Double]] = [
      [1312, 1696, 5569, 124, 8283, 5886], [2329, 4135, 8307, 3736, 1004, 9991],
      [2348, 1451, 3522, 2883, 3047, 6650], [4047, 8828, 8732, 5743, 1091, 381],
    ]
    var sum = 0.0
    for (weight, (scale, centre)) in zip(weights, zip(scales, centres)) {
      var distance = 0.0
      for axis in x.indices {
        let step = x[axis] - 1e-4 * centre[axis]
        distance += scale[axis] * step * step
      }
      sum += weight * exp(-distance)
    }
    return -sum
  }

  private static func ackley(_ z: [Double]) -> Double {
    let count = Double(z.count)
    let square = z.reduce(0) { $0 + $1 * $1 } / count
    let wave = z.reduce(0) { $0 + cos(2 * Double.pi * $1) } / count
    return -20 * exp(-0.2 * square.squareRoot()) - exp(wave) + 20 + M_E
  }

  /// Levy's function with its minimum at z = 0.
  private static func levy(_ z: [Double]) -> Double {
    let w = z.map { 1 + $0 / 4 }
    func square(_ a: Double) -> Double { a * a }
    var sum = square(sin(Double.pi * w[0]))
    for a in w.dropLast() { sum += square(a - 1) * (1 + 10 * square(sin(Double.pi * a + 1))) }
    let last = w[w.count - 1]
    return sum + square(last - 1) * (1 + square(sin(2 * Double.pi * last)))
  }

  @Sendable private static func rosenbrock(_ x: [Double]) -> Double {
    zip(x, x.dropFirst()).reduce(0) { sum, pair in
      let valley = pair.1 - pair.0 * pair.0
      return sum + 100 * valley * valley + (1 - pair.0) * (1 - pair.0)
    }
  }
}
