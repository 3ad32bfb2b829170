extension Value {
  /// Replaces or adds one setting, as `--set training.optimizer.adam.learning_rate=0.01` says.
  ///
  /// Path components are separated by dots; a number selects an item of a list, counted from 0.
  /// Maps that are missing on the way are made. Whether the key is known is checked later, with all
  /// others, when the file is decoded.
  /// - Throws: `ConfigurationError` when there is no `=`, the path is empty, or it runs through a
  ///   value that has no keys.
  public mutating func apply(override text: String) throws(ConfigurationError) {
    let origin = Origin.override(text)
    guard let equals = text.firstIndex(of: "=") else {
      throw ConfigurationError("expected key.path=value", origin: origin)
    }
    let path = text[..<equals].split(separator: ".", omittingEmptySubsequences: false).map(
      String.init)
    guard !path.contains("") else {
      throw ConfigurationError("expected key.path=value", origin: origin)
    }
    let value = try Value(yamlOverride: String(text[text.index(after: equals)...]), origin: origin)
    try replace(path[...], with: value, origin: origin, done: [])
  }

  private mutating func replace(
    _ path: ArraySlice<String>, with value: Value, origin: Origin, done: [String]
  ) throws(ConfigurationError) {
    guard let key = path.first else {
      self = value
      return
    }
    let rest = path.dropFirst()
    switch kind {
    case .map(var entries):
      if let index = entries.firstIndex(where: { $0.key == key }) {
        try entries[index].value.replace(rest, with: value, origin: origin, done: done + [key])
      } else if !done.isEmpty, self["search"] != nil {
        return try replaceInChoices(path, with: value, origin: origin, done: done)
      } else {
        var child = Value(.null, origin: origin)
        try child.replace(rest, with: value, origin: origin, done: done + [key])
        entries.append(Entry(key, child, origin: origin))
      }
      kind = .map(entries)
    case .null:
      kind = .map([])
      try replace(path, with: value, origin: origin, done: done)
    case .list(var items):
      guard let index = Int(key), items.indices.contains(index) else {
        throw ConfigurationError(
          "'\(key)' is no item of a list of \(items.count) (counted from 0)", at: done,
          origin: origin)
      }
      try items[index].replace(rest, with: value, origin: origin, done: done + [key])
      kind = .list(items)
    case .string(let name) where key == name:
      // `- relu` may be given options from outside: it becomes `- relu: {…}`.
      var child = Value(.null, origin: origin)
      try child.replace(rest, with: value, origin: origin, done: done + [key])
      kind = .map([Entry(key, child, origin: origin)])
    default:
      throw ConfigurationError("\(summary) has no key '\(key)'", at: done, origin: origin)
    }
  }

  /// In place of the value there is a searched one: the path leads through those of its choices that
  /// have the key, as in `training.optimizer.adam.learning_rate`.
  private mutating func replaceInChoices(
    _ path: ArraySlice<String>, with value: Value, origin: Origin, done: [String]
  ) throws(ConfigurationError) {
    guard case .map(var entries) = kind, let key = path.first,
      let place = entries.firstIndex(where: { $0.key == "choices" }),
      case .list(var choices) = entries[place].value.kind
    else {
      throw ConfigurationError(
        "the value is searched: replace it as a whole", at: done, origin: origin)
    }
    var isThere = false
    for index in choices.indices {
      let fits =
        switch choices[index].kind {
        case .map: choices[index][key] != nil
        case .string(let name): name == key
        case .list(let items): Int(key).map(items.indices.contains) ?? false
        default: false
        }
      guard fits else { continue }
      try choices[index].replace(path, with: value, origin: origin, done: done)
      isThere = true
    }
    guard isThere else {
      throw ConfigurationError(
        "none of the choices has a key '\(key)'", at: done, origin: origin)
    }
    entries[place].value.kind = .list(choices)
    kind = .map(entries)
  }
}
