/// The volume that points dominate, up to a reference point: how good a front is (less is better).
public enum Hypervolume {
  /// The exact volume between `points` and `reference`; points that do not dominate it add nothing.
  ///
  /// A sweep for two objectives; the WFG algorithm for more: each point's own volume less what later
  /// points, moved behind it, already have (While, Bradstreet and Barone, 2012, figure 3).
  public static func volume(_ points: [[Double]], reference: [Double]) -> Double {
    let inside = points.filter { point in zip(point, reference).allSatisfy { $0 < $1 } }
    if reference.count == 2 { return sweep(inside, reference) }
    return exact(front(inside), reference)
  }

  /// Chooses `count` of `points` greedily, each time the one that adds the most volume.
  ///
  /// At least 1 - 1/e of the best choice's volume (Guerreiro, Fonseca and Paquete, 2016).
  /// - Returns: Indices in the order of choice.
  package static func subset(_ count: Int, of points: [[Double]], reference: [Double]) -> [Int] {
    var remaining = Array(points.indices)
    var chosen: [Int] = []
    // A point adds at most what it added before: the others need no new look.
    var bounds = points.map { volume([$0], reference: reference) }
    while chosen.count < count, !remaining.isEmpty {
      let selected = chosen.map { points[$0] }
      remaining.sort { (-bounds[$0], $0) < (-bounds[$1], $1) }
      var best: (gain: Double, index: Int)?
      for index in remaining {
        if let best, bounds[index] < best.gain { break }
        bounds[index] = gain(of: points[index], beside: selected, reference: reference)
        if best.map({ ($0.gain, -$0.index) < (bounds[index], -index) }) ?? true {
          best = (bounds[index], index)
        }
      }
      guard let best else { break }
      chosen.append(best.index)
      remaining.removeAll { $0 == best.index }
    }
    return chosen
  }

  // What the chosen ones have of a point's own volume is what they have once moved behind it.
  private static func gain(
    of point: [Double], beside others: [[Double]], reference: [Double]
  ) -> Double {
    let behind = others.map { other in zip(other, point).map { max($0, $1) } }
    return volume([point], reference: reference) - volume(behind, reference: reference)
  }

  private static func sweep(_ points: [[Double]], _ reference: [Double]) -> Double {
    let sorted = points.sorted { ($0[0], $0[1]) < ($1[0], $1[1]) }
    var height = reference[1]
    var result = 0.0
    for point in sorted where point[1] < height {
      result += (reference[0] - point[0]) * (height - point[1])
      height = point[1]
    }
    return result
  }

  private static func exact(_ points: [[Double]], _ reference: [Double]) -> Double {
    var result = 0.0
    for (index, point) in points.enumerated() {
      let own = zip(reference, point).reduce(1) { $0 * ($1.0 - $1.1) }
      let behind = points[(index + 1)...].map { other in zip(other, point).map { max($0, $1) } }
      result += behind.isEmpty ? own : own - exact(front(behind), reference)
    }
    return result
  }

  // Each point that no other one dominates or equals, best last objective first.
  private static func front(_ points: [[Double]]) -> [[Double]] {
    var kept: [[Double]] = []
    for point in points.sorted(by: { $0.lexicographicallyPrecedes($1) })
    where !kept.contains(where: { other in zip(other, point).allSatisfy { $0 <= $1 } }) {
      kept.append(point)
    }
    return kept
  }
}
