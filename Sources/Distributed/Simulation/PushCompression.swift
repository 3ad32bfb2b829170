private import Configuration

/// What a message between nodes costs under a compression: bytes on the link, and time of a core.
package struct PushCompression: Sendable, Equatable {
  /// The name, as it was read: `int8`, `topk:0.01`, `int8/bf16`.
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
  package static let none = PushCompression(name: "none", push: Way(), pull: Way())

  /// One direction: bytes, and seconds of a core to encode and to decode, for each parameter.
  private struct Way {
    var bytes = 4.0
    var encoding = 0.0
    var decoding = 0.0
  }

  private init(name: String, push: Way, pull: Way) {
    self.name = name
    pushBytes = push.bytes
    pullBytes = pull.bytes
    nodeSeconds = push.encoding + pull.decoding
    serverSeconds = push.decoding + pull.encoding
  }

  /// Reads `none`, `bf16`, `int8`, `topk` or `topk:FRACTION`; two with a slash are those of pushes and of
  /// answers.
  ///
  /// A top-k alone is for pushes only: weights that an answer leaves out would be missing.
  /// - Throws: `DistributedError` (64) for anything else.
  package init(_ text: String) throws(DistributedError) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    guard (1...2).contains(parts.count) else {
      throw ClusterModel.error("'\(text)' is no compression: write PUSH/PULL, such as int8/bf16")
    }
    let push = try Self.way(parts[0])
    let isTop = parts[0].hasPrefix("topk")
    let pull = parts.count == 2 ? try Self.way(parts[1]) : isTop ? try Self.way("none") : push
    self.init(name: text, push: push, pull: pull)
  }

  private static func way(_ text: String) throws(DistributedError) -> Way {
    switch text {
    case "none": return Way()
    case "bf16": return Way(bytes: 2, encoding: 0.5e-9, decoding: 0.5e-9)
    // A scale for each 256 values.
    case "int8": return Way(bytes: 1 + 4.0 / 256, encoding: 1e-9, decoding: 0.5e-9)
    case "topk": return try way("topk:0.01")
    default:
      let parts = text.split(separator: ":", maxSplits: 1).map(String.init)
      if parts.count == 2, parts[0] == "topk" {
        guard let fraction = Double(parts[1]), fraction > 0, fraction <= 1 else {
          throw ClusterModel.error("the fraction of '\(text)' is not above 0 and at most 1")
        }
        // A value and its place; the largest of all are looked for, few are added.
        return Way(bytes: 8 * fraction, encoding: 4e-9, decoding: 2e-9 * fraction)
      }
      let advice = Spelling.advice(for: text, among: ["none", "bf16", "int8", "topk"])
      throw ClusterModel.error("unknown compression '\(text)': \(advice)")
    }
  }
}
