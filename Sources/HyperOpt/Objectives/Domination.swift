/// Which of several vectors of losses are better in every respect (less is better).
package enum Domination {
  /// Whether `a` is nowhere worse than `b` and somewhere better.
  package static func dominates(_ a: [Double], _ b: [Double]) -> Bool {
    var isBetter = false
    for (left, right) in zip(a, b) {
      if left > right { return false }
      if left < right { isBetter = true }
    }
    return isBetter
  }

  /// A point with how far it violates its constraints, 0 for a feasible one.
  package struct Point: Sendable {
    /// One loss for each objective.
    package var losses: [Double]
    /// The sum of violations.
    package var violation: Double

    /// Makes a point.
    package init(losses: [Double], violation: Double = 0) {
      self.losses = losses
      self.violation = violation
    }

    /// Deb's constrained domination: feasible before infeasible, less violation before more,
    /// domination among the feasible (Deb et al., 2002, definition 1).
    package func dominates(_ other: Point) -> Bool {
      if violation == 0, other.violation == 0 { return Domination.dominates(losses, other.losses) }
      return violation < other.violation
    }
  }

  /// The rank of each point: 0 on the front, 1 on the front of the rest, and so on.
  ///
  /// Fast non-dominated sorting (Deb et al., 2002, section III A).
  package static func ranks(_ points: [Point]) -> [Int] {
    var dominated: [[Int]] = Array(repeating: [], count: points.count)
    var dominators = [Int](repeating: 0, count: points.count)
    for i in points.indices {
      for j in points.indices.dropFirst(i + 1) {
        if points[i].dominates(points[j]) {
          dominated[i].append(j)
          dominators[j] += 1
        } else if points[j].dominates(points[i]) {
          dominated[j].append(i)
          dominators[i] += 1
        }
      }
    }
    var ranks = [Int](repeating: 0, count: points.count)
    var front = points.indices.filter { dominators[$0] == 0 }
    var rank = 0
    while !front.isEmpty {
      var next: [Int] = []
      for i in front {
        ranks[i] = rank
        for j in dominated[i] {
          dominators[j] -= 1
          if dominators[j] == 0 { next.append(j) }
        }
      }
      front = next
      rank += 1
    }
    return ranks
  }

  /// The crowding distance of each point of one front: infinite at the ends of an objective.
  ///
  /// The sum over objectives of the distance between a point's two neighbours, as a share of the
  /// front's extent (Deb et al., 2002, section III B).
  package static func crowding(_ front: [[Double]]) -> [Double] {
    var distances = [Double](repeating: 0, count: front.count)
    for objective in front.first?.indices ?? 0..<0 {
      let order = front.indices.sorted {
        (front[$0][objective], $0) < (front[$1][objective], $1)
      }
      guard let first = order.first, let last = order.last else { continue }
      distances[first] = .infinity
      distances[last] = .infinity
      let extent = front[last][objective] - front[first][objective]
      guard extent > 0, extent.isFinite, order.count > 2 else { continue }
      for i in 1..<order.count - 1 {
        let gap = front[order[i + 1]][objective] - front[order[i - 1]][objective]
        distances[order[i]] += gap / extent
      }
    }
    return distances
  }
}
