package import Configuration

/// All compressions by name.
package enum CompressionRegistry {
  /// Every compression.
  ///
  /// The shared tests run over this list.
  package static let all: [any Compression.Type] = [
    NoCompression.self, BFloat16Compression.self, Int8Compression.self, TopCompression.self,
  ]

  /// Reads a name, alone or with options: `bf16`, `topk: {fraction: 0.01}`.
  ///
  /// - Parameters:
  ///   - value: What the job file has.
  ///   - keyPath: Where.
  ///   - others: What else could stand there, for the error of a name that is not known.
  /// - Returns: The compression.
  /// - Throws: `ConfigurationError` for a name or an option that is not known, or out of its range.
  package static func compression(
    _ value: Value, at keyPath: [String], or others: [String] = []
  ) throws(ConfigurationError) -> any Compression {
    try NamedOptions(value, at: keyPath).read(
      "compression", as: all, name: { $0.name }, telling: all.map { $0.name } + others
    ) {
      (type, options) throws(ConfigurationError) in try type.init(options: &options)
    }
  }
}
