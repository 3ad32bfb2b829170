private import Foundation
private import NN

/// Finds the point where an acquisition is largest.
///
/// Many points are scored at once: Sobol points of the whole space and points around the best
/// results. From the best of them, L-BFGS moves the continuous coordinates (all starts side by side,
/// so that their linear algebra is done together), and every other coordinate tries all its places;
/// both alternate. What the space forbids is never scored, and a point that was tried already is
/// never returned.
struct AcquisitionOptimizer {
  struct Effort {
    var spread = 1024
    var local = 256
    var starts = 8
    var iterations = 40
    var sweeps = 2
  }

  /// Candidates: points one behind the other, first those of the whole space.
  struct Pool {
    var points: [Double] = []
    var spreadCount = 0
  }

  /// How much is done; may change between two searches in one pool.
  var effort: Effort

  private let encoding: SpaceEncoding
  private let width: Int
  private let columns: Int
  private let continuous: [Int]
  private var generator: RandomGenerator
  private let sequence: SobolSequence
  private var active: [Bool]
  private var rows: [Double] = []
  private let slopes = SlopeBuffer()
  /// Points that must not come again, as keys.
  private var tried: Set<[Double]>

  init(_ encoding: SpaceEncoding, effort: Effort, seed: UInt64, tried: [[Double]]) {
    self.encoding = encoding
    self.effort = effort
    width = encoding.axes.count
    columns = encoding.columnCount
    continuous = encoding.axes.indices.filter { encoding.axes[$0].isContinuous }
    generator = RandomGenerator(seed: seed)
    sequence = SobolSequence(dimensions: width, seed: seed)
    active = [Bool](repeating: true, count: width)
    var keys: Set<[Double]> = []
    for point in tried { keys.insert(Self.key(point, encoding)) }
    self.tried = keys
  }

  /// What two points share when they are the same trial: active coordinates.
  static func key(_ point: [Double], _ encoding: SpaceEncoding) -> [Double] {
    let active = encoding.activity(of: point)
    return point.indices.map { active[$0] ? point[$0] : -1 }
  }

  private struct Scored {
    var point: [Double]
    var value: Double
  }

  /// The best point found that is allowed and new; nil when there is none.
  ///
  /// `anchors` are the best results, best first; `scales` say how far the acquisition looks alike
  /// along each parameter.
  mutating func maximum(
    of acquisition: inout some Acquisition, anchors: [[Double]], scales: [Double]
  ) -> [Double]? {
    let pool = pool(anchors: anchors, scales: scales)
    let values = score(pool.points, with: &acquisition)
    return best(of: pool, values, anchors: Array(anchors.prefix(2)), with: &acquisition)
  }

  /// The candidates that are scored: points of the whole space and points around the anchors.
  mutating func pool(anchors: [[Double]], scales: [Double]) -> Pool {
    var pool = Pool()
    appendSpread(to: &pool.points)
    pool.spreadCount = pool.points.count / width
    appendLocal(to: &pool.points, anchors: anchors, scales: scales)
    return pool
  }

  /// Rows of features of points, and which of them the space forbids.
  mutating func features(of points: [Double]) -> (rows: [Double], forbidden: [Bool]) {
    let count = points.count / width
    fill(points, 0, count)
    guard encoding.hasRules else { return (rows, [Bool](repeating: false, count: count)) }
    let forbidden = (0..<count).map { i in
      encoding.setActivity(&active, of: points, at: i * width)
      return encoding.isForbidden(points, at: i * width, active: active)
    }
    return (rows, forbidden)
  }

  /// The point must not come again.
  mutating func exclude(_ point: [Double]) { tried.insert(Self.key(point, encoding)) }

  /// The best new point that is found uphill of the best ones of a pool with these values.
  mutating func best(
    of pool: Pool, _ values: [Double], anchors: [[Double]], with acquisition: inout some Acquisition
  ) -> [Double]? {
    var scored = starts(pool.points, values, spreadCount: pool.spreadCount)
    for anchor in anchors { scored.append(Scored(point: anchor, value: -.infinity)) }
    climb(&scored, with: &acquisition, iterations: effort.iterations)
    scored.sort { $0.value > $1.value }
    for sweep in 0..<effort.sweeps {
      var best = Array(scored.prefix(max(2, effort.starts / 4)))
      let before = best.map(\.value)
      for i in best.indices {
        sweepCoordinates(&best[i], with: &acquisition, fine: sweep == 0 && effort.sweeps > 1)
      }
      let moved = best.indices.filter { best[$0].value > before[$0] + 1e-9 }
      if moved.isEmpty { break }
      var again = moved.map { best[$0] }
      climb(&again, with: &acquisition, iterations: effort.iterations)
      scored += again
      scored.sort { $0.value > $1.value }
    }
    if let found = scored.first(where: { isNew($0.point) }) { return found.point }
    // Everything around the best is known: the best new point of the pool.
    let order = values.indices.sorted { (-values[$0], $0) < (-values[$1], $1) }
    for i in order where values[i] > -.infinity {
      let point = Array(pool.points[i * width..<(i + 1) * width])
      if isNew(point) { return point }
    }
    return nil
  }

  private func isNew(_ point: [Double]) -> Bool {
    !tried.contains(Self.key(point, encoding))
      && !encoding.isForbidden(point, active: encoding.activity(of: point))
  }

  // Points of the whole space.
  private func appendSpread(to pool: inout [Double]) {
    var point = [Double](repeating: 0, count: width)
    for k in 0..<effort.spread {
      sequence.fill(&point, at: k)
      pool += point
      encoding.spread(&pool, at: pool.count - width)
    }
  }

  // Points around the best results: all coordinates or a few, from wide to narrow.
  private mutating func appendLocal(
    to pool: inout [Double], anchors: [[Double]], scales: [Double]
  ) {
    guard !anchors.isEmpty else { return }
    let widths = [0.5, 0.2, 0.1, 0.05, 0.02, 0.005]
    for k in 0..<effort.local {
      let anchor = anchors[k % anchors.count]
      let reach = widths[(k / anchors.count) % widths.count]
      let few = generator.uniform() < 0.5 && width > 1
      let chance = few ? min(0.5, 2 / Double(width)) : 1
      let certain = generator.below(width)
      for i in 0..<width {
        var x = anchor[i]
        if i == certain || generator.uniform() < chance {
          switch encoding.axes[i].kind {
          case .continuous: x += generator.normal() * reach * scales[i]
          case .grid(let places):
            let step = places.count > 1 ? 1 / Double(places.count - 1) : 0
            x += generator.normal() * max(reach * scales[i], 0.7 * step)
          case .category(let count):
            if i == certain || generator.uniform() < reach { x = Double(generator.below(count)) }
          }
        }
        pool.append(x)
      }
      encoding.snap(&pool, at: pool.count - width)
    }
  }

  // Values of all points, -infinity for forbidden ones.
  private mutating func score(
    _ points: [Double], with acquisition: inout some Acquisition
  ) -> [Double] {
    let count = points.count / width
    var result: [Double] = []
    result.reserveCapacity(count)
    var values: [Double] = []
    let chunk = 256
    for start in stride(from: 0, to: count, by: chunk) {
      let size = min(chunk, count - start)
      fill(points, start, size)
      acquisition.evaluate(rows, count: size, values: &values, slopes: nil)
      result += values
    }
    guard encoding.hasRules else { return result }
    for i in 0..<count {
      encoding.setActivity(&active, of: points, at: i * width)
      if encoding.isForbidden(points, at: i * width, active: active) { result[i] = -.infinity }
    }
    return result
  }

  private mutating func fill(_ points: [Double], _ start: Int, _ size: Int) {
    Surrogate.resize(&rows, size * columns)
    for i in 0..<size {
      let offset = (start + i) * width
      encoding.setActivity(&active, of: points, at: offset)
      encoding.write(points, at: offset, to: &rows, offset: i * columns, active: active)
    }
  }

  // The best of all, some of the spread ones by chance in proportion to what they promise, and the
  // best local ones.
  private mutating func starts(
    _ pool: [Double], _ values: [Double], spreadCount: Int
  ) -> [Scored] {
    let count = values.count
    var chosen: [Int] = []
    func best(_ range: Range<Int>) -> Int? {
      range.max { (values[$0], $1) < (values[$1], $0) }
    }
    if let i = best(0..<count) { chosen.append(i) }
    if let i = best(0..<spreadCount), !chosen.contains(i) { chosen.append(i) }
    let byValue = (spreadCount..<count).sorted { (-values[$0], $0) < (-values[$1], $1) }
    for i in byValue.prefix(max(1, effort.starts / 4)) where !chosen.contains(i) {
      chosen.append(i)
    }
    let most = values[0..<spreadCount].max() ?? 0
    var weights = values[0..<spreadCount].map { exp($0 - most) }
    while chosen.count < effort.starts {
      for i in chosen where i < spreadCount { weights[i] = 0 }
      let total = weights.reduce(0, +)
      guard total > 0 else { break }
      var place = generator.uniform() * total
      var pick = 0
      for i in 0..<spreadCount where weights[i] > 0 {
        pick = i
        place -= weights[i]
        if place <= 0 { break }
      }
      chosen.append(pick)
    }
    return chosen.filter { values[$0] > -.infinity }.map {
      Scored(point: Array(pool[$0 * width..<($0 + 1) * width]), value: values[$0])
    }
  }

  // Moves the continuous coordinates of all points uphill, side by side.
  private mutating func climb(
    _ scored: inout [Scored], with acquisition: inout some Acquisition, iterations: Int
  ) {
    guard !continuous.isEmpty, !scored.isEmpty else {
      let values = score(scored.flatMap(\.point), with: &acquisition)
      for i in scored.indices { scored[i].value = values[i] }
      return
    }
    var settings = QuasiNewton.Settings()
    settings.iterations = iterations
    settings.gradientTolerance = 1e-5
    settings.valueTolerance = 1e-9
    settings.firstStep = 0.05
    var searches = scored.map { start in
      QuasiNewton(from: continuous.map { start.point[$0] }, lower: 0, upper: 1, settings)
    }
    var points = scored.flatMap(\.point)
    var values: [Double] = []
    var gradient = [Double](repeating: 0, count: continuous.count)
    while true {
      let running = searches.indices.filter { searches[$0].isRunning }
      if running.isEmpty { break }
      var batch: [Double] = []
      batch.reserveCapacity(running.count * width)
      for i in running {
        let start = i * width
        for (k, axis) in continuous.enumerated() { points[start + axis] = searches[i].point[k] }
        batch += points[start..<start + width]
      }
      fill(batch, 0, running.count)
      acquisition.evaluate(rows, count: running.count, values: &values, slopes: slopes)
      for (j, i) in running.enumerated() {
        encoding.setActivity(&active, of: batch, at: j * width)
        let isForbidden =
          encoding.hasRules && encoding.isForbidden(batch, at: j * width, active: active)
        for (k, axis) in continuous.enumerated() {
          gradient[k] =
            active[axis]
            ? -encoding.slope(
              axis, at: batch[j * width + axis], of: slopes.values, offset: j * columns) : 0
        }
        searches[i].tell(isForbidden ? .infinity : -values[j], gradient)
      }
    }
    for i in scored.indices where searches[i].bestValue < .infinity {
      for (k, axis) in continuous.enumerated() { scored[i].point[axis] = searches[i].best[k] }
      scored[i].value = -searches[i].bestValue
    }
  }

  // Tries other places of each coordinate by itself, and keeps what is better: all places of a
  // discrete one, a grid of a continuous one.
  private mutating func sweepCoordinates(
    _ scored: inout Scored, with acquisition: inout some Acquisition, fine: Bool
  ) {
    for i in encoding.axes.indices {
      var places = encoding.axes[i].choices
      if encoding.axes[i].isContinuous {
        guard fine else { continue }
        let shift = generator.uniform()
        places = (0..<24).map { (Double($0) + shift) / 24 }
      } else if places.count > 32 {
        // The neighbours, and some of the others.
        let here = scored.point[i]
        let near = places.sorted { abs($0 - here) < abs($1 - here) }.prefix(9)
        let stride = Double(places.count) / 23
        let others = (0..<23).map { places[Int(Double($0) * stride)] }
        places = Array(near) + others
      }
      places.removeAll { $0 == scored.point[i] }
      guard !places.isEmpty else { continue }
      var batch: [Double] = []
      for place in places {
        batch += scored.point
        batch[batch.count - width + i] = place
      }
      let values = score(batch, with: &acquisition)
      guard let best = values.indices.max(by: { (values[$0], $1) < (values[$1], $0) }),
        values[best] > scored.value
      else { continue }
      scored.point[i] = places[best]
      scored.value = values[best]
    }
  }
}
