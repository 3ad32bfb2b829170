import AllocationCounter
import Configuration
import Distributed

/// Counts what a hundred messages of each compression allocate, sent and received: none.
enum CompressionScenario {
  /// Throws when a compression allocates; with `leaks` each message also makes one allocation.
  static func run(leaks: Bool = false) throws {
    guard allocation_counts() == 1 else { return }
    for type in CompressionRegistry.all {
      let compression = try CompressionRegistry.compression(
        Value(.string(type.name)), at: ["compression"])
      let made = try count(compression, leaks: leaks)
      guard made == (leaks ? 100 : 0) else {
        throw DistributedError("100 messages of \(type.name) made \(made) allocations")
      }
    }
  }

  private static func count(_ compression: any Compression, leaks: Bool) throws -> Int {
    let count = 1000
    let floats = UnsafeMutablePointer<Float>.allocate(capacity: 5 * count)
    defer { floats.deallocate() }
    for place in 0..<5 * count { floats[place] = Float(place % 17) }
    let (values, residual) = (floats, floats + count)
    let (received, known, scratch) = (floats + 2 * count, floats + 3 * count, floats + 4 * count)
    let bytes = UnsafeMutableRawBufferPointer.allocate(
      byteCount: compression.byteLimit(count: count), alignment: 16)
    defer { bytes.deallocate() }
    let before = allocation_count()
    for step in 0..<100 {
      let length =
        step % 2 == 0
        ? compression.encode(values, count: count, residual: residual, into: bytes)
        : compression.encodeChange(
          to: values, from: known, scratch: scratch, count: count, into: bytes)
      let message = UnsafeRawBufferPointer(rebasing: bytes[..<length])
      try compression.add(message, to: received, count: count)
      try compression.decode(message, into: received, count: count)
      if leaks { allocation_make_one() }
    }
    return Int(allocation_count() - before)
  }
}
