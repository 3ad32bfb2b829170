private import Yams

extension Value {
  /// Reads a YAML document.
  ///
  /// Numbers are those of YAML 1.2: `010` is ten and `1:30` is a text.
  /// - Parameters:
  ///   - text: The document.
  ///   - file: The name that error messages give for the text.
  /// - Throws: `ConfigurationError` for text that is no YAML, for a key that stands twice in one
  ///   map, for an alias to an anchor that does not exist, and for a document that its aliases
  ///   blow up beyond a hundred thousand values.
  public init(yaml text: String, file: String) throws(ConfigurationError) {
    let node: Node?
    do {
      node = try Yams.compose(yaml: text)
    } catch let error as YamlError {
      throw ConfigurationError(
        Self.reason(error), origin: .line(Self.line(error, text), file: file))
    } catch {
      throw ConfigurationError("not YAML: \(error)", origin: .line(1, file: file))
    }
    guard let node else {
      throw ConfigurationError("the file is empty", origin: .line(1, file: file))
    }
    var budget = Self.largestDocument
    self = try Value(node, file: file, budget: &budget)
  }

  private static var largestDocument: Int { 100_000 }

  /// Reads the right side of `--set key=value` as YAML.
  init(yamlOverride text: String, origin: Origin) throws(ConfigurationError) {
    let node: Node?
    do { node = try Yams.compose(yaml: text) } catch {
      throw ConfigurationError("'\(text)' is not a YAML value", origin: origin)
    }
    guard let node else {
      self.init(.null, origin: origin)
      return
    }
    var budget = Self.largestDocument
    do { self = try Value(node, file: "", budget: &budget).withOrigin(origin) } catch {
      throw ConfigurationError(error.message, at: error.keyPath, origin: origin)
    }
  }

  private init(_ node: Node, file: String, budget: inout Int) throws(ConfigurationError) {
    let origin = Origin.line(node.mark?.line ?? 1, file: file)
    budget -= 1
    guard budget >= 0 else {
      throw ConfigurationError(
        "more than \(Self.largestDocument) values: is an alias repeated too often?",
        origin: origin)
    }
    let tag = node.tag.rawValue
    guard tag.isEmpty || tag.hasPrefix("tag:yaml.org,2002:") else {
      throw ConfigurationError("the tag '\(tag)' has no meaning here", origin: origin)
    }
    switch node {
    case .scalar(let scalar): self.init(Self.kind(of: scalar), origin: origin)
    case .sequence(let sequence):
      var items: [Value] = []
      for item in sequence { items.append(try Value(item, file: file, budget: &budget)) }
      self.init(.list(items), origin: origin)
    case .mapping(let mapping):
      var entries: [Entry] = []
      var names: Set<String> = []
      for (key, value) in mapping {
        let place = Origin.line(key.mark?.line ?? 1, file: file)
        guard let name = key.scalar?.string else {
          throw ConfigurationError("a key must be a plain word", origin: place)
        }
        guard names.insert(name).inserted else {
          throw ConfigurationError("the key '\(name)' stands twice", origin: place)
        }
        entries.append(
          Entry(name, try Value(value, file: file, budget: &budget), origin: place))
      }
      self.init(.map(entries), origin: origin)
    case .alias:
      throw ConfigurationError("an alias to an anchor that is not there", origin: origin)
    }
  }

  /// The core schema of YAML 1.2.
  private static func kind(of scalar: Node.Scalar) -> Kind {
    // A quoted scalar is a text whatever it looks like.
    guard scalar.style == .plain || scalar.style == .any else { return .string(scalar.string) }
    switch scalar.string {
    case "", "~", "null", "Null", "NULL": return .null
    case "true", "True", "TRUE": return .bool(true)
    case "false", "False", "FALSE": return .bool(false)
    case ".nan", ".NaN", ".NAN": return .number(.nan)
    case ".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF": return .number(.infinity)
    case "-.inf", "-.Inf", "-.INF": return .number(-.infinity)
    default: return number(scalar.string) ?? .string(scalar.string)
    }
  }

  private static func number(_ text: String) -> Kind? {
    if text.hasPrefix("0x") { return Int(text.dropFirst(2), radix: 16).map { .int($0) } }
    if text.hasPrefix("0o") { return Int(text.dropFirst(2), radix: 8).map { .int($0) } }
    // Swift's own readers know words (`nan`, `infinity`) and hexadecimal fractions as well.
    guard text.utf8.contains(where: { (48...57).contains($0) }),
      text.utf8.allSatisfy({ (48...57).contains($0) || "+-.eE".utf8.contains($0) })
    else { return nil }
    if let int = Int(text) { return .int(int) }
    return Double(text).map { .number($0) }
  }

  private static func line(_ error: YamlError, _ text: String) -> Int {
    switch error {
    case .scanner(_, _, let mark, _), .parser(_, _, let mark, _), .composer(_, _, let mark, _):
      return mark.line
    case .duplicatedKeysInMapping(let duplicates, let context):
      return lineOfSecond(duplicates.first ?? "", inMapAt: context.mark, text) ?? context.mark.line
    default: return 1
    }
  }

  /// Yams names the map in which a key stands twice; in a block map the keys share one column.
  private static func lineOfSecond(_ key: String, inMapAt mark: Mark, _ text: String) -> Int? {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    guard lines.indices.contains(mark.line - 1) else { return nil }
    var count = 0
    for (index, line) in lines.enumerated().dropFirst(mark.line - 1) {
      guard line.dropFirst(mark.column - 1).hasPrefix(key + ":") else { continue }
      count += 1
      if count == 2 { return index + 1 }
    }
    return nil
  }

  private static func reason(_ error: YamlError) -> String {
    switch error {
    case .scanner(_, let problem, _, _), .parser(_, let problem, _, _),
      .composer(_, let problem, _, _):
      "not YAML: \(problem)"
    case .reader(let problem, _, _, _): "not YAML: \(problem)"
    case .duplicatedKeysInMapping(let duplicates, _):
      "the key '\(duplicates.first ?? "?")' stands twice"
    default: "not YAML: \(error)"
    }
  }

  private func withOrigin(_ origin: Origin) -> Value {
    switch kind {
    case .list(let items): Value(.list(items.map { $0.withOrigin(origin) }), origin: origin)
    case .map(let entries):
      Value(
        .map(entries.map { Entry($0.key, $0.value.withOrigin(origin), origin: origin) }),
        origin: origin)
    default: Value(kind, origin: origin)
    }
  }
}
