private import Foundation

/// Expected improvement and its logarithm, to full precision however small it is.
///
/// With z = (best - mean) / deviation, EI = deviation h(z), h(z) = phi(z) + z Phi(z); log h follows
/// Ament et al. 2023, "Unexpected Improvements to Expected Improvement", equation 9, with the scaled
/// complementary error function where the plain form cancels, and its series far out.
package enum ExpectedImprovement {
  private static let farTop = [
    1.63153871373020978e-2, 3.05326634961232344e-1, 3.60344899949804439e-1,
    1.25781726111229246e-1, 1.60837851487422766e-2, 6.58749161529837803e-4,
  ]
  private static let farBottom = [
    1, 2.56852019228982242, 1.87295284992346725, 5.27905102951428412e-1,
    6.05183413124413191e-2, 2.33520497626869185e-3,
  ]
  private static let nearBottom = [
    1, 15.7449261107098347, 117.693950891312499, 537.181101862009858, 1621.38957456669019,
    3290.79923573345963, 4362.61909014324716, 3439.36767414372164, 1230.33935480374942,
  ]
  private static let nearTop = [
    2.15311535474403846e-8, 5.64188496988670089e-1, 8.88314979438837594, 66.1191906371416295,
    298.635138197400131, 881.95222124176909, 1712.04761263407058, 2051.07837782607147,
    1230.33935479799725,
  ]
  private static let rootHalfPi = (Double.pi / 2).squareRoot()
  private static let logRootTwoPi = 0.5 * log(2 * Double.pi)

  /// log h(z).
  package static func logH(_ z: Double) -> Double { logHAndRatio(z).logH }

  /// log h(z), and Phi(z) / h(z), its derivative.
  package static func logHAndRatio(_ z: Double) -> (logH: Double, ratio: Double) {
    if z > -1 {
      let density = exp(-0.5 * z * z - logRootTwoPi)
      let mass = 0.5 * erfc(-z / 2.0.squareRoot())
      let h = density + z * mass
      return (log(h), mass / h)
    }
    let t = -z
    let logDensity = -0.5 * z * z - logRootTwoPi
    // h = phi(z) (1 - t M), with Mills' ratio M = Phi(z) / phi(z).
    let mills: Double
    let rest: Double
    if t < 60 {
      mills = rootHalfPi * scaledComplementaryError(t / 2.0.squareRoot())
      rest = 1 - t * mills
    } else {
      let q = 1 / (t * t)
      rest = q * (1 - q * (3 - q * (15 - q * (105 - q * 945))))
      mills = (1 - rest) / t
    }
    return (logDensity + log(rest), mills / rest)
  }

  /// log Phi(z), and phi(z) / Phi(z), its derivative.
  package static func logProbability(_ z: Double) -> (log: Double, ratio: Double) {
    if z > -1 {
      let mass = 0.5 * erfc(-z / 2.0.squareRoot())
      return (log(mass), exp(-0.5 * z * z - logRootTwoPi) / mass)
    }
    let mills = rootHalfPi * scaledComplementaryError(-z / 2.0.squareRoot())
    return (log(mills) - 0.5 * z * z - logRootTwoPi, 1 / mills)
  }

  /// exp(x^2) erfc(x) for x >= 0.46875 (Cody 1969, "Rational Chebyshev approximations for the error
  /// function").
  package static func scaledComplementaryError(_ x: Double) -> Double {
    if x <= 4 {
      return polynomial(nearTop, x) / polynomial(nearBottom, x)
    }
    let q = 1 / (x * x)
    return (1 / Double.pi.squareRoot() - q * polynomial(farTop, q) / polynomial(farBottom, q)) / x
  }

  private static func polynomial(_ coefficients: [Double], _ x: Double) -> Double {
    coefficients.reduce(0) { $0 * x + $1 }
  }

  /// The normal number below which lies the part p of all (Acklam's rational approximation and one
  /// step of Halley's method).
  package static func normalQuantile(_ p: Double) -> Double {
    let a = [
      -3.969683028665376e+01, 2.209460984245205e+02, -2.759285104469687e+02, 1.383577518672690e+02,
      -3.066479806614716e+01, 2.506628277459239e+00,
    ]
    let b = [
      -5.447609879822406e+01, 1.615858368580409e+02, -1.556989798598866e+02, 6.680131188771972e+01,
      -1.328068155288572e+01, 1,
    ]
    let c = [
      -7.784894002430293e-03, -3.223964580411365e-01, -2.400758277161838e+00,
      -2.549732539343734e+00, 4.374664141464968e+00, 2.938163982698783e+00,
    ]
    let d = [
      7.784695709041462e-03, 3.224671290700398e-01, 2.445134137142996e+00, 3.754408661907416e+00, 1,
    ]
    let x: Double
    if p < 0.02425 {
      let q = (-2 * log(p)).squareRoot()
      x = polynomial(c, q) / polynomial(d, q)
    } else if p > 1 - 0.02425 {
      let q = (-2 * log(1 - p)).squareRoot()
      x = -polynomial(c, q) / polynomial(d, q)
    } else {
      let q = p - 0.5
      x = q * polynomial(a, q * q) / polynomial(b, q * q)
    }
    let e = 0.5 * erfc(-x / 2.0.squareRoot()) - p
    let u = e * (2 * Double.pi).squareRoot() * exp(x * x / 2)
    return x - u / (1 + x * u / 2)
  }
}
