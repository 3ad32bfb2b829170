import Configuration
import Foundation
import HyperOpt
import NN
import Testing

/// What the default pruner does to curves of many kinds, and what its model predicts.
@Suite struct CurvePrunerTests {
  private static let lastStep = 12

  /// A kind of curve.
  struct Family: Sendable, CustomTestStringConvertible {
    let name: String
    var direction = Direction.minimize
    let value: @Sendable (_ u: Double, _ first: Double, _ second: Double) -> Double
    var noise = 0.01
    var testDescription: String { name }

    func curve(_ generator: inout RandomGenerator) -> [Double] {
      let first = Double(generator.uniform())
      let second = Double(generator.uniform())
      return (1...CurvePrunerTests.lastStep).map { step in
        let noise = (0..<12).reduce(-6) { sum, _ in sum + Double(generator.uniform()) }
        let u = Double(step) / Double(CurvePrunerTests.lastStep)
        return value(u, first, second) + self.noise * noise
      }
    }
  }

  private static let families = [
    Family(name: "power laws") { u, a, b in 0.1 + 0.3 * a + 0.1 * pow(u, -0.3 - b) },
    Family(name: "exponentials") { u, a, b in 0.1 + 0.5 * a + 2 * exp(-(2 + 8 * b) * u) },
    Family(name: "accuracies", direction: .maximize) { u, a, b in
      0.95 - 0.3 * a * a - 0.5 * exp(-(3 + 8 * b) * u)
    },
    Family(name: "crossing") { u, a, _ in 0.1 + 0.3 * a + exp(-(1 + 8 * a) * u) },
    Family(name: "cosine schedule") { u, a, b in
      0.2 + 0.3 * a + exp(-10 * u) + 0.15 * (1 + cos(.pi * u)) * (0.5 + b)
    },
    Family(name: "overfitting") { u, a, b in 0.2 + 0.2 * a + exp(-(4 + 8 * b) * u) + 0.2 * a * u },
    Family(name: "decades", value: { u, a, _ in exp(-(2 + 8 * a) * u) }, noise: 0),
    Family(name: "one in three diverges") { u, a, b in
      a < 0.3 && u > 0.3 ? exp(9 * u) : 0.1 + 0.3 * b + 0.1 / u
    },
    Family(name: "plateaus", value: { u, a, _ in 1 + 0.3 * a + 0.02 / u }, noise: 0.03),
  ]

  @Test("hopeless trials stop early, and the eventual winner hardly ever", arguments: families)
  func rates(family: Family) throws {
    var lost = 0
    var steps = 0
    var all = 0
    for seed in 0..<4 {
      var generator = RandomGenerator(seed: UInt64(seed))
      var study = try PrunedStudy(direction: family.direction)
      let pruner = CurvePruner()
      var finals: [Double] = []
      for _ in 0..<25 {
        let curve = family.curve(&generator)
        finals.append((curve.last ?? 0) * family.direction.sign)
        let stop = study.run(curve, pruner: pruner, lastStep: Self.lastStep)
        steps += stop ?? Self.lastStep
        all += Self.lastStep
      }
      let winner = finals.indices.min { finals[$0] < finals[$1] } ?? 0
      if study.history.trials[winner].state == .pruned { lost += 1 }
    }
    #expect(lost <= 1, "\(lost) of 4 winners were stopped")
    #expect(Double(steps) < 0.85 * Double(all), "\(steps) of \(all) steps were needed")
  }

  @Test("a hopeless trial stops with the third report, and a promising one never")
  func clearCases() throws {
    var study = try PrunedStudy(direction: .minimize)
    func curve(_ final: Double) -> [Double] { (1...12).map { final + exp(-Double($0)) } }
    for index in 0..<6 {
      let stop = study.run(curve(0.2 + 0.02 * Double(index)), pruner: CurvePruner(), lastStep: 12)
      #expect(stop == nil || index > 3)
    }
    #expect(study.run(curve(5), pruner: CurvePruner(), lastStep: 12) == 3)
    #expect(study.reason?.contains("trial 0") == true)
    #expect(study.run(curve(0.1), pruner: CurvePruner(), lastStep: nil) == nil)
    #expect(study.run([0.9, .nan], pruner: CurvePruner(), lastStep: 12) == 2)
  }

  @Test("a prediction from half of a curve is close, on the objective's own scale")
  func predictions() throws {
    for direction in Direction.allCases {
      var study = try PrunedStudy(direction: direction)
      #expect(CurveModel(history: study.history) == nil)
      func curve(_ final: Double) -> [Double] {
        (1...12).map { direction.sign * (final + pow(Double($0), -0.7)) }
      }
      for index in 0..<8 {
        _ = study.run(curve(0.1 * Double(index)), pruner: NoPruner(), lastStep: 12)
      }
      let model = try #require(CurveModel(history: study.history))
      let wanted = try #require(curve(0.33).last)
      var deviations: [Double] = []
      for count in [2, 4, 6, 9] {
        let reports = curve(0.33).prefix(count).enumerated().map {
          Trial.Report(step: $0.offset + 1, value: $0.element)
        }
        let (mean, deviation) = try #require(model.finalValue(of: reports, lastStep: 12))
        #expect(abs(mean - wanted) < max(3 * deviation, 0.02))
        #expect(deviation > 0)
        deviations.append(deviation)
      }
      #expect(deviations[3] < deviations[0] && deviations[3] < 0.05)
      #expect(model.finalValue(of: [], lastStep: 12) == nil)
      #expect(model.finalValue(of: [.init(step: 1, value: .nan)], lastStep: 12) == nil)
    }
  }
}
