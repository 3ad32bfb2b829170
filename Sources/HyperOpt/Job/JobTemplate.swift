internal import Configuration

/// A part of a job file in which some values are still open.
indirect enum JobTemplate: Sendable {
  /// Nothing is open.
  case constant(Value)
  /// A map some of whose values are open.
  case map([Field], Value.Origin)
  /// A list some of whose items are open.
  case list([JobTemplate], Value.Origin)
  /// The value of a parameter.
  case parameter(String, Distribution, Value.Origin)
  /// One of several templates: the parameter's internal value says which.
  case choice(String, [JobTemplate], Value.Origin)
  /// The items of a list's place, repeated as often as `count` says; one template per repetition,
  /// as each has parameters of its own.
  case repetition(Count, [[JobTemplate]], Value.Origin)

  /// One key of a map.
  struct Field: Sendable {
    var key: String
    var origin: Value.Origin
    var template: JobTemplate
  }

  /// How often something is repeated.
  enum Count: Sendable {
    case fixed(Int)
    case parameter(String, Distribution)
  }

  /// Whether a parameter decides about some value in it.
  var isOpen: Bool {
    switch self {
    case .constant: false
    case .map, .list, .parameter, .choice, .repetition: true
    }
  }

  /// The value for an assignment.
  ///
  /// A parameter without a value is nothing, as if its key were not there. In a list, an open item
  /// that turns out to be nothing is left out, and one that turns out to be a list is put in item by
  /// item.
  func value(_ assignment: Assignment) -> Value {
    switch self {
    case .constant(let value): return value
    case .map(let fields, let origin):
      var entries: [Value.Entry] = []
      for field in fields {
        entries.append(
          .init(field.key, field.template.value(assignment), origin: field.origin))
      }
      return Value(.map(entries), origin: origin)
    case .list(let items, let origin):
      var values: [Value] = []
      for item in items { values += item.items(assignment) }
      return Value(.list(values), origin: origin)
    case .parameter(let name, let distribution, let origin):
      guard let place = assignment[name] else { return Value(.null, origin: origin) }
      return Value(distribution.value(of: place).kind, origin: origin)
    case .choice(let name, let choices, let origin):
      guard let place = assignment[name] else { return Value(.null, origin: origin) }
      let index = min(max(Int(place.rounded()), 0), choices.count - 1)
      return choices[index].value(assignment)
    case .repetition(_, _, let origin):
      return Value(.list(items(assignment)), origin: origin)
    }
  }

  /// What stands in a list in this template's place.
  private func items(_ assignment: Assignment) -> [Value] {
    switch self {
    case .constant(let value): return [value]
    case .repetition(let count, let bodies, _):
      let number: Int
      switch count {
      case .fixed(let fixed): number = fixed
      case .parameter(let name, let distribution):
        number = assignment[name].flatMap { distribution.value(of: $0).int } ?? 0
      }
      var values: [Value] = []
      for body in bodies.prefix(number) {
        for item in body { values += item.items(assignment) }
      }
      return values
    case .choice:
      let value = value(assignment)
      switch value.kind {
      case .null: return []
      case .list(let items): return items
      default: return [value]
      }
    default: return [value(assignment)]
    }
  }
}
