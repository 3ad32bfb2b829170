internal import Configuration

/// The map that stands in a job file in place of a searched value:
/// `{search: log-float, low: 1e-4, high: 1, default: 0.01}`.
struct SearchMarker {
  /// The kinds of parameters by their names in a job file.
  enum Kind: String, CaseIterable {
    case float, logFloat = "log-float", int, logInt = "log-int", categorical, ordinal, boolean
  }

  let kind: Kind
  /// What the user calls it; nil to be called after its place.
  let name: String?
  let distribution: Distribution
  /// What the choices stand for, as they were written; nil for numbers.
  let choices: [Value]?
  let defaultValue: Double?
  /// `shared`: whether all repetitions of some layers have this value in common.
  let isShared: Bool
  /// `when`: what other parameters must be; read when all are known.
  let when: Value?
  let origin: Value.Origin

  /// Whether `value` is such a map.
  static func stands(in value: Value) -> Bool { value["search"] != nil }

  /// Reads the map.
  init(_ value: Value, at keyPath: [String]) throws(ConfigurationError) {
    var options = try Options(value, at: keyPath)
    origin = value.origin
    let word = try options.choice("search", among: Kind.allCases.map(\.rawValue))
    kind = Kind(rawValue: word) ?? .float
    name = options.value("name") == nil ? nil : try options.string("name")
    if let name, name.isEmpty { throw options.error("a name needs at least one letter", "name") }
    var choices: [Value]?
    switch kind {
    case .float, .logFloat: distribution = try Self.float(&options, isLog: kind == .logFloat)
    case .int, .logInt: distribution = try Self.int(&options, isLog: kind == .logInt)
    case .boolean: distribution = .boolean
    case .categorical, .ordinal:
      guard options.contains("choices") else {
        throw options.error("the key 'choices' is missing", "choices")
      }
      let given = try options.list("choices")
      guard !given.isEmpty else { throw options.error("no choices: give at least one", "choices") }
      for (index, choice) in given.enumerated() where given[..<index].contains(choice) {
        throw options.error(
          "the choice \(Self.label(choice).summary) stands twice", "choices", choice)
      }
      let labels = Self.labels(given)
      distribution = kind == .ordinal ? .ordinal(labels) : .categorical(labels)
      choices = given
    }
    self.choices = choices
    // An explicit null may be a choice, so that it is the default, too.
    if let wanted = value["default"] {
      _ = options.value("default")
      var place = distribution.internalValue(of: wanted)
      if place == nil { place = choices?.firstIndex(of: wanted).map { Double($0) } }
      guard let place else {
        throw options.error(
          "\(wanted.summary) is none of the values: \(distribution.words)", "default")
      }
      defaultValue = place
    } else {
      defaultValue = nil
    }
    isShared = try options.bool("shared", default: false)
    when = options.value("when")
    try options.finish()
  }

  private static func float(
    _ options: inout Options, isLog: Bool
  ) throws(ConfigurationError) -> Distribution {
    let low = try options.number("low")
    let high = try options.number("high")
    guard low <= high else {
      throw options.error("low \(low) > high \(high): exchange them", "low")
    }
    if isLog {
      try checkLog(low, options)
      return .float(low: low, high: high, log: true)
    }
    guard (high - low).isFinite else { throw options.error("the range is too wide", "high") }
    let step = options.value("step") == nil ? nil : try options.number("step")
    if let step {
      guard step > 0 else { throw options.error("\(step) must be above 0", "step") }
      guard (high - low) / step < 0x1p53 else {
        throw options.error("\(step) is too small", "step")
      }
    }
    return .float(low: low, high: high, step: step)
  }

  private static func int(
    _ options: inout Options, isLog: Bool
  ) throws(ConfigurationError) -> Distribution {
    // Doubles hold whole numbers exactly up to 2^53.
    let limit = 1 << 53
    let low = try options.int("low", in: -limit...limit)
    let high = try options.int("high", in: -limit...limit)
    guard low <= high else {
      throw options.error("low \(low) > high \(high): exchange them", "low")
    }
    if isLog {
      try checkLog(Double(low), options)
      return .int(low: low, high: high, log: true)
    }
    return .int(low: low, high: high, step: try options.int("step", default: 1, in: 1...limit))
  }

  private static func checkLog(_ low: Double, _ options: Options) throws(ConfigurationError) {
    guard low > 0 else {
      throw options.error("a logarithmic range cannot include 0: low must be above 0", "low")
    }
    if options.contains("step") {
      throw options.error("a logarithmic range has no steps: remove the key", "step")
    }
  }

  /// What a study calls the choices: scalars as they are, others by a name.
  private static func labels(_ choices: [Value]) -> [Value] {
    let names = choices.map(label)
    return choices.indices.map { index in
      let isUnique = names.indices.allSatisfy { $0 == index || names[$0] != names[index] }
      return isUnique ? names[index] : Value(.string(choices[index].json))
    }
  }

  /// `{adam: {...}}` is `adam`, `[scale: ..., standardize]` is `scale+standardize`.
  private static func label(_ choice: Value) -> Value {
    switch choice.kind {
    case .null, .bool, .int, .number, .string: return Value(choice.kind)
    case .map(let entries):
      return Value(.string(entries.count == 1 ? entries[0].key : choice.json))
    case .list(let items):
      if items.isEmpty { return "none" }
      var names: [String] = []
      for item in items {
        switch item.kind {
        case .string(let name): names.append(name)
        case .map(let entries) where entries.count == 1: names.append(entries[0].key)
        default: return Value(.string(choice.json))
        }
      }
      return Value(.string(names.joined(separator: "+")))
    }
  }
}

extension Distribution {
  /// The values in a user's words: `1e-4 ... 1 (log)`, `sgd, adam`.
  package var words: String {
    switch self {
    case .float(let low, let high, let isLog, let step):
      return "\(low) ... \(high)" + (isLog ? " (log)" : "") + (step.map { " step \($0)" } ?? "")
    case .int(let low, let high, let isLog, let step):
      return "\(low) ... \(high)" + (isLog ? " (log)" : "") + (step > 1 ? " step \(step)" : "")
    case .categorical(let choices), .ordinal(let choices):
      return choices.map(\.plainText).joined(separator: ", ")
    }
  }
}
