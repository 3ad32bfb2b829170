private import Configuration

/// What a message between nodes costs under a compression: bytes on the link, and time of a core.
package struct PushCompression: Sendable, Equatable {
  /// The name, as it was read: `int8`, `{push: int8, pull: bf16}`.
  package let name: String
  /// Bytes of a parameter in a push.
  package let pushBytes: Double
  /// Bytes of a parameter in the answer.
  package let pullBytes: Double
  /// Seconds of a node's core for each parameter: encoding a push and decoding the answer.
  package let nodeSeconds: Double
  /// Seconds of a server's core for each parameter: decoding a push and encoding the answer.
  package let serverSeconds: Double

  /// Floats as they are.
  package static let none = PushCompression(
    name: "none", push: NoCompression(), pull: NoCompression())

  private init(name: String, push: any Compression, pull: any Compression) {
    self.name = name
    pushBytes = Self.bytes(push)
    pullBytes = Self.bytes(pull)
    nodeSeconds = Self.codingSeconds(push).encoding + Self.codingSeconds(pull).decoding
    serverSeconds = Self.codingSeconds(push).decoding + Self.codingSeconds(pull).encoding
  }

  /// Reads what stands in a job file behind `distribution.compression`.
  ///
  /// - Throws: `ConfigurationError` for anything else.
  package init(_ text: String, at keyPath: [String]) throws {
    let value = try Value(yaml: text, file: keyPath.joined(separator: "."))
    let configuration = try CompressionConfiguration(value, at: keyPath)
    self.init(name: text, push: configuration.push, pull: configuration.pull)
  }

  /// Bytes of a parameter in a message of many, without its header.
  private static func bytes(_ compression: any Compression) -> Double {
    let count = 1 << 24
    let kept = compression.numberLimit(count: count)
    return Double(compression.payloadByteCount(count: count, numberCount: kept)) / Double(count)
  }

  /// Seconds of a core to encode and to decode a parameter; `sounder bench compression` measures them.
  private static func codingSeconds(
    _ compression: any Compression
  ) -> (encoding: Double, decoding: Double) {
    switch compression {
    case is BFloat16Compression: (0.5e-9, 0.5e-9)
    case is Int8Compression: (1e-9, 0.5e-9)
    // The largest of all are looked for, few are added.
    case let top as TopCompression: (4e-9, 2e-9 * top.fraction)
    default: (0, 0)
    }
  }
}
