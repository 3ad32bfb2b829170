private import CKernels
private import Foundation

/// Minus the log posterior of a kernel's hyperparameters, and its gradient.
///
/// | name | meaning | shape |
/// | --- | --- | --- |
/// | n | results | |
/// | y | standardised values | n |
/// | s | variance of each value beyond the learned noise | n |
/// | K | k(x_i, x_j) + (noise + s_i) [i = j] | n x n |
/// | m | constant mean, m ~ N(0, 1), at its best value for K | |
/// | a | K^-1 (y - m) | n |
///
/// -log p = 1/2 (y - m)^T a + 1/2 log |K| + n/2 log 2 pi + 1/2 m^2 + prior, and its derivative is
/// -1/2 tr((a a^T - K^-1) dK/dq) + prior (Rasmussen and Williams 2006, equations 5.8 and 5.9). That
/// m depends on K changes nothing: at its best value the derivative along m is 0.
package struct LogPosterior {
  private let table: FeatureTable
  private let y: [Double]
  private let extra: [Double]
  private let prior: HyperPrior
  private let distances: [Double]
  private var packed: [Double]

  package init(_ table: FeatureTable, _ y: [Double], extraNoise: [Double], _ prior: HyperPrior) {
    precondition(y.count == table.count && extraNoise.count == table.count, "\(y.count) values")
    self.table = table
    self.y = y
    extra = extraNoise
    self.prior = prior
    distances = table.squaredDistances()
    packed = [Double](repeating: 0, count: table.count * (table.count + 1) / 2)
  }

  /// The value at `theta`; infinite where K cannot be factorized.
  package mutating func evaluate(_ theta: [Double], gradient: inout [Double]) -> Double {
    let n = table.count
    let groups = table.first.count - 1
    for i in gradient.indices { gradient[i] = 0 }
    guard theta.allSatisfy({ abs($0) < 50 }) else { return .infinity }
    let kernel = MaternKernel(first: table.first, logarithms: theta)
    let pairs = packed.count
    kernel.withPointer { ck_matern_pairs($0, pairs, distances, &packed) }
    var matrix = FeatureTable.unpack(packed, n)
    for i in 0..<n { matrix[i * n + i] += kernel.noise + extra[i] }
    guard let factor = CholeskyFactor(of: matrix, size: n) else { return .infinity }
    let (mean, a) = factor.meanAndWeights(y)
    var value = 0.5 * mean * mean + 0.5 * factor.logDeterminant
    value += 0.5 * Double(n) * log(2 * Double.pi)
    for i in 0..<n { value += 0.5 * (y[i] - mean) * a[i] }
    let inverse = factor.inverse()
    var trace = 0.0
    var p = 0
    for i in 0..<n {
      for j in 0..<i {
        packed[p] = inverse[j * n + i] - a[i] * a[j]
        p += 1
      }
      packed[p] = 0.5 * (inverse[i * n + i] - a[i] * a[i])
      trace += packed[p]
      p += 1
    }
    kernel.withPointer { ck_matern_pairs_gradient($0, pairs, distances, packed, &gradient) }
    gradient[3 * groups + 1] = trace * exp(theta[3 * groups + 1])
    value += prior.penalty(theta, gradient: &gradient)
    return value.isFinite ? value : .infinity
  }

  /// The best hyperparameters that L-BFGS finds from `start`, and minus their log posterior.
  mutating func minimum(
    from start: [Double], iterations: Int
  ) -> (theta: [Double], value: Double) {
    var settings = QuasiNewton.Settings()
    settings.iterations = iterations
    settings.gradientTolerance = 1e-3
    settings.valueTolerance = 1e-6
    settings.firstStep = 0.3
    var search = QuasiNewton(from: start, settings)
    var gradient = [Double](repeating: 0, count: start.count)
    while search.isRunning {
      let value = evaluate(search.point, gradient: &gradient)
      search.tell(value, gradient)
    }
    return (search.best, search.bestValue)
  }
}

extension CholeskyFactor {
  /// The best constant mean m ~ N(0, 1), and K^-1 (y - m).
  func meanAndWeights(_ y: [Double]) -> (mean: Double, weights: [Double]) {
    let n = size
    var right = y + [Double](repeating: 1, count: n)
    solve(&right, columns: 2)
    var oneY = 0.0
    var oneOne = 0.0
    for i in 0..<n {
      oneY += right[n + i] * right[i]
      oneOne += right[n + i] * right[n + i]
    }
    let mean = oneY / (oneOne + 1)
    for i in 0..<n { right[i] -= mean * right[n + i] }
    right.removeLast(n)
    solveTransposed(&right, columns: 1)
    return (mean, right)
  }
}
