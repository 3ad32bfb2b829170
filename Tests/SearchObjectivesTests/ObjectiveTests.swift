import Configuration
import Foundation
import HyperOpt
import SearchObjectives
import Testing

/// The benchmark's objectives against the values of Benchmarks/search/peers/objectives.py.
@Suite struct ObjectiveTests {
  private struct Point {
    var parameters: Value
    var value: Double
  }

  private static func points(of name: String) throws -> [Point] {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("../../Benchmarks/search/test-vectors.json").standardized
    let all = try Value(json: try String(contentsOf: file, encoding: .utf8))
    guard case .list(let items) = all.kind else { return [] }
    return try items.filter { $0["objective"] == Value(.string(name)) }.map { item in
      Point(
        parameters: try #require(item["params"]), value: try #require(item["value"]?.number))
    }
  }

  @Test("an objective gives the reference's values", arguments: ObjectiveSuite.names)
  func referenceValues(name: String) throws {
    let objective = try #require(try ObjectiveSuite.objective(name))
    let points = try Self.points(of: name)
    #expect(points.count >= 5)
    for point in points {
      var assignment = Assignment()
      for parameter in objective.space.parameters {
        let value = try #require(point.parameters[parameter.name])
        let place: Double = try #require(parameter.distribution.internalValue(of: value))
        assignment[parameter.name] = place
      }
      #expect(objective.space.contains(assignment))
      let value = objective.value(assignment)
      // The two sum in different orders: some rounding steps apart, of terms up to 100 times larger.
      #expect(abs(value - point.value) <= 1e-11 * max(1, abs(point.value)))
      #expect(value >= objective.minimum)
    }
  }

  @Test("the minimum is reached where it is known to be")
  func minima() throws {
    let places: [String: [Double]] = [
      "branin": [Double.pi, 2.275],
      "hartmann6": [0.20169, 0.150011, 0.476874, 0.275332, 0.311652, 0.6573],
      "ackley5": [1.37, -2.11, 3.08, -0.53, 4.29],
      "levy8": [1, 1, 1, 1, 1, 1, 1, 1],
      "rosenbrock4": [1, 1, 1, 1],
      "styblinski5": [-2.903534, -2.903534, -2.903534, -2.903534, -2.903534],
      "ackley6_rotated": [0.83, 3.17, -1.91, 2.26, -0.67, 4.05],
      "levy5_rotated": [2.3, -4.1, 0.7, 5.2, -1.6],
      "rosenbrock5_shifted": [0.45, -0.8, 1.2, 0.3, -0.35],
      "hartmann6_rotated": [0.20169, 0.150011, 0.476874, 0.275332, 0.311652, 0.6573],
    ]
    for (name, place) in places {
      let objective = try #require(try ObjectiveSuite.objective(name))
      var assignment = Assignment()
      for (axis, value) in place.enumerated() { assignment["x\(axis)"] = value }
      // The places have six digits.
      #expect(abs(objective.value(assignment) - objective.minimum) < 1e-6, "\(name)")
    }
  }

  @Test("a name that is no objective has none")
  func unknown() throws {
    #expect(try ObjectiveSuite.objective("branin7")?.name == nil)
  }
}
