private import Foundation
package import NN

/// A density of several parameters from observations: a mixture of one product of kernels for each
/// observation and of one broad prior.
///
/// As in Optuna's multivariate TPE (Falkner et al., "BOHB", 2018, and Watanabe, arXiv:2304.11127,
/// section 3.3): the standard deviation of a number's kernel is the larger gap to its neighbours in
/// that dimension, at least range / min(100, n + 2) and at most the range ("magic clip"); a category
/// has 1 + 1/(n+1) against 1/(n+1) for each other one. K kernels, the prior last.
package struct ParzenEstimator {
  private let axes: [UnitAxis]
  private let count: Int  // K
  private var places: [Double]  // axis-major: places[axis * K + kernel]
  private var deviations: [Double]
  private var inverses: [Double]
  private var logScales: [Double]  // the logarithm of each kernel's weight and normalizer
  private var cumulative: [Double]  // of the weights
  private var orders: [[Int32]]  // of grid axes: kernels by place

  /// Takes over observations.
  ///
  /// - Parameters:
  ///   - axes: The parameters, at least one.
  ///   - observed: Places, axis-major, n for each axis.
  ///   - weights: One for each observation, any scale; the prior has 1.
  package init(_ axes: [UnitAxis], observed: [Double], weights: [Double]) {
    let n = weights.count
    precondition(observed.count == axes.count * n, "\(observed.count) places for \(n) observations")
    self.axes = axes
    count = n + 1
    places = [Double](repeating: 0.5, count: axes.count * count)
    deviations = [Double](repeating: 1, count: axes.count * count)
    inverses = deviations
    orders = []
    let total = weights.reduce(1, +)
    logScales = [Double](repeating: 0, count: count)
    cumulative = []
    cumulative.reserveCapacity(count)
    var sum = 0.0
    for weight in weights {
      sum += weight / total
      cumulative.append(sum)
    }
    cumulative.append(1)
    // Masses are multiplied first, so that one logarithm per kernel is enough.
    var scales = weights.map { $0 / total } + [1 / total]
    for (index, axis) in axes.enumerated() {
      for i in 0..<n { places[index * count + i] = observed[index * n + i] }
      if axis.kind != .categorical(axis.distribution.count ?? 0) {
        spread(axis: index, observations: n)
        normalize(axis: index, isDensity: axis.kind == .continuous, into: &scales)
      }
      if index % 64 == 63 { absorb(&scales) }
    }
    absorb(&scales)
  }

  private mutating func absorb(_ scales: inout [Double]) {
    for i in 0..<count {
      logScales[i] += log(scales[i])
      scales[i] = 1
    }
  }

  // The larger gap to the neighbours; at the ends the one gap there is.
  private mutating func spread(axis: Int, observations n: Int) {
    let start = axis * count
    let least = 1 / min(100, Double(n + 2))
    var order = Self.order(places[start..<start + n])
    for (rank, kernel) in order.enumerated() {
      let place = places[start + Int(kernel)]
      let left = rank > 0 ? places[start + Int(order[rank - 1])] : (n == 1 ? 0 : place)
      let right = rank < n - 1 ? places[start + Int(order[rank + 1])] : (n == 1 ? 1 : place)
      let deviation = min(max(place - left, right - place, least), 1)
      deviations[start + Int(kernel)] = deviation
      inverses[start + Int(kernel)] = 1 / deviation
    }
    order.append(Int32(n))
    orders.append(axes[axis].kind == .grid ? order : [])
  }

  // Indices by place, ties as they come: sorted by 11 bits at a time, lowest first, for 2^-33 of the
  // range. A sort by comparison would be most of a proposal's cost.
  private static func order(_ places: ArraySlice<Double>) -> [Int32] {
    let keys = places.map { UInt64($0 * 0x1.FFFFFFFFp32) }
    var order = keys.indices.map { Int32($0) }
    if keys.count < 200 {
      return order.sorted { (keys[Int($0)], $0) < (keys[Int($1)], $1) }
    }
    var next = order
    for shift in [0, 11, 22] as [UInt64] {
      var ends = [Int](repeating: 0, count: 2049)
      for key in keys { ends[Int(key >> shift & 2047) + 1] += 1 }
      for i in 1..<2049 { ends[i] += ends[i - 1] }
      for index in order {
        let digit = Int(keys[Int(index)] >> shift & 2047)
        next[ends[digit]] = index
        ends[digit] += 1
      }
      swap(&order, &next)
    }
    return order
  }

  private func normalize(axis: Int, isDensity: Bool, into scales: inout [Double]) {
    for i in 0..<count {
      let inverse = inverses[axis * count + i]
      let place = places[axis * count + i]
      let mass = TruncatedNormal.centralMass(-place * inverse, (1 - place) * inverse)
      scales[i] *= (isDensity ? inverse : 1) / mass
    }
  }

  /// Draws `size` points, axis-major; grid places are those of values.
  package func sample(_ size: Int, using generator: inout RandomGenerator) -> [Double] {
    var points = [Double](repeating: 0, count: axes.count * size)
    for candidate in 0..<size {
      let quantile = generator.uniform()
      var kernel = 0
      while kernel < count - 1, cumulative[kernel] <= quantile { kernel += 1 }
      for (index, axis) in axes.enumerated() {
        points[index * size + candidate] = draw(axis, index, kernel, using: &generator)
      }
    }
    return points
  }

  private func draw(
    _ axis: UnitAxis, _ index: Int, _ kernel: Int, using generator: inout RandomGenerator
  ) -> Double {
    let mean = places[index * count + kernel]
    if case .categorical(let choices) = axis.kind {
      let favoured = categoricalWeights(choices).same - categoricalWeights(choices).other
      let quantile = generator.uniform()
      if kernel < count - 1, quantile < favoured { return mean }
      return Double(generator.below(choices))
    }
    // The mean lies inside and the deviation is at most the range: about one in three is a hit.
    let deviation = deviations[index * count + kernel]
    while true {
      let place = mean + deviation * generator.normal()
      guard 0 <= place, place <= 1 else { continue }
      if axis.kind == .continuous { return place }
      return axis.place(of: axis.distribution.internalValue(atUnit: place))
    }
  }

  // Of a kernel that is not the prior.
  private func categoricalWeights(_ choices: Int) -> (same: Double, other: Double) {
    let each = 1 / Double(count)
    let total = 1 + Double(choices) * each
    return ((1 + each) / total, each / total)
  }

  /// The logarithm of the density at each of `size` points (axis-major), up to the scales' lengths.
  package func logDensities(_ points: [Double], size: Int) -> [Double] {
    let grids = axes.indices.map { gridColumns(axis: $0, points, size) }
    var terms = [Double](repeating: 0, count: count)
    return (0..<size).map { candidate in
      for i in 0..<count { terms[i] = logScales[i] }
      for (index, axis) in axes.enumerated() {
        let point = points[index * size + candidate]
        switch axis.kind {
        case .continuous: addContinuous(&terms, axis: index, point)
        case .categorical(let choices): addCategorical(&terms, axis: index, point, choices)
        case .grid:
          let column = grids[index].columnOf[candidate] * count
          let values = grids[index].values
          for i in 0..<count { terms[i] += values[column + i] }
        }
      }
      return logSumExp(terms)
    }
  }

  private func addContinuous(_ terms: inout [Double], axis: Int, _ point: Double) {
    let start = axis * count
    let constant = TruncatedNormal.logNormalizer
    places.withUnsafeBufferPointer { places in
      inverses.withUnsafeBufferPointer { inverses in
        terms.withUnsafeMutableBufferPointer { terms in
          for i in 0..<terms.count {
            let z = (point - places[start + i]) * inverses[start + i]
            terms[i] -= 0.5 * z * z + constant
          }
        }
      }
    }
  }

  private func addCategorical(_ terms: inout [Double], axis: Int, _ point: Double, _ choices: Int) {
    let weights = categoricalWeights(choices)
    let same = log(weights.same)
    let other = log(weights.other)
    let start = axis * count
    for i in 0..<count - 1 { terms[i] += places[start + i] == point ? same : other }
    terms[count - 1] -= log(Double(choices))
  }

  // For each different value among the points one column: the log mass of its cell under all kernels.
  private func gridColumns(
    axis: Int, _ points: [Double], _ size: Int
  ) -> (values: [Double], columnOf: [Int]) {
    guard axes[axis].kind == .grid else { return ([], []) }
    var distinct: [Double] = []
    let columnOf = (0..<size).map { candidate in
      let point = points[axis * size + candidate]
      if let known = distinct.firstIndex(of: point) { return known }
      distinct.append(point)
      return distinct.count - 1
    }
    let start = axis * count
    var values = [Double](repeating: 0, count: distinct.count * count)
    let order = orders[gridRank(axis)]
    for (column, point) in distinct.enumerated() {
      let (lower, upper) = axes[axis].cell(around: point)
      // Equal kernels are neighbours in this order, and cost one evaluation.
      var last = (place: Double.nan, inverse: Double.nan, value: 0.0)
      for kernel in order {
        let place = places[start + Int(kernel)]
        let inverse = inverses[start + Int(kernel)]
        if place != last.place || inverse != last.inverse {
          let mass = TruncatedNormal.logMass((lower - place) * inverse, (upper - place) * inverse)
          last = (place, inverse, mass)
        }
        values[column * count + Int(kernel)] = last.value
      }
    }
    return (values, columnOf)
  }

  private func gridRank(_ axis: Int) -> Int {
    axes[..<axis].count {
      if case .categorical = $0.kind { false } else { true }
    }
  }

  private func logSumExp(_ terms: [Double]) -> Double {
    var largest = -Double.infinity
    for term in terms where term > largest { largest = term }
    guard largest > -.infinity else { return largest }
    var sum = 0.0
    // What is 1e-17 of the largest changes nothing.
    for term in terms where term > largest - 39 { sum += exp(term - largest) }
    return largest + log(sum)
  }
}
