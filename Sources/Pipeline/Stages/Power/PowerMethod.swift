private import Foundation

/// A family of functions that bend a column until it looks normal, with one parameter λ.
///
/// | name | function |
/// |---|---|
/// | `box_cox` | (x^λ - 1) / λ, for x > 0 only; ln x for λ = 0 |
/// | `yeo_johnson` | Box-Cox of x + 1 for x ≥ 0, and less that of 1 - x with 2 - λ for x < 0 |
///
/// - Source: Box & Cox 1964, eq. 1; Yeo & Johnson 2000, eq. 2.1.
public enum PowerMethod: String, Sendable, CaseIterable {
  /// For numbers of any sign.
  case yeoJohnson = "yeo_johnson"
  /// For numbers above 0.
  case boxCox = "box_cox"

  /// The function of `x`; NaN where it is not defined.
  func value(_ x: Double, lambda: Double) -> Double {
    let (log, exponent, sign) = parts(x, lambda)
    let product = exponent * log
    return sign * (abs(product) < 1e-300 ? log : log * (expm1(product) / product))
  }

  /// The function with its first two derivatives by λ, and the logarithm whose sum is in the likelihood.
  ///
  /// With L = ln of the base and m = λ, or 2 - λ, the function is ±L φ(mL) where φ(u) = (e^u - 1) / u.
  func derivatives(
    _ x: Double, lambda: Double
  ) -> (value: Double, first: Double, second: Double, log: Double) {
    let (log, exponent, sign) = parts(x, lambda)
    let product = exponent * log
    let phi: (Double, Double, Double)
    if abs(product) < 0.5 {
      // Σ u^k / (k + 1)!: the quotients below would lose all their digits.
      phi = Self.series(product)
    } else {
      let power = exp(product)
      let zeroth = expm1(product) / product
      let first = (power - zeroth) / product
      phi = (zeroth, first, (power - 2 * first) / product)
    }
    return (
      sign * log * phi.0, log * log * phi.1, sign * log * log * log * phi.2, sign * log
    )
  }

  /// The logarithm of the base, the exponent and the sign of the function.
  private func parts(_ x: Double, _ lambda: Double) -> (Double, Double, Double) {
    switch self {
    case .boxCox: (x > 0 ? log(x) : .nan, lambda, 1)
    case .yeoJohnson: x >= 0 ? (log1p(x), lambda, 1) : (log1p(-x), 2 - lambda, -1)
    }
  }

  /// φ and its two derivatives for |u| < 1/2, by terms up to u^15.
  private static func series(_ u: Double) -> (Double, Double, Double) {
    var (zeroth, first, second) = (0.0, 0.0, 0.0)
    // Horner's rule for a polynomial and its derivatives.
    for coefficient in coefficients {
      second = second * u + 2 * first
      first = first * u + zeroth
      zeroth = zeroth * u + coefficient
    }
    return (zeroth, first, second)
  }

  /// 1 / (k + 1)! for k from 15 down to 0.
  private static let coefficients: [Double] = (0...15).reversed().map { k in
    1 / (1...k + 1).reduce(1.0) { $0 * Double($1) }
  }
}
