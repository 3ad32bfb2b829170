public import Configuration

/// Every combination of a grid, once, in the order of a counter whose last parameter runs fastest.
///
/// A continuum and a logarithmic int range are cut into `points` values, evenly on their own scale
/// with both ends; all other parameters take each of their values. Parameters that are not active
/// do not multiply, and forbidden combinations are left out.
public struct GridSampler: Sampler {
  /// `grid`.
  public static let name = "grid"
  /// Values do not matter to it.
  public static let takesSeveralObjectives = true

  private let points: Int
  private let pointsByName: [String: Int]

  /// Reads `points`: a number for all parameters that need one, or a map from names to numbers.
  public init(options: inout Options) throws(ConfigurationError) {
    var byName: [String: Int] = [:]
    guard let value = options.value("points"), case .map = value.kind else {
      points = try options.int("points", default: Self.defaultPoints, in: 1...1_000_000)
      pointsByName = [:]
      return
    }
    if var names = try options.options("points") {
      for name in names.keys { byName[name] = try names.int(name, in: 1...1_000_000) }
    }
    points = Self.defaultPoints
    pointsByName = byName
  }

  /// Makes the sampler.
  ///
  /// - Parameters:
  ///   - points: Values of a continuum.
  ///   - pointsByName: Values of single parameters, also of those that are no continuum.
  public init(points: Int = 5, pointsByName: [String: Int] = [:]) {
    self.points = points
    self.pointsByName = pointsByName
  }

  /// The points.
  public var value: Value {
    if pointsByName.isEmpty { return ["points": Value(.int(points))] }
    let entries = pointsByName.sorted { $0.key < $1.key }
      .map { Value.Entry($0.key, Value(.int($0.value))) }
    return ["points": Value(.map(entries))]
  }

  /// Combination number `index`; `StudyError.exhausted` behind the last one.
  public func propose(
    _ index: Int, seed: UInt64, history: History
  ) throws(StudyError) -> Proposal {
    let space = history.space
    if let unknown = pointsByName.keys.sorted().first(where: { space[$0] == nil }) {
      throw StudyError(
        "grid: `points` names '\(unknown)', which is no parameter of the search space")
    }
    let axes = space.parameters.map { values(of: $0) }
    var remaining = index
    if !space.isConditional, space.forbidden.isEmpty {
      var assignment = Assignment()
      for (parameter, values) in zip(space.parameters, axes).reversed() {
        assignment[parameter.name] = values[remaining % values.count]
        remaining /= values.count
      }
      if remaining > 0 { throw .exhausted }
      return Proposal(assignment)
    }
    if let found = find(&remaining, space, axes, from: 0, Assignment()) { return Proposal(found) }
    throw .exhausted
  }

  // Counts down over the combinations that continue `assignment`.
  private func find(
    _ remaining: inout Int, _ space: SearchSpace, _ axes: [[Double]], from place: Int,
    _ assignment: Assignment
  ) -> Assignment? {
    // A clause that holds already cannot be undone.
    if space.isForbidden(assignment) { return nil }
    guard place < axes.count else {
      remaining -= 1
      return remaining < 0 ? assignment : nil
    }
    let parameter = space.parameters[place]
    guard space.isActive(parameter, in: assignment) else {
      return find(&remaining, space, axes, from: place + 1, assignment)
    }
    var next = assignment
    for value in axes[place] {
      next[parameter.name] = value
      if let found = find(&remaining, space, axes, from: place + 1, next) { return found }
    }
    return nil
  }

  private func values(of parameter: Parameter) -> [Double] {
    let distribution = parameter.distribution
    var count = distribution.count ?? points
    if case .int(_, _, log: true, _) = distribution { count = min(count, points) }
    if let wanted = pointsByName[parameter.name] {
      count = min(wanted, distribution.count ?? wanted)
    }
    if count == distribution.count {
      // The middle of each value's own part of the scale; a logarithmic one is walked by steps.
      if case .int(let low, let high, log: true, _) = distribution {
        return (low...high).map { Double($0) }
      }
      return (0..<count).map {
        distribution.internalValue(atUnit: (Double($0) + 0.5) / Double(count))
      }
    }
    if count == 1 { return [distribution.internalValue(atUnit: 0.5)] }
    var values: [Double] = []
    for i in 0..<count {
      let value = distribution.internalValue(atUnit: Double(i) / Double(count - 1))
      if values.last != value { values.append(value) }
    }
    return values
  }

  private static let defaultPoints = 5
}
