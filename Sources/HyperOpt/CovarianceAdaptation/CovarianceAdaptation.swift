private import CLAPACK
private import Foundation

/// The state of a CMA-ES search (Hansen, "The CMA Evolution Strategy: A Tutorial", 2016,
/// arXiv:1604.00772, whose equation numbers stand below): a normal distribution that learns.
///
/// n dimensions, lambda points per generation, matrices row by row.
package struct CovarianceAdaptation: Sendable, Equatable {
  package let dimensions: Int
  package let population: Int
  package private(set) var mean: [Double]
  package private(set) var sigma: Double
  package private(set) var covariance: [Double]
  package private(set) var generation = 0
  private var sigmaPath: [Double]
  private var covariancePath: [Double]
  private let constants: Constants
  // Of the covariance: eigenvectors in columns, and the square roots of the eigenvalues.
  private var vectors: [Double]
  private var roots: [Double]

  /// The start: mean, step size, and the unit covariance; `population` nil for 4 + 3 ln n.
  package init(mean: [Double], sigma: Double, population: Int? = nil) {
    let n = mean.count
    precondition(n > 0 && sigma > 0, "\(n) dimensions, step size \(sigma)")
    dimensions = n
    self.population = population ?? 4 + Int(3 * log(Double(n)))  // 48
    self.mean = mean
    self.sigma = sigma
    constants = Constants(dimensions: n, population: self.population)
    sigmaPath = [Double](repeating: 0, count: n)
    covariancePath = sigmaPath
    covariance = [Double](repeating: 0, count: n * n)
    for i in 0..<n { covariance[i * n + i] = 1 }
    vectors = covariance
    roots = [Double](repeating: 1, count: n)
  }

  /// The point of the distribution at a standard normal `z`: m + sigma B D z (38-40).
  package func point(at z: [Double]) -> [Double] {
    let n = dimensions
    var result = mean
    for i in 0..<n {
      var sum = 0.0
      for j in 0..<n { sum += vectors[i * n + j] * roots[j] * z[j] }
      result[i] += sigma * sum
    }
    return result
  }

  /// C^(-1/2) y.
  private func whitened(_ y: [Double]) -> [Double] {
    let n = dimensions
    var result = [Double](repeating: 0, count: n)
    for j in 0..<n {
      var sum = 0.0
      for i in 0..<n { sum += vectors[i * n + j] * y[i] }
      sum /= roots[j]
      for i in 0..<n { result[i] += vectors[i * n + j] * sum }
    }
    return result
  }

  /// Moves `point` towards the mean until it is no further off than one that the distribution could
  /// well have drawn itself (Hansen, "Injecting External Solutions Into CMA-ES", 2011, equation 4).
  package func injected(_ point: [Double]) -> [Double] {
    let n = Double(dimensions)
    let y = zip(point, mean).map { ($0 - $1) / sigma }
    let length = whitened(y).reduce(0) { $0 + $1 * $1 }.squareRoot()
    let longest = n.squareRoot() + 2 * n / (n + 2)
    guard length > longest else { return point }
    return zip(mean, y).map { $0 + sigma * $1 * longest / length }
  }

  /// Learns from one generation: `population` points, best first.
  package mutating func tell(_ ranked: [[Double]]) {
    precondition(ranked.count == population, "\(ranked.count) points of \(population)")
    let n = dimensions
    let c = constants
    generation += 1
    let steps = ranked.map { point in zip(point, mean).map { ($0 - $1) / sigma } }
    var weighted = [Double](repeating: 0, count: n)
    for (step, weight) in zip(steps, c.weights.prefix(population / 2)) {
      for i in 0..<n { weighted[i] += weight * step[i] }  // 41
    }
    for i in 0..<n { mean[i] += sigma * weighted[i] }  // 42

    let sigmaGain = (c.sigmaRate * (2 - c.sigmaRate) * c.effective).squareRoot()
    for (i, white) in whitened(weighted).enumerated() {
      sigmaPath[i] = (1 - c.sigmaRate) * sigmaPath[i] + sigmaGain * white  // 43
    }
    let length = sigmaPath.reduce(0) { $0 + $1 * $1 }.squareRoot()
    let whitenedSteps = steps.map { whitened($0) }
    sigma *= exp((c.sigmaRate / c.damping) * (length / c.expectedLength - 1))  // 44
    sigma = min(sigma, 1e32)

    // No rank-one update while the step size grows fast (page 28).
    let discount = (1 - pow(1 - c.sigmaRate, Double(2 * (generation + 1)))).squareRoot()
    let isSteady = length / discount < (1.4 + 2 / Double(n + 1)) * c.expectedLength
    let pathGain = (c.pathRate * (2 - c.pathRate) * c.effective).squareRoot()
    for i in 0..<n {
      covariancePath[i] =
        (1 - c.pathRate) * covariancePath[i] + (isSteady ? pathGain * weighted[i] : 0)  // 45
    }
    let lost = isSteady ? 0 : c.pathRate * (2 - c.pathRate)
    let kept = 1 + c.oneRate * lost - c.oneRate - c.manyRate * c.weights.reduce(0, +)
    for i in covariance.indices { covariance[i] *= kept }  // 47
    add(covariancePath, c.oneRate)
    for (index, step) in steps.enumerated() {
      var weight = c.weights[index]
      if weight < 0 {
        let squared = whitenedSteps[index].reduce(0) { $0 + $1 * $1 }
        weight *= Double(n) / (squared + 1e-8)  // 46
      }
      add(step, c.manyRate * weight)
    }
    decompose()
  }

  /// Sets the mean, for corrections from outside (the margin).
  package mutating func move(_ dimension: Int, to place: Double) { mean[dimension] = place }

  /// The longest axis of the distribution over the shortest, and its length.
  package var extent: (condition: Double, longest: Double) {
    let longest = roots.max() ?? 1
    let shortest = roots.min() ?? 1
    return (longest * longest / (shortest * shortest), sigma * longest)
  }

  private mutating func add(_ vector: [Double], _ factor: Double) {
    let n = dimensions
    for i in 0..<n {
      let scaled = factor * vector[i]
      for j in 0..<n { covariance[i * n + j] += scaled * vector[j] }
    }
  }

  // The same sums in the same order always.
  private static let oneThread: Void = clapack_use_one_thread()

  private mutating func decompose() {
    Self.oneThread
    let n = dimensions
    for i in 0..<n {
      for j in 0..<i {
        let middle = 0.5 * (covariance[i * n + j] + covariance[j * n + i])
        covariance[i * n + j] = middle
        covariance[j * n + i] = middle
      }
    }
    var matrix = covariance
    var values = [Double](repeating: 0, count: n)
    let code = LAPACKE_dsyev(
      LAPACK_ROW_MAJOR, CChar(UInt8(ascii: "V")), CChar(UInt8(ascii: "U")), Int32(n), &matrix,
      Int32(n), &values)
    guard code == 0, values.allSatisfy({ $0.isFinite }) else { return }
    vectors = matrix
    roots = values.map { max($0, 1e-16).squareRoot() }
  }
}
