public import Configuration

extension SearchJob {
  /// Whether a job file has a section `search` or a searched value.
  public static func isSearch(_ value: Value) -> Bool {
    if value["search"] != nil { return true }
    guard let open = try? OpenJob(value) else { return hasMarker(value, isRoot: true) }
    return !open.found.isEmpty
  }

  /// The tree of a job file with every searched value at its default: what `sounder train` trains.
  ///
  /// - Throws: `ConfigurationError` that names the searched values without a default.
  public static func defaultValue(_ value: Value) throws(ConfigurationError) -> Value {
    guard isSearch(value) else { return value }
    let open = try OpenJob(value)
    if value["search"]?["command"] != nil {
      throw ConfigurationError(
        "this job tunes a command and has nothing to train: run `sounder search`",
        at: ["search", "command"], origin: value["search"]?["command"]?.origin ?? .code)
    }
    guard !open.found.isEmpty else { return open.template.value(Assignment()) }
    var missing: [String] = []
    let space = try open.space(forbidding: nil, origin: value.origin)
    let assignment = space.assignment { parameter in
      if parameter.defaultValue == nil, parameter.name != open.ranksParameter {
        missing.append(parameter.name)
      }
      return parameter.defaultValue ?? .nan
    }
    guard let first = missing.first else { return open.template.value(assignment) }
    throw ConfigurationError(
      "no `default:` is given for \(missing.joined(separator: ", ")): add one to train this job, "
        + "replace the value by --set, or run `sounder search`",
      origin: open.origins[first] ?? .code)
  }

  private static func hasMarker(_ value: Value, isRoot: Bool) -> Bool {
    if !isRoot, SearchMarker.stands(in: value) { return true }
    switch value.kind {
    case .map(let entries): return entries.contains { hasMarker($0.value, isRoot: false) }
    case .list(let items): return items.contains { hasMarker($0, isRoot: false) }
    default: return false
    }
  }
}
