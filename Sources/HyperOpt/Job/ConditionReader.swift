internal import Configuration

/// Reads what parameters must be: `{training.optimizer: [sgd, adam], depth: {min: 2}}`.
struct ConditionReader {
  /// The parameters that conditions may name.
  let distributions: [String: Distribution]
  /// Their names in the order of the file, for advice.
  let names: [String]

  /// One condition for each key of the map.
  ///
  /// - Parameters:
  ///   - value: The map.
  ///   - keyPath: Where it stands.
  ///   - suffix: `[2]` in the second repetition of some layers: a name means the parameter of the
  ///     same repetition, where there is one.
  /// - Returns: What must hold, all of it.
  /// - Throws: `ConfigurationError` for a name or a value that is not there.
  func conditions(
    _ value: Value, at keyPath: [String], suffix: String = ""
  ) throws(ConfigurationError) -> [Condition] {
    guard case .map(let entries) = value.kind, !entries.isEmpty else {
      throw ConfigurationError(
        "expected parameters with their values, found \(value.summary)", at: keyPath,
        origin: value.origin)
    }
    var result: [Condition] = []
    for entry in entries {
      let name = distributions[entry.key + suffix] == nil ? entry.key : entry.key + suffix
      guard let distribution = distributions[name] else {
        throw ConfigurationError(
          "there is no parameter '\(entry.key)': "
            + Spelling.advice(for: entry.key, among: names), at: keyPath, origin: entry.origin)
      }
      result.append(
        Condition(name, try test(entry.value, of: distribution, at: keyPath + [entry.key])))
    }
    return result
  }

  private func test(
    _ value: Value, of distribution: Distribution, at keyPath: [String]
  ) throws(ConfigurationError) -> Condition.Test {
    switch value.kind {
    case .map: return try range(value, of: distribution, at: keyPath)
    case .list(let items):
      var places: [Double] = []
      for item in items { places.append(try place(item, of: distribution, at: keyPath)) }
      guard !places.isEmpty else {
        throw ConfigurationError("no values: give at least one", at: keyPath, origin: value.origin)
      }
      return .oneOf(places)
    default: return .oneOf([try place(value, of: distribution, at: keyPath)])
    }
  }

  private func place(
    _ value: Value, of distribution: Distribution, at keyPath: [String]
  ) throws(ConfigurationError) -> Double {
    if let place = distribution.internalValue(of: value) { return place }
    throw ConfigurationError(
      "\(value.summary) is none of the parameter's values: \(distribution.words)", at: keyPath,
      origin: value.origin)
  }

  private func range(
    _ value: Value, of distribution: Distribution, at keyPath: [String]
  ) throws(ConfigurationError) -> Condition.Test {
    var options = try Options(value, at: keyPath)
    let largest = Double.greatestFiniteMagnitude
    let low = try options.number("min", default: -largest)
    let high = try options.number("max", default: largest)
    try options.finish()
    guard low <= high else { throw options.error("min \(low) > max \(high): exchange them", "min") }
    switch distribution {
    case .float, .int: return .within(low...high)
    case .categorical(let choices), .ordinal(let choices):
      let places = choices.indices.filter { index in
        choices[index].number.map { (low...high).contains($0) } ?? false
      }
      guard !places.isEmpty else {
        throw ConfigurationError(
          "none of the parameter's values lies in that range: \(distribution.words)", at: keyPath,
          origin: value.origin)
      }
      return .oneOf(places.map { Double($0) })
    }
  }
}
