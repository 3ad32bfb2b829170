internal import Configuration
internal import HyperOpt

/// A search space as a table: one line for each parameter.
struct SpaceTable {
  private let space: SearchSpace

  init(_ space: SearchSpace) { self.space = space }

  /// The table, for a reader.
  var lines: [String] {
    TextTable(
      header: ["parameter", "type", "values", "default", "active when"],
      rows: space.parameters.map { parameter in
        [
          parameter.name, parameter.distribution.typeName, parameter.distribution.words,
          Self.defaultValue(parameter)?.plainText ?? "",
          parameter.conditions.map(words).joined(separator: " and "),
        ]
      }
    ).lines
  }

  /// The same for a program.
  var value: Value {
    Value(
      .list(
        space.parameters.map { parameter in
          [
            "name": Value(.string(parameter.name)),
            "type": Value(.string(parameter.distribution.typeName)),
            "values": Value(.string(parameter.distribution.words)),
            "default": Self.defaultValue(parameter) ?? nil,
            "active_when": Value(.list(parameter.conditions.map { Value(.string(words($0))) })),
          ]
        }))
  }

  private static func defaultValue(_ parameter: Parameter) -> Value? {
    parameter.defaultValue.map { parameter.distribution.value(of: $0) }
  }

  /// `training.optimizer = adam`, `depth >= 2`.
  private func words(_ condition: Condition) -> String {
    guard let distribution = space[condition.parameter]?.distribution else { return "" }
    switch condition.test {
    case .oneOf(let places):
      let values = places.map { distribution.value(of: $0).plainText }
      return condition.parameter + (values.count == 1 ? " = " : " in ")
        + values.joined(separator: ", ")
    case .within(let range):
      let isWhole = if case .int = distribution { true } else { false }
      func number(_ value: Double) -> String {
        isWhole ? Int(exactly: value).map { "\($0)" } ?? "\(value)" : "\(value)"
      }
      let bounds = distribution.bounds
      if range.upperBound >= bounds.upperBound {
        return "\(condition.parameter) >= \(number(max(range.lowerBound, bounds.lowerBound)))"
      }
      if range.lowerBound <= bounds.lowerBound {
        return "\(condition.parameter) <= \(number(range.upperBound))"
      }
      return "\(condition.parameter) in \(number(range.lowerBound)) ... \(number(range.upperBound))"
    }
  }
}

extension Distribution {
  /// The kind as a job file has it.
  fileprivate var typeName: String {
    switch self {
    case .float(_, _, let isLog, _): isLog ? "log-float" : "float"
    case .int(_, _, let isLog, _): isLog ? "log-int" : "int"
    case .categorical: self == .boolean ? "boolean" : "categorical"
    case .ordinal: "ordinal"
    }
  }

  /// The lowest and the highest internal value.
  fileprivate var bounds: ClosedRange<Double> {
    switch self {
    case .float(let low, let high, _, _): low...high
    case .int(let low, let high, _, _): Double(low)...Double(high)
    case .categorical(let choices), .ordinal(let choices): 0...Double(max(0, choices.count - 1))
    }
  }
}
