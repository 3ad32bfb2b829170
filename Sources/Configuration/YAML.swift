private import Yams

extension Value {
  /// Reads a YAML document.
  ///
  /// - Parameter file: the name that error messages give for the text.
  /// - Throws: `ConfigurationError` for text that is no YAML, for a key that stands twice in one
  ///   map, and for an alias to an anchor that does not exist.
  public init(yaml text: String, file: String) throws(ConfigurationError) {
    let node: Node?
    do {
      node = try Yams.compose(yaml: text)
    } catch let error as YamlError {
      throw ConfigurationError(Self.reason(error), origin: .line(Self.line(error), file: file))
    } catch {
      throw ConfigurationError("not YAML: \(error)", origin: .line(1, file: file))
    }
    guard let node else {
      throw ConfigurationError("the file is empty", origin: .line(1, file: file))
    }
    self = try Value(node, file: file)
  }

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
    self = try Value(node, file: "").withOrigin(origin)
  }

  private init(_ node: Node, file: String) throws(ConfigurationError) {
    let origin = Origin.line(node.mark?.line ?? 1, file: file)
    switch node {
    case .scalar(let scalar): self.init(Self.kind(of: scalar, node), origin: origin)
    case .sequence(let sequence):
      var items: [Value] = []
      for item in sequence { items.append(try Value(item, file: file)) }
      self.init(.list(items), origin: origin)
    case .mapping(let mapping):
      var entries: [Entry] = []
      for (key, value) in mapping {
        let place = Origin.line(key.mark?.line ?? 1, file: file)
        guard let name = key.scalar?.string else {
          throw ConfigurationError("a key must be a plain word", origin: place)
        }
        guard !entries.contains(where: { $0.key == name }) else {
          throw ConfigurationError("the key '\(name)' stands twice", origin: place)
        }
        entries.append(Entry(name, try Value(value, file: file), origin: place))
      }
      self.init(.map(entries), origin: origin)
    case .alias:
      throw ConfigurationError("an alias to an anchor that is not there", origin: origin)
    }
  }

  private static func kind(of scalar: Node.Scalar, _ node: Node) -> Kind {
    // A quoted scalar is a text whatever it looks like.
    guard scalar.style == .plain || scalar.style == .any else { return .string(scalar.string) }
    if node.null != nil { return .null }
    if let int = node.int { return .int(int) }
    if let number = node.float { return .number(number) }
    switch scalar.string {
    case "true", "True", "TRUE": return .bool(true)
    case "false", "False", "FALSE": return .bool(false)
    default: return .string(scalar.string)
    }
  }

  private static func line(_ error: YamlError) -> Int {
    switch error {
    case .scanner(_, _, let mark, _), .parser(_, _, let mark, _), .composer(_, _, let mark, _):
      mark.line
    case .duplicatedKeysInMapping(_, let context): context.mark.line
    default: 1
    }
  }

  private static func reason(_ error: YamlError) -> String {
    switch error {
    case .scanner(_, let problem, _, _), .parser(_, let problem, _, _),
      .composer(_, let problem, _, _):
      "not YAML: \(problem)"
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
