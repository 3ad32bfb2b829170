import Configuration
import Foundation
import HyperOpt
import NN
import TestSupport
import Testing

/// The densities that TPE compares.
@Suite struct ParzenTests {
  private struct Reference: Decodable {
    struct Case: Decodable {
      let observed: [String: [Double]]
      let points: [String: [Double]]
      let logDensities: [Double]
    }
    let cases: [Case]
  }

  private let parameters: [Parameter] = [
    Parameter("x", .float(low: -5, high: 10)),
    Parameter("y", .float(low: 1e-4, high: 1, log: true)),
    Parameter("n", .int(low: 1, high: 7)), Parameter("m", .int(low: 4, high: 2000, log: true)),
    Parameter("s", .float(low: 0, high: 2, step: 0.25)),
    Parameter("c", .categorical(["a", "b", "c"])),
  ]

  @Test("log densities are Optuna's, but for the lengths of the continuous scales")
  func logDensities() throws {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    let reference = try decoder.decode(
      Reference.self, from: Data(contentsOf: fixture("parzen.json")))
    let lengths = log(15.0) + log(log(1e4))
    let axes = parameters.map { UnitAxis($0) }
    func places(_ columns: [String: [Double]]) -> [Double] {
      axes.indices.flatMap { i in
        (columns[parameters[i].name] ?? []).map { axes[i].place(of: $0) }
      }
    }
    for one in reference.cases {
      let count = one.observed["x"]?.count ?? 0
      let estimator = ParzenEstimator(
        axes, observed: places(one.observed), weights: ParzenSplit.weights(count))
      let densities = estimator.logDensities(places(one.points), size: 12)
      for (ours, theirs) in zip(densities, one.logDensities) {
        #expect(abs(ours - lengths - theirs) < 1e-8, "\(count) observations")
      }
    }
  }

  @Test("draws follow the density: their shares of the cells are its masses")
  func draws() {
    let axes = [parameters[2], parameters[5]].map { UnitAxis($0) }
    let observed = [2.0, 2, 3, 6].map(axes[0].place) + [0.0, 0, 1, 2]
    let estimator = ParzenEstimator(axes, observed: observed, weights: [1, 1, 1, 1])
    var cells: [Double] = []
    for choice in 0..<3 { for _ in 1...7 { cells.append(Double(choice)) } }
    let places = (0..<3).flatMap { _ in (1...7).map { axes[0].place(of: Double($0)) } } + cells
    let masses = estimator.logDensities(places, size: 21).map(exp)
    #expect(abs(masses.reduce(0, +) - 1) < 1e-12)
    var generator = RandomGenerator(seed: 1)
    let size = 40_000
    let points = estimator.sample(size, using: &generator)
    var counts = [Double](repeating: 0, count: 21)
    for i in 0..<size {
      counts[Int(points[size + i]) * 7 + Int(axes[0].value(at: points[i])) - 1] += 1
    }
    // A share's standard deviation is below 0.0025.
    for (share, mass) in zip(counts, masses) { #expect(abs(share / 40_000 - mass) < 0.01) }
  }
}
