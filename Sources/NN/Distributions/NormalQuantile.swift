private import Glibc

/// The standard normal distribution.
public enum StandardNormal {
  /// The probability of numbers up to `x`.
  public static func cumulative(_ x: Double) -> Double { 0.5 * erfc(-x / 2.0.squareRoot()) }

  /// The number up to which the probability is `level`, in 0...1; infinite at the ends.
  ///
  /// Abramowitz and Stegun (1964), formula 26.2.23, good to 4.5e-4, then steps of Halley's method, each
  /// of which cubes the error.
  public static func quantile(_ level: Double) -> Double {
    guard level > 0, level < 1 else {
      return level == 0 ? -.infinity : (level == 1 ? .infinity : .nan)
    }
    // The lower tail, where the complementary error function is exact.
    let tail = min(level, 1 - level)
    let t = (-2 * log(tail)).squareRoot()
    let above = 2.515517 + t * (0.802853 + t * 0.010328)
    let below = 1 + t * (1.432788 + t * (0.189269 + t * 0.001308))
    var x = above / below - t
    for _ in 0..<3 {
      let error = (cumulative(x) - tail) * (2 * Double.pi).squareRoot() * exp(x * x / 2)
      x -= error / (1 + x * error / 2)
    }
    return level < 0.5 ? x : -x
  }
}
