private import Foundation

extension CovarianceAdaptation {
  /// The default parameters, table 1 of the tutorial (equations 49-58).
  struct Constants: Sendable, Equatable {
    /// w, best first, the last half negative.
    let weights: [Double]
    /// mu_eff.
    let effective: Double
    /// c_sigma.
    let sigmaRate: Double
    /// d_sigma.
    let damping: Double
    /// c_c.
    let pathRate: Double
    /// c_1.
    let oneRate: Double
    /// c_mu.
    let manyRate: Double
    /// The expected length of a standard normal vector.
    let expectedLength: Double

    init(dimensions: Int, population: Int) {
      let n = Double(dimensions)
      let raw = (1...population).map { log((Double(population) + 1) / 2) - log(Double($0)) }  // 49
      let parents = raw.prefix(population / 2)
      let others = raw.dropFirst(population / 2)
      func effective(_ weights: ArraySlice<Double>) -> Double {
        let sum = weights.reduce(0, +)
        return sum * sum / weights.reduce(0) { $0 + $1 * $1 }
      }
      let m = effective(parents)
      let one = 2 / ((n + 1.3) * (n + 1.3) + m)  // 57
      let many = min(1 - one - 1e-8, 2 * (m - 2 + 1 / m) / ((n + 2) * (n + 2) + m))  // 58
      // 50-52
      let least = min(
        1 + one / many, 1 + 2 * effective(others) / (m + 2), (1 - one - many) / (n * many))
      let positive = raw.filter { $0 > 0 }.reduce(0, +)
      let negative = -raw.filter { $0 < 0 }.reduce(0, +)
      weights = raw.map { $0 >= 0 ? $0 / positive : $0 * least / negative }  // 53
      self.effective = m
      sigmaRate = (m + 2) / (n + m + 5)  // 55
      damping = 1 + 2 * max(0, ((m - 1) / (n + 1)).squareRoot() - 1) + sigmaRate
      pathRate = (4 + m / n) / (n + 4 + 2 * m / n)  // 56
      oneRate = one
      manyRate = many
      expectedLength = n.squareRoot() * (1 - 1 / (4 * n) + 1 / (21 * n * n))
    }
  }
}
