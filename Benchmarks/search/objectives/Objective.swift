public import HyperOpt

/// A function that samplers are compared on: always minimised, free of noise, its minimum known.
public struct Objective: Sendable {
  /// The name in every table: `hartmann6`.
  public let name: String
  /// What may be tried.
  public let space: SearchSpace
  /// The smallest value that there is.
  public let minimum: Double
  /// The value at an assignment of the space.
  public let value: @Sendable (Assignment) -> Double
}

extension Objective {
  /// A function of the numbers x0, x1 …, each on a linear scale.
  init(
    _ name: String, bounds: [(low: Double, high: Double)], minimum: Double,
    _ value: @escaping @Sendable ([Double]) -> Double
  ) throws {
    let names = bounds.indices.map { "x\($0)" }
    let space = try SearchSpace(
      zip(names, bounds).map { Parameter($0, .float(low: $1.low, high: $1.high)) })
    self.init(name: name, space: space, minimum: minimum) { assignment in
      value(names.map { assignment[$0] ?? .nan })
    }
  }
}

/// All objectives by name.
public enum ObjectiveSuite {
  /// The eight that the goals are set on.
  public static let goals = [
    "branin", "hartmann6", "ackley5", "levy8", "rosenbrock4", "styblinski5", "mlp_digits",
    "gbm_cancer",
  ]
  /// A table that every sampler solves: a smoke test.
  public static let smoke = ["svc_digits"]
  /// Objectives that no sampler was tuned on.
  public static let fresh = [
    "ackley6_rotated", "levy5_rotated", "rosenbrock5_shifted", "hartmann6_rotated", "sgd_digits",
    "forest_diabetes",
  ]
  /// Every name.
  public static let names = goals + smoke + fresh

  /// Makes the objective of that name; nil when there is none.
  ///
  /// - Throws: `TableError` when a table cannot be read.
  public static func objective(_ name: String) throws -> Objective? {
    if let table = Table.spaces[name] { return try Table(name, table()).objective }
    return try analytic(name)
  }
}
