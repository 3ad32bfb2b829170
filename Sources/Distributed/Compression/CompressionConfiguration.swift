package import Configuration

/// `distribution.compression`: how numbers go between nodes, in each direction.
///
/// `int8` is meant for both directions; `{push: int8, pull: bf16}` names them, and one that is left out is not
/// compressed.
package struct CompressionConfiguration: Sendable {
  /// What a node sends to the servers: the change of its weights.
  package var push: any Compression
  /// What the servers send to a node: the weights.
  package var pull: any Compression

  /// Reads what stands behind the key; nil: nothing is compressed.
  package init(_ value: Value?, at keyPath: [String]) throws(ConfigurationError) {
    guard let value else {
      (push, pull) = (NoCompression(), NoCompression())
      return
    }
    guard Self.namesDirections(value) else {
      push = try CompressionRegistry.compression(value, at: keyPath, or: ["push", "pull"])
      pull = push
      return
    }
    var options = try Options(value, at: keyPath)
    push = try options.compression("push")
    pull = try options.compression("pull")
    try options.finish()
  }

  /// Whether a direction is compressed.
  package var isAny: Bool { !type(of: push).isExact || !type(of: pull).isExact }

  /// Both directions as a tree.
  package var value: Value { ["push": push.namedValue, "pull": pull.namedValue] }

  /// Whether the value is a map of directions, and not a name with its options.
  private static func namesDirections(_ value: Value) -> Bool {
    guard case .map(let entries) = value.kind else { return false }
    if entries.contains(where: { $0.key == "push" || $0.key == "pull" }) { return true }
    guard entries.count == 1, let only = entries.first else { return true }
    // `{psuh: int8}` is a misspelt direction: options are a map.
    if case .map = only.value.kind { return false }
    return !CompressionRegistry.all.contains { $0.name == only.key }
  }
}

extension Options {
  /// The compression under `key`; none where the key is absent.
  fileprivate mutating func compression(
    _ key: String
  ) throws(ConfigurationError) -> any Compression {
    guard let value = value(key) else { return NoCompression() }
    return try CompressionRegistry.compression(value, at: keyPath + [key])
  }
}
