private import Foundation

/// The inverse of the standard normal distribution function.
package enum NormalQuantile {
  /// The x with P(X <= x) = `p`, 0 < p < 1, to the last digits.
  package static func value(_ p: Double) -> Double {
    if p > 0.5 { return -value(1 - p) }
    guard p > 0 else { return -.infinity }
    // Abramowitz and Stegun, 26.2.23, to 4.5e-4; then Halley's steps, each of which triples the
    // digits.
    let t = (-2 * log(p)).squareRoot()
    let top = 2.515517 + t * (0.802853 + t * 0.010328)
    let bottom = 1 + t * (1.432788 + t * (0.189269 + t * 0.001308))
    var x = top / bottom - t
    for _ in 0..<3 {
      let mass = 0.5 * erfc(-x * 0.5.squareRoot())
      let step = (mass - p) * (2 * Double.pi).squareRoot() * exp(0.5 * x * x)
      x -= step / (1 + 0.5 * x * step)
    }
    return x
  }
}
