/// One hyperparameter: its name, its values, when it is active, where it stands in the job.
public struct Parameter: Sendable, Equatable {
  /// The name in the study: unique in its space.
  public var name: String
  /// The values it can take.
  public var distribution: Distribution
  /// All must hold for the parameter to be active; empty: always active.
  public var conditions: [Condition]
  /// The internal value that a plain training uses, and that a study tries first; nil when none was given.
  public var defaultValue: Double?
  /// Whether trials may lack it without a condition: so in studies of other programs that ask for
  /// parameters as they go.
  public var isOptional = false

  /// Makes a parameter.
  public init(
    _ name: String, _ distribution: Distribution, when conditions: [Condition] = [],
    default defaultValue: Double? = nil
  ) {
    self.name = name
    self.distribution = distribution
    self.conditions = conditions
    self.defaultValue = defaultValue
  }
}

/// What another parameter's value must be; false when that parameter is not active itself.
public struct Condition: Sendable, Equatable {
  /// What is asked of the internal value.
  public enum Test: Sendable, Equatable {
    /// It is one of these.
    case oneOf([Double])
    /// It lies in this range, ends included.
    case within(ClosedRange<Double>)
  }

  /// The other parameter's name.
  public var parameter: String
  /// What is asked of it.
  public var test: Test

  /// Makes a condition.
  public init(_ parameter: String, _ test: Test) {
    self.parameter = parameter
    self.test = test
  }

  /// Whether `assignment` meets the condition.
  public func holds(in assignment: Assignment) -> Bool {
    guard let value = assignment[parameter] else { return false }
    switch test {
    case .oneOf(let values): return values.contains(value)
    case .within(let range): return range.contains(value)
    }
  }
}
