private import CKernels
private import Foundation

/// The posterior of one output given its results, and given that running trials will have values.
///
/// | name | meaning | shape |
/// | --- | --- | --- |
/// | n, p | results, running trials | |
/// | L | Cholesky factor of the covariances of all n + p points, with noise | |
/// | b | L^-1 (y - mean), of the first n | n |
/// | v(x) | L^-1 k(x) | n + p |
///
/// The mean at x is mean + v(x) . b over the results alone, and the variance given the running
/// trials' values too is k(x, x) - |v(x)|^2 (Rasmussen and Williams 2006, algorithm 2.1). If z are
/// standard normal numbers, the values mean_P + L_PP z of the running trials are one joint draw, and
/// the mean at x given that draw is larger by v_P(x) . z: fantasies cost p products each.
package struct Surrogate: Sendable {
  let kernel: MaternKernel
  var table: FeatureTable
  let resultCount: Int
  var pendingCount: Int
  package let mean: Double
  var factor: CholeskyFactor
  let whitened: [Double]
  /// The posterior mean at each result.
  package let meansAtResults: [Double]

  /// Conditions a kernel on standardised values; nil when no factorization succeeds.
  package init?(
    _ encoding: SpaceEncoding, points: [[Double]], values: [Double], extraNoise: [Double],
    pending: [[Double]], theta: [Double]
  ) {
    let n = points.count
    let kernel = MaternKernel(first: encoding.first, logarithms: theta)
    let all = FeatureTable(points + pending, encoding)
    let covariances = all.covariances(kernel)
    let total = n + pending.count
    // More noise where rounding leaves no factor: duplicates under a very smooth kernel.
    var found: (factor: CholeskyFactor, jitter: Double)?
    for jitter in [0, 1e-8, 1e-6, 1e-4] where found == nil {
      var matrix = [Double](repeating: 0, count: n * n)
      for column in 0..<n {
        for row in column..<n { matrix[column * n + row] = covariances[column * total + row] }
        matrix[column * n + column] += kernel.noise + extraNoise[column] + jitter * kernel.variance
      }
      found = CholeskyFactor(of: matrix, size: n).map { ($0, jitter) }
    }
    guard let found else { return nil }
    let (mean, weights) = found.factor.meanAndWeights(values)
    var right = values.map { $0 - mean }
    found.factor.solve(&right, columns: 1)
    var joint: CholeskyFactor? = found.factor
    if !pending.isEmpty {
      let p = pending.count
      var cross = [Double](repeating: 0, count: n * p)
      var corner = [Double](repeating: 0, count: p * p)
      for i in 0..<p {
        for j in 0..<n { cross[i * n + j] = covariances[j * total + n + i] }
        for j in 0...i { corner[j * p + i] = covariances[(n + j) * total + n + i] }
        corner[i * p + i] += (found.jitter + 1e-6) * kernel.variance
      }
      joint = found.factor.appending(cross: cross, corner: corner, count: p)
    }
    guard let factor = joint else { return nil }
    self.kernel = kernel
    table = all
    resultCount = n
    pendingCount = pending.count
    self.mean = mean
    self.factor = factor
    whitened = right
    meansAtResults = (0..<n).map {
      values[$0]
        - (kernel.noise + extraNoise[$0] + found.jitter * kernel.variance) * weights[$0]
    }
  }

  /// Rows of v for `count` points given by rows of features; their means and variances.
  package struct Prediction {
    var v: [Double] = []
    package var means: [Double] = []
    package var variances: [Double] = []

    package init() {}
  }

  /// Predicts at `count` rows of features.
  package func predict(_ rows: [Double], count: Int, into result: inout Prediction) {
    let total = resultCount + pendingCount
    let width = table.first[table.first.count - 1]
    Self.resize(&result.v, total * count)
    Self.resize(&result.means, count)
    Self.resize(&result.variances, count)
    kernel.withPointer { kernel in
      rows.withUnsafeBufferPointer { rows in
        result.v.withUnsafeMutableBufferPointer { v in
          guard let v = v.baseAddress, let rows = rows.baseAddress else { return }
          for i in 0..<count {
            ck_matern_cross(kernel, total, total, table.values, rows + i * width, v + i * total)
          }
        }
      }
    }
    factor.solve(&result.v, columns: count)
    let least = 1e-14 * kernel.variance
    for i in 0..<count { result.variances[i] = kernel.variance }
    addColumnSquares(result.v, rows: total, columns: count, times: -1, into: &result.variances)
    let padded = whitened + [Double](repeating: 0, count: pendingCount)
    columnDots(result.v, rows: total, columns: count, padded, into: &result.means)
    for i in 0..<count {
      result.means[i] += mean
      result.variances[i] = max(result.variances[i], least)
    }
  }

  /// Slopes along the features of the product t v(x), for `count` points with their t by columns.
  ///
  /// t . v = t . L^-1 k(x), so that the weights of dk/dx are L^-T t.
  func gradients(
    _ rows: [Double], count: Int, weights: inout [Double], into result: inout [Double]
  ) {
    let total = resultCount + pendingCount
    let width = table.first[table.first.count - 1]
    factor.solveTransposed(&weights, columns: count)
    Self.resize(&result, width * count)
    kernel.withPointer { kernel in
      rows.withUnsafeBufferPointer { rows in
        weights.withUnsafeBufferPointer { weights in
          result.withUnsafeMutableBufferPointer { result in
            guard let weights = weights.baseAddress, let rows = rows.baseAddress,
              let result = result.baseAddress
            else { return }
            for i in 0..<count {
              ck_matern_cross_gradient(
                kernel, total, total, table.values, rows + i * width, weights + i * total,
                result + i * width)
            }
          }
        }
      }
    }
  }

  static func resize(_ array: inout [Double], _ count: Int) {
    if array.count != count { array = [Double](repeating: 0, count: count) }
  }

  /// The posterior mean at each running trial, by the results alone.
  package var meansAtPending: [Double] {
    let total = resultCount + pendingCount
    return (resultCount..<total).map { row in
      var sum = mean
      for j in 0..<resultCount { sum += factor.values[j * total + row] * whitened[j] }
      return sum
    }
  }

  /// The value of running trial `i` in the draw `z`.
  package func drawAtPending(_ i: Int, _ z: ArraySlice<Double>) -> Double {
    drawAtPending(i, z, mean: meansAtPending[i])
  }

  /// The value of running trial `i` in the draw `z`: mean_P + L_PP z.
  package func drawAtPending(_ i: Int, _ z: ArraySlice<Double>, mean: Double) -> Double {
    let total = resultCount + pendingCount
    let row = resultCount + i
    var sum = mean
    for j in 0...i { sum += factor.values[(resultCount + j) * total + row] * z[z.startIndex + j] }
    return sum
  }
}
