internal import Configuration

// A search space as a value of the journal (`sounder:settings`), and back.
extension SearchSpace {
  /// A space without parameters: a foreign study before its first trial.
  static let empty = SearchSpace(unchecked: [])

  /// The space as a value.
  var journalValue: Value {
    [
      "parameters": Value(.list(parameters.map(\.journalValue))),
      "forbidden": Value(
        .list(forbidden.map { Value(.list($0.map(\.journalValue))) })),
    ]
  }

  /// Reads what `journalValue` gives; nil for anything else.
  init?(journalValue value: Value) {
    guard case .list(let items)? = value["parameters"]?.kind,
      case .list(let clauses)? = value["forbidden"]?.kind
    else { return nil }
    let parameters = items.compactMap(Parameter.init(journalValue:))
    let forbidden = clauses.compactMap { clause in
      clause.items?.compactMap(Condition.init(journalValue:))
    }
    guard parameters.count == items.count, forbidden.count == clauses.count,
      zip(forbidden, clauses).allSatisfy({ $0.count == $1.items?.count }),
      let space = try? SearchSpace(parameters, forbidding: forbidden)
    else { return nil }
    self = space
  }
}

extension Value {
  /// The items of a list.
  var items: [Value]? {
    guard case .list(let items) = kind else { return nil }
    return items
  }
}

extension Parameter {
  fileprivate var journalValue: Value {
    var entries = [Value.Entry("name", Value(.string(name)))] + distribution.journalEntries
    if !conditions.isEmpty {
      entries.append(.init("when", Value(.list(conditions.map(\.journalValue)))))
    }
    if let defaultValue { entries.append(.init("default", Value(.number(defaultValue)))) }
    return Value(.map(entries))
  }

  fileprivate init?(journalValue value: Value) {
    guard let name = value["name"]?.text, let distribution = Distribution(journalValue: value)
    else { return nil }
    let items = value["when"]?.items ?? []
    let conditions = items.compactMap(Condition.init(journalValue:))
    guard conditions.count == items.count else { return nil }
    self.init(name, distribution, when: conditions, default: value["default"]?.number)
  }
}

extension Distribution {
  fileprivate var journalEntries: [Value.Entry] {
    switch self {
    case .float(let low, let high, let isLog, let step):
      [
        .init("type", isLog ? "log-float" : "float"), .init("low", Value(.number(low))),
        .init("high", Value(.number(high))),
      ] + (step.map { [.init("step", Value(.number($0)))] } ?? [])
    case .int(let low, let high, let isLog, let step):
      [
        .init("type", isLog ? "log-int" : "int"), .init("low", Value(.int(low))),
        .init("high", Value(.int(high))), .init("step", Value(.int(step))),
      ]
    case .categorical(let choices):
      [.init("type", "categorical"), .init("choices", Value(.list(choices)))]
    case .ordinal(let choices):
      [.init("type", "ordinal"), .init("choices", Value(.list(choices)))]
    }
  }

  fileprivate init?(journalValue value: Value) {
    let type = value["type"]?.text
    switch type {
    case "float", "log-float":
      guard let low = value["low"]?.number, let high = value["high"]?.number else { return nil }
      self = .float(low: low, high: high, log: type == "log-float", step: value["step"]?.number)
    case "int", "log-int":
      guard let low = value["low"]?.int, let high = value["high"]?.int,
        let step = value["step"]?.int
      else { return nil }
      self = .int(low: low, high: high, log: type == "log-int", step: step)
    case "categorical", "ordinal":
      guard let choices = value["choices"]?.items else { return nil }
      self = type == "ordinal" ? .ordinal(choices) : .categorical(choices)
    default: return nil
    }
  }
}

extension Condition {
  fileprivate var journalValue: Value {
    let name = Value(.string(parameter))
    switch test {
    case .oneOf(let values):
      return ["parameter": name, "one_of": Value(.list(values.map { Value(.number($0)) }))]
    case .within(let range):
      return [
        "parameter": name, "min": Value(.number(range.lowerBound)),
        "max": Value(.number(range.upperBound)),
      ]
    }
  }

  fileprivate init?(journalValue value: Value) {
    guard let name = value["parameter"]?.text else { return nil }
    if let items = value["one_of"]?.items {
      self.init(name, .oneOf(items.compactMap(\.number)))
    } else if let low = value["min"]?.number, let high = value["max"]?.number, low <= high {
      self.init(name, .within(low...high))
    } else {
      return nil
    }
  }
}
