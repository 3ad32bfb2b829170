/// One item of a list in which each item is a name, alone or with options.
///
/// `- standardize` and `- dense: {units: 256, activation: relu}` are both items.
public struct NamedOptions {
  /// The item's name: `dense`.
  public let name: String
  /// What stands behind the name.
  public var options: Options
  /// Where the item stands.
  public let origin: Value.Origin

  /// Reads a name, alone or as the single key of a map.
  public init(_ value: Value, at keyPath: [String]) throws(ConfigurationError) {
    origin = value.origin
    switch value.kind {
    case .string(let name):
      self.name = name
      options = try Options(Value(.null, origin: value.origin), at: keyPath + [name])
    case .map(let entries) where entries.count == 1:
      name = entries[0].key
      options = try Options(entries[0].value, at: keyPath + [name])
    default:
      throw ConfigurationError(
        "expected a name, alone or with its options, found \(value.summary)", at: keyPath,
        origin: value.origin)
    }
  }

  /// What the kind of that name makes of the options, all of which it must know.
  ///
  /// - Parameters:
  ///   - what: What the kinds are called in an error: `layer`.
  ///   - kinds: A registry: one of them must have the item's name.
  ///   - name: A kind's name.
  ///   - names: The names that an error tells; nil: those of all kinds.
  ///   - make: Reads the options of a kind.
  /// - Returns: What `make` gives.
  /// - Throws: `ConfigurationError` for a name or an option that is not known, or what `make` throws.
  public func read<Kind, Member>(
    _ what: String, as kinds: [Kind], name: (Kind) -> String, telling names: [String]? = nil,
    _ make: (Kind, inout Options) throws(ConfigurationError) -> Member
  ) throws(ConfigurationError) -> Member {
    guard let kind = kinds.first(where: { name($0) == self.name }) else {
      throw unknown(what, among: names ?? kinds.map(name))
    }
    var options = options
    let member = try make(kind, &options)
    try options.finish()
    return member
  }

  /// The error for a name that is not known.
  public func unknown(_ what: String, among names: [String]) -> ConfigurationError {
    ConfigurationError(
      "unknown \(what) '\(name)': \(Spelling.advice(for: name, among: names))",
      at: Array(options.keyPath.dropLast()), origin: origin)
  }
}
