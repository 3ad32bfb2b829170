import Configuration
import Foundation
import HyperOpt
import TestSupport
import Testing

/// CMA-ES against the `cmaes` package.
@Suite struct CovarianceAdaptationTests {
  private struct Reference: Decodable {
    struct Generation: Decodable {
      let points: [[Double]]
      let mean: [Double]
      let sigma: Double
      let covariance: [Double]
      let stretches: [Double]?
      let probe: [Double]?
    }
    let plain: [Generation]
    let margin: [Generation]
  }

  private func reference() throws -> Reference {
    try JSONDecoder().decode(Reference.self, from: Data(contentsOf: fixture("cmaes.json")))
  }

  private func expectNear(_ ours: [Double], _ theirs: [Double], _ what: String) {
    #expect(ours.count == theirs.count)
    for (a, b) in zip(ours, theirs) { #expect(abs(a - b) < 1e-8 * max(1, abs(b)), "\(what)") }
  }

  @Test("mean, step size and covariance follow the reference through twelve generations")
  func plain() throws {
    var state = CovarianceAdaptation(mean: [0.5, 0.5, 0.5, 0.5], sigma: 1.0 / 6)
    for (index, generation) in try reference().plain.enumerated() {
      state.tell(generation.points)
      expectNear(state.mean, generation.mean, "mean \(index)")
      expectNear([state.sigma], [generation.sigma], "sigma \(index)")
      expectNear(state.covariance, generation.covariance, "covariance \(index)")
    }
  }

  @Test("with margin, mean and stretches follow the reference through 25 generations")
  func margin() throws {
    let axes = [
      Parameter("a", .int(low: 0, high: 4)), Parameter("b", .int(low: 0, high: 2)),
      Parameter("c", .float(low: 0, high: 1)),
    ].map { UnitAxis($0) }
    var state = MarginAdaptation(axes)
    for (index, generation) in try reference().margin.enumerated() {
      state.tell(generation.points)
      expectNear(state.adaptation.mean, generation.mean, "mean \(index)")
      expectNear([state.adaptation.sigma], [generation.sigma], "sigma \(index)")
      expectNear(state.adaptation.covariance, generation.covariance, "covariance \(index)")
      let read = [0, 1].map { state.value($0, of: [0.15, 0.6, 0.4]) }
      let probe = generation.probe ?? []
      // Theirs are places on the unit scale: (i + 1/2) / n.
      expectNear(read, [probe[0] * 5 - 0.5, probe[1] * 3 - 0.5], "value \(index)")
    }
  }

  @Test("a raw point is found again from its values, and a far one is moved near")
  func points() {
    let axes = [Parameter("n", .int(low: 0, high: 9)), Parameter("x", .float(low: 0, high: 1))]
      .map { UnitAxis($0) }
    let state = MarginAdaptation(axes)
    let point = state.point(of: [7, nil])
    #expect(abs(point[0] - 0.75) < 1e-12 && point[1] == 0.5)
    #expect(state.value(0, of: point) == 7)
    let near = state.adaptation.injected([0.6, 0.4])
    #expect(near == [0.6, 0.4])
    let far = state.adaptation.injected([3.5, 0.5])
    // sqrt(2) + 2 * 2 / 4 standard deviations of 1/6.
    #expect(abs(far[0] - 0.5 - (2.0.squareRoot() + 1) / 6) < 1e-12 && far[1] == 0.5)
  }

  @Test("the normal quantile inverts the distribution function from 1e-300 to 1 - 1e-10")
  func quantile() {
    for p in [1e-300, 1e-100, 1e-20, 1e-10, 1e-4, 0.02, 0.3, 0.5, 0.7, 0.999, 1 - 1e-10] {
      let mass = 0.5 * erfc(-NormalQuantile.value(p) * 0.5.squareRoot())
      #expect(abs(mass - p) < 1e-12 * p + 1e-17, "\(p)")
    }
  }

  @Test("the sampler reaches the end of a narrow valley, integers included")
  func valley() throws {
    let space = try SearchSpace([
      Parameter("x", .float(low: -5, high: 5)), Parameter("y", .float(low: -5, high: 5)),
      Parameter("n", .int(low: -10, high: 30)),
    ])
    var study = SuiteStudy(space, seed: 2)
    try study.run(400, CMAESSampler()) { point in
      let (x, y, n) = (point["x"] ?? 0, point["y"] ?? 0, point["n"] ?? 0)
      return [100 * (x - y) * (x - y) + (x - 1) * (x - 1) + (n - 17) * (n - 17)]
    }
    #expect((study.history.best?.values[0] ?? 1) < 1e-4)
  }

  @Test("what one study taught an instance does not reach another with other names")
  func names() throws {
    let used = CMAESSampler()
    for name in ["x", "y"] {
      let space = try SearchSpace([
        Parameter(name, .float(low: 0, high: 1)), Parameter("n", .int(low: 0, high: 9)),
      ])
      var study = SuiteStudy(space)
      try study.run(20, used) { [SuiteStudy.bowl($0, space)] }
      #expect(try study.proposal(used) == study.proposal(CMAESSampler()))
    }
  }
}
