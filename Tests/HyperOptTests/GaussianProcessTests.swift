import Configuration
import Foundation
import HyperOpt
import NN
import Testing

/// The parts of the Gaussian process: posterior, fit, acquisitions and their slopes.
@Suite struct GaussianProcessTests {
  private static let encoding = SpaceEncoding(space)
  private static let space: SearchSpace = {
    do {
      return try SearchSpace([
        Parameter("x", .float(low: 0, high: 1)), Parameter("y", .float(low: 0, high: 1)),
        Parameter("kind", .categorical(["a", "b", "c"])),
        Parameter("rate", .float(low: 0, high: 1), when: [Condition("kind", .oneOf([0, 1]))]),
      ])
    } catch { preconditionFailure("\(error)") }
  }()

  private static func points(_ count: Int, seed: UInt64 = 1) -> [[Double]] {
    var generator = RandomGenerator(seed: seed)
    return (0..<count).map { _ in
      [
        generator.uniform(), generator.uniform(), Double(generator.below(3)), generator.uniform(),
      ]
    }
  }

  private static func value(_ p: [Double]) -> Double {
    let main: Double = sin(5 * p[0]) + p[1] * p[1]
    return main + 0.3 * p[2] + (p[2] < 2 ? 0.5 * p[3] : 0)
  }

  private static var theta: [Double] {
    (0..<14).map { (i: Int) -> Double in -0.4 + 0.07 * Double(i % 5) - (i == 13 ? 4 : 0) }
  }

  private static func rows(_ points: [[Double]]) -> [Double] {
    var rows = [Double](repeating: 0, count: points.count * encoding.columnCount)
    for (i, point) in points.enumerated() {
      encoding.write(
        point, to: &rows, offset: i * encoding.columnCount, active: encoding.activity(of: point))
    }
    return rows
  }

  private static func surrogate(pending: [[Double]] = [], seed: UInt64 = 1) throws -> Surrogate {
    let points = points(12, seed: seed)
    return try #require(
      Surrogate(
        encoding, points: points, values: points.map(value),
        extraNoise: (0..<12).map { $0 == 3 ? 0.1 : 0 }, pending: pending, theta: theta))
  }

  // Gauss and Jordan's elimination: the dense reference.
  private static func solve(_ matrix: [[Double]], _ right: [Double]) -> [Double] {
    var a = matrix
    var b = right
    for i in b.indices {
      let pivot = a[i][i]
      for j in b.indices { a[i][j] /= pivot }
      b[i] /= pivot
      for k in b.indices where k != i {
        let factor = a[k][i]
        for j in b.indices { a[k][j] -= factor * a[i][j] }
        b[k] -= factor * b[i]
      }
    }
    return b
  }

  private static func dot(_ a: [Double], _ b: [Double]) -> Double {
    var sum = 0.0
    for i in a.indices { sum += a[i] * b[i] }
    return sum
  }

  private static func covariance(_ a: [Double], _ b: [Double]) -> Double {
    let (u, v) = (rows([a]), rows([b]))
    func matern(_ square: Double) -> Double {
      let s = (5 * square).squareRoot()
      return (1 + s + s * s / 3) * exp(-s)
    }
    var joint = 0.0
    var sum = 0.0
    for g in 0..<4 {
      var square = 0.0
      for c in encoding.first[g]..<encoding.first[g + 1] {
        let gap: Double = u[c] - v[c]
        square += gap * gap
      }
      joint += square * exp(-2 * theta[g])
      sum += exp(theta[8 + g]) * matern(square * exp(-2 * theta[4 + g]))
    }
    return sum + exp(theta[12]) * matern(joint)
  }

  @Test("the posterior is that of a dense elimination, running trials included")
  func densePosterior() throws {
    let points = Self.points(12)
    let pending = Self.points(2, seed: 5)
    let surrogate = try Self.surrogate(pending: pending)
    let noise = exp(Self.theta[13]) + 1e-8
    let matrix = points.indices.map { i in
      points.indices.map { (j: Int) -> Double in
        let own: Double = i == j ? noise + (i == 3 ? 0.1 : 0) : 0
        return Self.covariance(points[i], points[j]) + own
      }
    }
    let ones = Self.solve(matrix, [Double](repeating: 1, count: 12))
    let values = points.map(Self.value)
    let mean = Self.dot(ones, values) / (ones.reduce(0, +) + 1)
    #expect(abs(surrogate.mean - mean) < 1e-9)
    let weights = Self.solve(matrix, values.map { $0 - mean })
    let candidates = Self.points(3, seed: 9)
    var prediction = Surrogate.Prediction()
    surrogate.predict(Self.rows(candidates), count: 3, into: &prediction)
    let variance = Self.covariance(points[0], points[0])
    let all = points + pending
    let whole = all.indices.map { i in
      all.indices.map { (j: Int) -> Double in
        if i < 12 && j < 12 { return matrix[i][j] }
        return Self.covariance(all[i], all[j]) + (i == j ? 1e-6 * variance : 0)
      }
    }
    for (i, candidate) in candidates.enumerated() {
      let cross = points.map { Self.covariance($0, candidate) }
      let expected = mean + Self.dot(cross, weights)
      #expect(abs(prediction.means[i] - expected) < 1e-9)
      let wide = all.map { Self.covariance($0, candidate) }
      let left = variance - Self.dot(wide, Self.solve(whole, wide))
      #expect(abs(prediction.variances[i] - left) < 1e-8)
    }
    // The mean at a result is what a prediction there says.
    surrogate.predict(Self.rows([points[4]]), count: 1, into: &prediction)
    #expect(abs(prediction.means[0] - surrogate.meansAtResults[4]) < 1e-9)
  }

  @Test("active and inactive conditional parameters are at a constant distance")
  func conditionalDistance() {
    let inactive = Self.rows([[0.2, 0.3, 2, 0.9]])
    for rate in [0.0, 0.3, 1] {
      let active = Self.rows([[0.2, 0.3, 0, rate]])
      let columns = Self.encoding.first[3]..<Self.encoding.first[4]
      var square = 0.0
      for c in columns { square += pow(active[c] - inactive[c], 2) }
      #expect(abs(square - 1) < 1e-12)
    }
    #expect(Self.rows([[0.2, 0.3, 2, 0.1]]) == inactive)
  }

  @Test("the slope of the log posterior is that of central differences")
  func logPosteriorSlope() {
    let points = Self.points(15)
    var posterior = LogPosterior(
      FeatureTable(points, Self.encoding), points.map(Self.value),
      extraNoise: (0..<15).map { 0.01 * Double($0 % 3) }, HyperPrior(parameterCount: 4))
    var gradient = [Double](repeating: 0, count: 14)
    var ignored = gradient
    _ = posterior.evaluate(Self.theta, gradient: &gradient)
    for i in 0..<14 {
      var above = Self.theta
      var below = Self.theta
      above[i] += 1e-5
      below[i] -= 1e-5
      let slope =
        (posterior.evaluate(above, gradient: &ignored)
          - posterior.evaluate(below, gradient: &ignored)) / 2e-5
      // Differences of 1e-5 keep about six digits.
      #expect(abs(slope - gradient[i]) < 1e-5 * max(1, abs(slope)), "hyperparameter \(i)")
    }
  }

  @Test("L-BFGS finds Rosenbrock's minimum, and the best corner of a box")
  func quasiNewton() {
    var settings = QuasiNewton.Settings()
    settings.iterations = 200
    var free = QuasiNewton(from: [-1.2, 1], settings)
    var boxed = QuasiNewton(from: [-1.2, 0.1], lower: -2, upper: 0.5, settings)
    func evaluate(_ search: inout QuasiNewton) {
      while search.isRunning {
        let (x, y) = (search.point[0], search.point[1])
        let bend: Double = y - x * x
        let rest: Double = 1 - x
        search.tell(100 * bend * bend + rest * rest, [-400 * x * bend - 2 * rest, 200 * bend])
      }
    }
    evaluate(&free)
    #expect(free.best.allSatisfy { abs($0 - 1) < 1e-4 })
    evaluate(&boxed)
    #expect(abs(boxed.best[0] - 0.5) < 1e-4 && abs(boxed.best[1] - 0.25) < 1e-4)
  }

  // Slopes of an acquisition along x, y and the active conditional rate.
  private func checkSlopes(_ acquisition: inout some Acquisition) {
    let point = [0.31, 0.62, 1, 0.4]
    let slopes = SlopeBuffer()
    var values: [Double] = []
    let row = Self.rows([point])
    acquisition.evaluate(row, count: 1, values: &values, slopes: slopes)
    let gradient = slopes.values
    for c in row.indices {
      var both: [Double] = []
      for step in [1e-6, -1e-6] {
        var moved = row
        moved[c] += step
        acquisition.evaluate(moved, count: 1, values: &values, slopes: nil)
        both.append(values[0])
      }
      let slope = (both[0] - both[1]) / 2e-6
      #expect(abs(slope - gradient[c]) < 1e-4 * max(1, abs(slope)), "column \(c)")
    }
  }

  @Test("slopes of the acquisitions are those of central differences, with running trials too")
  func acquisitionSlopes() throws {
    let pending = Self.points(2, seed: 5)
    let first = try Self.surrogate(pending: pending)
    let second = try Self.surrogate(pending: pending, seed: 2)
    let limit = try Self.surrogate(seed: 3)
    let draws = (0..<16).map { sin(7 * Double($0)) }
    var improvement = LogEI(first, best: 0.1, draws: draws, constraints: [(limit, 0.2)])
    checkSlopes(&improvement)
    let cost = CostPenalty(try Self.surrogate(seed: 4), slope: 0.7)
    var perSecond = LogEI(
      first, best: 0.1, draws: draws, constraints: [(limit, 0.2)], cost: cost)
    checkSlopes(&perSecond)
    var volume = LogEHVI(
      [first, second], front: [[-0.5, 1], [0.2, 0.3], [1.1, -0.4]], reference: [2, 2],
      draws: [draws, draws.reversed()], constraints: [(limit, 0.2)])
    checkSlopes(&volume)
  }

  @Test("joint draws of running trials have the posterior's mean, variance and covariance")
  func fantasies() throws {
    let pending = [[0.5, 0.5, 0, 0.5], [0.55, 0.5, 0, 0.5]]
    let joint = try Self.surrogate(pending: pending)
    let alone = try Self.surrogate()
    var prediction = Surrogate.Prediction()
    alone.predict(Self.rows(pending), count: 2, into: &prediction)
    var generator = RandomGenerator(seed: 4)
    var sums = [Double](repeating: 0, count: 5)
    let count = 4000
    for _ in 0..<count {
      let z = [generator.normal(), generator.normal()]
      let a = joint.drawAtPending(0, z[...]) - prediction.means[0]
      let b = joint.drawAtPending(1, z[...]) - prediction.means[1]
      for (i, value) in [a, b, a * a, b * b, a * b].enumerated() {
        sums[i] += value / Double(count)
      }
    }
    let deviation = prediction.variances[0].squareRoot()
    // Four standard errors of 4000 draws.
    #expect(abs(sums[0]) < 0.07 * deviation && abs(sums[1]) < 0.07 * deviation)
    #expect(abs(sums[2] / prediction.variances[0] - 1) < 0.1)
    #expect(abs(sums[3] / prediction.variances[1] - 1) < 0.1)
    // Neighbours: nearly the same draw.
    #expect(sums[4] > 0.9 * prediction.variances[0])
  }

  @Test("expected hypervolume improvement is that of many draws, in two and three objectives")
  func hypervolume() throws {
    let surrogates = try (1...3).map { try Self.surrogate(seed: $0) }
    let candidate = Self.rows([[0.31, 0.62, 1, 0.4]])
    var normals = RandomGenerator(seed: 11)
    // Around what the models expect: many draws improve the front, many do not.
    let predictions = surrogates.map { model in
      var prediction = Surrogate.Prediction()
      model.predict(candidate, count: 1, into: &prediction)
      return (mean: prediction.means[0], deviation: prediction.variances[0].squareRoot())
    }
    for dimensions in 2...3 {
      let front = [[-0.5, 1, 0.2], [0.1, 0.3, 0.8], [1.2, -0.4, -0.6]].map { offsets in
        (0..<dimensions).map { predictions[$0].mean + offsets[$0] * predictions[$0].deviation }
      }
      let reference = (0..<dimensions).map { predictions[$0].mean + 2 * predictions[$0].deviation }
      let models = Array(surrogates[..<dimensions])
      var acquisition = LogEHVI(
        models, front: front, reference: reference, draws: models.map { _ in [] })
      var values: [Double] = []
      acquisition.evaluate(candidate, count: 1, values: &values, slopes: nil)
      let before = Hypervolume.volume(front, reference: reference)
      var gains = 0.0
      var squares = 0.0
      let count = 20_000
      for _ in 0..<count {
        let draw = predictions[..<dimensions].map { $0.mean + $0.deviation * normals.normal() }
        let gain = Hypervolume.volume(front + [draw], reference: reference) - before
        gains += gain / Double(count)
        squares += gain * gain / Double(count)
      }
      let error = ((squares - gains * gains) / Double(count)).squareRoot()
      #expect(gains > 0 && abs(exp(values[0]) - gains) < 5 * error, "\(dimensions) objectives")
    }
  }
}
