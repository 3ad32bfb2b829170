public import Configuration
private import NN

/// What comes of trying many combinations of a search space without running any.
public struct SpaceSurvey: Sendable {
  /// Combinations that fail for the same reason.
  public struct Finding: Sendable {
    /// The reason of the first of them, in one line.
    public var reason: String
    /// The first of them, in a user's words.
    public var example: [(name: String, value: Value)]
    /// How many there are.
    public var count: Int
  }

  /// How many combinations were tried.
  public private(set) var triedCount = 0
  /// How many of them `search.constraints` excludes.
  public private(set) var excludedCount = 0
  /// What is impossible, by kind, in the order in which it was found.
  public private(set) var findings: [Finding] = []

  /// More of them would take longer than a check may.
  private static let mostNotable = 1000

  /// How many of the combinations cannot be run.
  public var impossibleCount: Int { findings.reduce(0) { $0 + $1.count } }

  /// Tries `count` random combinations, and every choice and both ends of every parameter.
  ///
  /// The same combinations whenever the space is the same.
  public init(_ job: SearchJob, _ check: TrialCheck, count: Int = 256) {
    var generator = RandomGenerator(seed: 0x5375_7276_6579)
    let space = job.space
    var wanted: [[String: Double]] = [[:]]
    for parameter in space.parameters {
      for place in parameter.distribution.notablePlaces {
        var fixed = [parameter.name: place]
        if space.meetConditions(of: parameter, in: &fixed) { wanted.append(fixed) }
      }
    }
    wanted = Array(wanted.prefix(Self.mostNotable))
    wanted += [[String: Double]](repeating: [:], count: count)
    var places: [String: Int] = [:]
    var seen: Set<[String: Double]> = []
    for fixed in wanted {
      let assignment = space.assignment { parameter in
        let place = parameter.distribution.internalValue(atUnit: generator.uniform())
        return fixed[parameter.name] ?? place
      }
      guard !space.isForbidden(assignment), seen.insert(assignment.values).inserted else {
        continue
      }
      triedCount += 1
      guard let reason = check.impossibility(of: assignment) else {
        if check.brokenConstraint(by: assignment) != nil { excludedCount += 1 }
        continue
      }
      // Figures differ from case to case, what is wrong does not.
      let kind = reason.filter { !$0.isNumber && $0 != "." && $0 != "[" && $0 != "]" && $0 != "," }
      if let place = places[kind] {
        findings[place].count += 1
      } else {
        places[kind] = findings.count
        findings.append(
          Finding(reason: reason, example: job.values(of: assignment), count: 1))
      }
    }
  }
}

extension Distribution {
  /// Every choice, or both ends.
  fileprivate var notablePlaces: [Double] {
    if let count, count <= 64 || isChoice {
      return (0..<min(count, 1000)).map {
        internalValue(atUnit: (Double($0) + 0.5) / Double(count))
      }.reduce(into: []) { if $0.last != $1 { $0.append($1) } }
    }
    return [internalValue(atUnit: 0), internalValue(atUnit: 1)]
  }

  private var isChoice: Bool {
    switch self {
    case .categorical, .ordinal: true
    case .float, .int: false
    }
  }
}

extension SearchSpace {
  /// Fixes the parents of `parameter` so that it is active; false when that cannot be.
  fileprivate func meetConditions(
    of parameter: Parameter, in fixed: inout [String: Double]
  ) -> Bool {
    for condition in parameter.conditions {
      guard let parent = self[condition.parameter] else { return false }
      let place: Double?
      switch condition.test {
      case .oneOf(let places):
        place = places.first { fixed[parent.name] == nil || fixed[parent.name] == $0 }
      case .within(let range):
        let candidates = [
          fixed[parent.name], range.lowerBound, range.upperBound,
          parent.distribution.internalValue(
            atUnit: parent.distribution.unit(of: max(range.lowerBound, -1e300))),
        ].compactMap { $0 }
        place = candidates.first { range.contains($0) && parent.distribution.contains($0) }
      }
      guard let place, fixed[parent.name].map({ $0 == place }) ?? true else { return false }
      fixed[parent.name] = place
      guard meetConditions(of: parent, in: &fixed) else { return false }
    }
    return true
  }
}

extension SearchSpace {
  /// The number of combinations, forbidden ones included; nil for a continuum and for more than can
  /// be counted.
  package var combinationCount: Int? {
    let parents = Set(parameters.flatMap(\.conditions).map(\.parameter))
    var budget = 100_000
    return count(from: 0, Assignment(), parents, &budget)
  }

  private func count(
    from index: Int, _ assignment: Assignment, _ parents: Set<String>, _ budget: inout Int
  ) -> Int? {
    budget -= 1
    guard budget > 0 else { return nil }
    guard index < parameters.count else { return 1 }
    let parameter = parameters[index]
    guard isActive(parameter, in: assignment) else {
      return count(from: index + 1, assignment, parents, &budget)
    }
    guard let number = parameter.distribution.count else { return nil }
    guard parents.contains(parameter.name) else {
      guard let rest = count(from: index + 1, assignment, parents, &budget) else { return nil }
      let (product, overflow) = number.multipliedReportingOverflow(by: rest)
      return overflow ? nil : product
    }
    var sum = 0
    guard number <= budget else { return nil }
    for place in parameter.distribution.places {
      var next = assignment
      next[parameter.name] = place
      guard let rest = count(from: index + 1, next, parents, &budget) else { return nil }
      let (total, overflow) = sum.addingReportingOverflow(rest)
      if overflow { return nil }
      sum = total
    }
    return sum
  }
}

extension Distribution {
  /// All internal values of a finite distribution.
  fileprivate var places: [Double] {
    switch self {
    case .float(let low, _, _, let step):
      return (0..<(count ?? 0)).map { low + Double($0) * (step ?? 0) }
    case .int(let low, let high, _, let step):
      return stride(from: low, through: high, by: step).map { Double($0) }
    case .categorical(let choices), .ordinal(let choices): return choices.indices.map { Double($0) }
    }
  }
}
