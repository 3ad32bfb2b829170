import Configuration
import Distributed
import NN

/// Compressions on arrays, for tests: what is sent and what arrives.
struct CompressedNumbers {
  let compression: any Compression

  /// Every kind, and options that change what a message looks like.
  static let names = [
    "none", "bf16", "int8", "{int8: {block: 16}}", "topk", "{topk: {fraction: 0.2}}",
  ]

  /// Reads a compression as a job file has it.
  init(_ name: String) throws {
    compression = try CompressionRegistry.compression(
      try Value(yaml: name, file: "job.yaml"), at: ["compression"])
  }

  /// The message of the values and a residual, which becomes the next one.
  func message(_ values: [Float], residual: inout [Float]) -> [UInt8] {
    residual.withUnsafeMutableBufferPointer { message(values, residual: $0.baseAddress) }
  }

  /// The message of the values; what it does not hold is lost.
  func message(_ values: [Float]) -> [UInt8] { message(values, residual: nil) }

  private func message(_ values: [Float], residual: UnsafeMutablePointer<Float>?) -> [UInt8] {
    // At an odd address: messages lie behind each other, and their lengths are any.
    var bytes = [UInt8](repeating: 0xaa, count: compression.byteLimit(count: values.count) + 1)
    let length = values.withUnsafeBufferPointer { values in
      bytes.withUnsafeMutableBytes { bytes in
        values.baseAddress.map {
          compression.encode(
            $0, count: values.count, residual: residual,
            into: UnsafeMutableRawBufferPointer(rebasing: bytes[1...]))
        } ?? 0
      }
    }
    return Array(bytes[1...length])
  }

  /// What arrives, or what `target` becomes when it is added.
  func decoded(_ message: [UInt8], count: Int, addedTo target: [Float]? = nil) throws -> [Float] {
    var values = target ?? [Float](repeating: .nan, count: count)
    let bytes = [0] + message
    try values.withUnsafeMutableBufferPointer { values in
      try bytes.withUnsafeBytes { bytes in
        guard let values = values.baseAddress else { return }
        let message = UnsafeRawBufferPointer(rebasing: bytes[1...])
        if target == nil {
          try compression.decode(message, into: values, count: count)
        } else {
          try compression.add(message, to: values, count: count)
        }
      }
    }
    return values
  }

  /// Normal numbers, of which some are much larger than the others.
  static func values(_ count: Int, seed: UInt64 = 1) -> [Float] {
    var generator = RandomGenerator(seed: seed)
    return (0..<count).map { _ in
      Float(generator.normal() * (generator.uniform() < 0.1 ? 100 : 1))
    }
  }
}
