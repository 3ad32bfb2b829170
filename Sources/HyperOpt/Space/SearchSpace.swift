internal import Configuration

/// The hyperparameters of a study with their conditions, and the combinations that are forbidden.
///
/// A parameter stands behind all parameters that its conditions name: one pass in order decides
/// which are active.
public struct SearchSpace: Sendable, Equatable {
  /// The parameters, parents first.
  public let parameters: [Parameter]
  /// An assignment that meets every condition of one of these is forbidden.
  public let forbidden: [[Condition]]

  /// Checks and makes a space.
  ///
  /// - Throws: `StudyError` (exit code 65) for an empty space, a name that is given twice, a
  ///   distribution without values, or a condition that names no earlier parameter.
  public init(_ parameters: [Parameter], forbidding forbidden: [[Condition]] = [])
    throws(StudyError)
  {
    self.parameters = parameters
    self.forbidden = forbidden
    try check()
  }

  /// Takes parameters that a foreign study has shown; there may be none.
  init(unchecked parameters: [Parameter]) {
    self.parameters = parameters
    forbidden = []
  }

  /// The parameter of that name.
  public subscript(name: String) -> Parameter? { parameters.first { $0.name == name } }

  /// Whether all conditions of `parameter` hold, given the values of its parents.
  public func isActive(_ parameter: Parameter, in assignment: Assignment) -> Bool {
    parameter.conditions.allSatisfy { $0.holds(in: assignment) }
  }

  /// Whether some parameter has conditions.
  public var isConditional: Bool { parameters.contains { !$0.conditions.isEmpty } }

  /// Whether `assignment` is one of the combinations that were ruled out.
  public func isForbidden(_ assignment: Assignment) -> Bool {
    forbidden.contains { clause in clause.allSatisfy { $0.holds(in: assignment) } }
  }

  /// Whether exactly the active parameters have values of their distributions, and none forbids it.
  public func contains(_ assignment: Assignment) -> Bool {
    var count = 0
    for parameter in parameters where isActive(parameter, in: assignment) {
      if parameter.isOptional, assignment[parameter.name] == nil { continue }
      guard let value = assignment[parameter.name], parameter.distribution.contains(value) else {
        return false
      }
      count += 1
    }
    return count == assignment.values.count && !isForbidden(assignment)
  }

  /// Makes an assignment by asking for each active parameter's value, parents first.
  public func assignment(_ value: (Parameter) -> Double) -> Assignment {
    var result = Assignment()
    for parameter in parameters where isActive(parameter, in: result) {
      result[parameter.name] = value(parameter)
    }
    return result
  }

  private func check() throws(StudyError) {
    guard !parameters.isEmpty else {
      throw StudyError(
        "the search space is empty: put at least one parameter with `search:` into the job file")
    }
    var known: Set<String> = []
    for parameter in parameters {
      guard known.insert(parameter.name).inserted else {
        throw StudyError(
          "the parameter '\(parameter.name)' is there twice: give one of them another `name:`")
      }
      try parameter.check(parents: known)
    }
    for condition in forbidden.flatMap({ $0 }) where !known.contains(condition.parameter) {
      throw StudyError(
        "forbid: there is no parameter '\(condition.parameter)' in the search space")
    }
  }
}

extension Parameter {
  fileprivate func check(parents: Set<String>) throws(StudyError) {
    func wrong(_ what: String) -> StudyError { StudyError("the parameter '\(name)' \(what)") }
    switch distribution {
    case .float(let low, let high, let isLog, let step):
      guard low.isFinite, high.isFinite, low <= high else {
        throw wrong("has low \(low) > high \(high): give low <= high")
      }
      if isLog {
        guard low > 0 else { throw wrong("has a log scale from \(low): low must be above 0") }
        guard step == nil else { throw wrong("has a step on a log scale: leave one of them out") }
      }
      if let step, !(step > 0 && step.isFinite) { throw wrong("has step \(step): it must be > 0") }
    case .int(let low, let high, let isLog, let step):
      guard low <= high else { throw wrong("has low \(low) > high \(high): give low <= high") }
      guard step > 0 else { throw wrong("has step \(step): it must be > 0") }
      if isLog {
        guard low > 0 else { throw wrong("has a log scale from \(low): low must be above 0") }
        guard step == 1 else { throw wrong("has a step on a log scale: leave one of them out") }
      }
    case .categorical(let choices), .ordinal(let choices):
      guard !choices.isEmpty else { throw wrong("has no choices: give at least one") }
      for (index, choice) in choices.enumerated() where choices[..<index].contains(choice) {
        throw wrong("has the choice \(choice.summary) twice")
      }
    }
    for condition in conditions
    where condition.parameter == name || !parents.contains(condition.parameter) {
      throw wrong(
        "has a condition on '\(condition.parameter)', which is no parameter that stands before it")
    }
    if let defaultValue, !distribution.contains(defaultValue) {
      throw wrong("has a default that is not one of its values")
    }
  }
}
