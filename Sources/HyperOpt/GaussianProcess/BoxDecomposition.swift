/// The part of the objectives' space that a new result could add to a Pareto front, in boxes.
///
/// Less is better. The boxes do not overlap and cover everything below `reference` that no point of
/// `front` dominates: slabs along the last objective, each with the boxes of the front's part below
/// it in the other objectives (Lacour, Klamroth and Fonseca 2017 do the same with fewer boxes).
package struct BoxDecomposition: Sendable {
  /// Lower corners, -infinity where there is no end; `dimensions` numbers each.
  package private(set) var lower: [Double] = []
  /// Upper corners.
  package private(set) var upper: [Double] = []
  package let dimensions: Int
  /// The number of boxes.
  package var count: Int { dimensions == 0 ? 0 : upper.count / dimensions }

  package init(front: [[Double]], reference: [Double]) {
    dimensions = reference.count
    let inside = front.filter { point in zip(point, reference).allSatisfy { $0 < $1 } }
    var boxes: [(lower: [Double], upper: [Double])] = []
    Self.split(Self.nondominated(inside), reference, into: &boxes)
    for box in boxes {
      lower += box.lower
      upper += box.upper
    }
  }

  private static func split(
    _ front: [[Double]], _ reference: [Double],
    into boxes: inout [(lower: [Double], upper: [Double])]
  ) {
    let last = reference.count - 1
    if last == 0 {
      boxes.append(([-.infinity], [front.map { $0[0] }.min() ?? reference[0]]))
      return
    }
    let sorted = front.sorted { $0[last] < $1[last] }
    var floor = -Double.infinity
    for i in 0...sorted.count {
      let ceiling = i < sorted.count ? sorted[i][last] : reference[last]
      if ceiling > floor {
        let below = sorted[..<i].map { Array($0[..<last]) }
        var parts: [(lower: [Double], upper: [Double])] = []
        split(nondominated(below), Array(reference[..<last]), into: &parts)
        for part in parts { boxes.append((part.lower + [floor], part.upper + [ceiling])) }
      }
      floor = ceiling
    }
  }

  /// The points that no other point dominates, equal ones once.
  static func nondominated(_ points: [[Double]]) -> [[Double]] {
    var result: [[Double]] = []
    for (i, point) in points.enumerated() {
      let isBeaten = points.enumerated().contains { j, other in
        guard i != j, zip(other, point).allSatisfy({ $0 <= $1 }) else { return false }
        return other != point || j < i
      }
      if !isBeaten { result.append(point) }
    }
    return result
  }
}
