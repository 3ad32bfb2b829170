private import CKernels
private import Glibc

// What a prediction tells of a distribution beside its mean, target by target. Of classes there are
// only probabilities and samples: their numbers have no order.
extension OutputDistribution {
  /// Whether targets are numbers with an order, so that quantiles mean something.
  public var hasOrder: Bool { self != .categorical }

  /// The standard deviation of each target, given a row of `columns` outputs; of classes that of each
  /// one's indicator.
  public func deviation(
    _ outputs: UnsafePointer<Float>, columns: Int, into result: UnsafeMutablePointer<Float>
  ) {
    switch self {
    case .normal:
      for j in 0..<columns / 2 { result[j] = Float(Self.scale(outputs[columns / 2 + j])) }
    case .poisson: for j in 0..<columns { result[j] = expf(outputs[j] / 2) }
    case .bernoulli, .categorical:
      mean(outputs, columns: columns, into: result)
      for j in 0..<columns { result[j] = (result[j] * (1 - result[j])).squareRoot() }
    case .mixture:
      for j in 0..<(targetCount(outputs: columns) ?? 0) {
        let parts = parts(outputs, columns, target: j)
        let mean = parts.reduce(0) { $0 + $1.weight * $1.mean }
        // The variance within the components and that between them.
        let variance = parts.reduce(0) {
          $0 + $1.weight * ($1.scale * $1.scale + ($1.mean - mean) * ($1.mean - mean))
        }
        result[j] = Float(variance.squareRoot())
      }
    }
  }

  /// The number up to which each target lies with the probability `level`, in 0...1.
  ///
  /// The distribution must have an order. Of whole numbers it is the least that reaches the level.
  public func quantile(
    _ level: Double, _ outputs: UnsafePointer<Float>, columns: Int,
    into result: UnsafeMutablePointer<Float>
  ) {
    precondition(hasOrder, "classes have no quantiles")
    for j in 0..<(targetCount(outputs: columns) ?? 0) {
      result[j] = Float(quantile(level, outputs, columns, target: j))
    }
  }

  private func quantile(
    _ level: Double, _ outputs: UnsafePointer<Float>, _ columns: Int, target j: Int
  ) -> Double {
    switch self {
    case .normal:
      return Double(outputs[j])
        + Self.scale(outputs[columns / 2 + j]) * StandardNormal.quantile(level)
    case .bernoulli: return level <= 1 / (1 + exp(Double(outputs[j]))) ? 0 : 1
    case .poisson: return Self.poissonQuantile(level, rate: exp(Double(outputs[j])))
    case .mixture: return Self.mixtureQuantile(level, parts(outputs, columns, target: j))
    case .categorical: return .nan
    }
  }

  /// A random draw of each target, or of the class.
  ///
  /// The same generator gives the same draws.
  public func sample(
    _ outputs: UnsafePointer<Float>, columns: Int, using generator: inout RandomGenerator,
    into result: UnsafeMutablePointer<Float>
  ) {
    switch self {
    case .normal:
      for j in 0..<columns / 2 {
        let scale = Self.scale(outputs[columns / 2 + j])
        result[j] = Float(Double(outputs[j]) + scale * generator.normal())
      }
    case .bernoulli, .poisson:
      for j in 0..<columns {
        result[j] = Float(quantile(generator.uniform(), outputs, columns, target: j))
      }
    case .categorical: result[0] = Float(Self.choose(outputs, columns, generator.uniform()))
    case .mixture(let components):
      // One component for all targets of the row: they are independent only within it.
      let k = Self.choose(outputs, components, generator.uniform())
      for j in 0..<(targetCount(outputs: columns) ?? 0) {
        let part = parts(outputs, columns, target: j)[k]
        result[j] = Float(part.mean + part.scale * generator.normal())
      }
    }
  }

  /// A component of a mixture, as one target sees it.
  private struct Part {
    var weight, mean, scale: Double
  }

  private func parts(
    _ outputs: UnsafePointer<Float>, _ columns: Int, target j: Int
  ) -> [Part] {
    guard case .mixture(let components) = self, let targets = targetCount(outputs: columns)
    else { return [] }
    let logSum = Self.logSum(outputs, components)
    return (0..<components).map { k in
      let own = outputs + components + 2 * targets * k
      return Part(
        weight: exp(Double(outputs[k] - logSum)), mean: Double(own[j]),
        scale: Self.scale(own[targets + j]))
    }
  }

  /// The place among `count` classes with these logits where their probabilities reach `level`.
  private static func choose(
    _ logits: UnsafePointer<Float>, _ count: Int, _ level: Double
  ) -> Int {
    let logSum = logSum(logits, count)
    var sum = 0.0
    for k in 0..<count - 1 {
      sum += exp(Double(logits[k] - logSum))
      if level < sum { return k }
    }
    return count - 1
  }

  /// By bisection: a mixture's quantile lies between the least and the largest of its components'.
  private static func mixtureQuantile(_ level: Double, _ parts: [Part]) -> Double {
    guard level > 0, level < 1 else { return level <= 0 ? -.infinity : .infinity }
    let ends = parts.map { $0.mean + $0.scale * StandardNormal.quantile(level) }
    guard var low = ends.min(), var high = ends.max(), low.isFinite, high.isFinite else {
      return .nan
    }
    for _ in 0..<200 {
      let middle = low + (high - low) / 2
      guard middle > low, middle < high else { break }
      let probability = parts.reduce(0) {
        $0 + $1.weight * StandardNormal.cumulative((middle - $1.mean) / $1.scale)
      }
      if probability < level { low = middle } else { high = middle }
    }
    return high
  }

  /// The least whole number up to which the probability is `level`.
  ///
  /// From the normal approximation up or down, a step at a time; beyond a rate of 1e8 the approximation
  /// itself, which is then good to 1e-4 deviations.
  private static func poissonQuantile(_ level: Double, rate: Double) -> Double {
    guard level > 0, rate > 0, rate == rate else { return rate == rate ? 0 : .nan }
    guard level < 1 else { return .infinity }
    var k = max(0, (rate + rate.squareRoot() * StandardNormal.quantile(level)).rounded(.down))
    guard rate < 1e8 else { return k }
    func density(_ k: Double) -> Double { exp(k * log(rate) - rate - ck_log_factorial(k)) }
    // The sum of the densities up to k, from k down: they soon vanish.
    var cumulative = 0.0
    var term = density(k)
    var below = k
    while below >= 0, term > 1e-18 * cumulative || below > rate {
      cumulative += term
      term *= below / rate
      below -= 1
    }
    while cumulative < level {
      k += 1
      let more = density(k)
      // Past the largest number that has a density the sum cannot grow.
      guard more > 0 || k < rate else { break }
      cumulative += more
    }
    while k > 0, cumulative - density(k) >= level {
      cumulative -= density(k)
      k -= 1
    }
    return k
  }
}
