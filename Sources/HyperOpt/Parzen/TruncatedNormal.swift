private import Foundation

/// Normal distributions cut to an interval: what the kernels of a Parzen estimator need.
enum TruncatedNormal {
  /// log(sqrt(2 pi)).
  static let logNormalizer = 0.918_938_533_204_672_7

  /// The standard normal mass of [a, b], a <= 0 <= b, for use where it is not tiny.
  static func centralMass(_ a: Double, _ b: Double) -> Double {
    // Beyond 8.3 standard deviations the tail is below the last bit.
    let left = a < -8.3 ? 1 : erf(-a * 0.5.squareRoot())
    let right = b > 8.3 ? 1 : erf(b * 0.5.squareRoot())
    return 0.5 * (left + right)
  }

  /// The logarithm of the standard normal mass of [a, b], a < b, accurate in both tails.
  static func logMass(_ a: Double, _ b: Double) -> Double {
    let width = b - a
    let middle = 0.5 * (a + b)
    if width < 0.1, abs(middle) * width < 0.8 {
      // The density at the middle times the width, with the series of the mean of
      // exp(-m t) exp(-t^2 / 2) over |t| < width / 2; the first left-out term is below 1e-6.
      let h = width * width
      let m = middle * middle
      let u = h * ((m - 1) / 24 + h * (m * m - 6 * m + 3) / 1920)
      return -0.5 * m - logNormalizer + log(width) + log1p(u)
    }
    if a > 0 { return tail(a, b) }
    if b < 0 { return tail(-b, -a) }
    return log(centralMass(a, b))
  }

  // log(Q(a) - Q(b)) for 0 < a < b, Q the upper tail.
  private static func tail(_ a: Double, _ b: Double) -> Double {
    if a < 25 {
      let mass = erfc(a * 0.5.squareRoot()) - erfc(b * 0.5.squareRoot())
      return log(0.5 * mass)
    }
    let upper = logUpper(a)
    return upper + log1p(-exp(logUpper(b) - upper))
  }

  // Mills' ratio to four terms, for a >= 25.
  private static func logUpper(_ a: Double) -> Double {
    let r = 1 / (a * a)
    return -0.5 * a * a - log(a) - logNormalizer + log1p(-r * (1 - r * (3 - 15 * r)))
  }
}
