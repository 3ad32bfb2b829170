/// Internal values of hyperparameters by name; parameters that are not active are left out.
public struct Assignment: Sendable, Equatable {
  /// The values by name.
  public private(set) var values: [String: Double]

  /// Makes an assignment.
  public init(_ values: [String: Double] = [:]) { self.values = values }

  /// The internal value of a parameter; nil when it is not active.
  public subscript(name: String) -> Double? {
    get { values[name] }
    set { values[name] = newValue }
  }

  /// Whether no parameter has a value.
  public var isEmpty: Bool { values.isEmpty }
}
