private import Foundation

/// What is believed of the kernel before any result: independent normal priors of its logarithms.
///
/// Inputs lie in 0...1 and outputs are standardised, so one prior fits all spaces.
package struct HyperPrior: Sendable {
  package let mean: [Double]
  package let deviation: [Double]

  package init(parameterCount groups: Int) { self.init(parameterCount: groups, PriorSettings()) }

  init(parameterCount groups: Int, _ s: PriorSettings) {
    // Distances grow with the root of the number of parameters (Hvarfner et al. 2024).
    let spread = 0.5 * log(max(1, Double(groups) / 6))
    mean =
      Array(repeating: s.joint.mean + spread, count: groups)
      + Array(repeating: s.single.mean, count: groups)
      + Array(repeating: s.singleVariance.mean - log(Double(groups)), count: groups)
      + [s.jointVariance.mean, s.noise.mean]
    deviation =
      Array(repeating: s.joint.deviation, count: groups)
      + Array(repeating: s.single.deviation, count: groups)
      + Array(repeating: s.singleVariance.deviation, count: groups)
      + [s.jointVariance.deviation, s.noise.deviation]
  }

  /// Minus the log density up to a constant, whose gradient is added to `gradient`.
  func penalty(_ theta: [Double], gradient: inout [Double]) -> Double {
    var sum = 0.0
    for i in theta.indices {
      let z = (theta[i] - mean[i]) / deviation[i]
      sum += 0.5 * z * z
      gradient[i] += z / deviation[i]
    }
    return sum
  }
}

/// Mean and standard deviation of each kind of logarithm.
struct PriorSettings: Sendable {
  typealias Normal = (mean: Double, deviation: Double)
  /// Length-scales of the interactions: long ones first, since from short ones a fit does not come
  /// back, there is no slope where no two results are alike (arXiv 2502.09198).
  var joint: Normal = (0.2, 0.7)
  /// Length-scales of the main effects.
  var single: Normal = (-0.7, 0.7)
  /// Variances of the main effects, all together.
  var singleVariance: Normal = (-0.7, 1)
  /// Variance of the interactions.
  var jointVariance: Normal = (-0.7, 1)
  /// Variance of the noise: from none (a formula) to a tenth (a short training), so a wide one.
  var noise: Normal = (-11, 3)
}
