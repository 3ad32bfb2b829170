import Configuration

extension Options {
  /// The names under `key`, a list or a single one; at least one, each once.
  mutating func names(_ key: String) throws(ConfigurationError) -> [String] {
    guard let value = value(key) else {
      throw ConfigurationError(
        "the key '\(key)' is missing: a list of columns of the table", at: keyPath, origin: origin)
    }
    let items: [Value] = if case .list(let items) = value.kind { items } else { [value] }
    var names: [String] = []
    var seen: Set<String> = []
    for item in items {
      guard case .string(let name) = item.kind, !name.isEmpty else {
        throw error("expected names of columns, found \(item.summary)", key, item)
      }
      guard seen.insert(name).inserted else { throw error("'\(name)' is named twice", key, item) }
      names.append(name)
    }
    guard !names.isEmpty else { throw error("at least one column is needed", key, value) }
    return names
  }
}

extension Value {
  /// A list of names as a job file has it.
  static func names(_ names: [String]) -> Value {
    Value(.list(names.map { Value(.string($0)) }))
  }
}
