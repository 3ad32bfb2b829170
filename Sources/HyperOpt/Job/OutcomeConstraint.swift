internal import Configuration

/// A bound on a figure of a trial: `val_loss < 1`, `seconds <= 60`, `parameters < 1e6`.
public struct OutcomeConstraint: Sendable, Equatable {
  /// How figure and bound are compared.
  public enum Relation: String, Sendable, CaseIterable {
    /// At most, or below: the two differ by nothing that can be measured.
    case atMost = "<=", below = "<"
    /// At least, or above.
    case atLeast = ">=", above = ">"
  }

  /// The figure's name.
  public var figure: String
  /// How it is compared.
  public var relation: Relation
  /// With what.
  public var bound: Double

  /// Figures that are known before a trial is run.
  public static let staticFigures = ["parameters", "layers", "epochs", "batch_size"]

  /// Whether the figure is known before a trial is run.
  public var isStatic: Bool { Self.staticFigures.contains(figure) }

  /// The constraint as a job file has it.
  public var text: String { "\(figure) \(relation.rawValue) \(bound)" }

  /// Reads `figure < bound`; nil for anything else.
  public init?(_ text: String) {
    // The longer relations come first, as `<=` begins with `<`.
    guard let relation = Relation.allCases.first(where: { text.contains($0.rawValue) }) else {
      return nil
    }
    let parts = text.split(separator: relation.rawValue, omittingEmptySubsequences: false)
      .map { String($0.filter { !$0.isWhitespace }) }
    guard parts.count == 2, !parts[0].isEmpty, Double(parts[0]) == nil,
      parts[0].allSatisfy({ $0.isLetter || $0.isNumber || "_.-/".contains($0) }),
      let bound = Double(parts[1]), bound.isFinite
    else { return nil }
    figure = SearchObjective.fullName(parts[0])
    self.relation = relation
    self.bound = bound
  }

  init(_ value: Value, at keyPath: [String]) throws(ConfigurationError) {
    guard case .string(let text) = value.kind, let constraint = Self(text) else {
      throw ConfigurationError(
        "expected a bound such as 'parameters < 1e6' or 'val_loss <= 0.5', found \(value.summary)",
        at: keyPath, origin: value.origin)
    }
    self = constraint
  }

  /// How far the figure is from being allowed: met when <= 0.
  ///
  /// Infinite when it was not measured, unless it was known and looked at before the trial.
  public func violation(_ figures: [String: Double]) -> Double {
    guard let figure = figures[figure], !figure.isNaN else { return isStatic ? 0 : .infinity }
    switch relation {
    case .atMost, .below: return figure - bound
    case .atLeast, .above: return bound - figure
    }
  }

  /// Whether a figure that is known exactly is allowed.
  public func isMet(by figure: Double) -> Bool {
    switch relation {
    case .atMost: figure <= bound
    case .below: figure < bound
    case .atLeast: figure >= bound
    case .above: figure > bound
    }
  }
}
