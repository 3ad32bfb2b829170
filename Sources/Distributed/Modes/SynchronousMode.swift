package import Configuration

/// All workers' gradients are averaged at every step.
package struct SynchronousMode: ExchangeMode {
  package static let name = "sync"
  package static let sharesMemory = false
  package static let keepsStateInMemory = true

  /// `bucket`: about the bytes of gradient that one reduction sums.
  package let bucketByteCount: Int
  /// What it is by default.
  package static let defaultBucketByteCount = 1 << 20

  package init(options: inout Options) throws(ConfigurationError) {
    bucketByteCount = try options.byteCount(
      "bucket", default: Self.defaultBucketByteCount, in: 1 << 10...1 << 30)
  }

  package var entries: [Value.Entry] {
    let (count, rest) = bucketByteCount.quotientAndRemainder(dividingBy: 1 << 20)
    return [
      .init("bucket", rest == 0 ? Value(.string("\(count) MiB")) : Value(.int(bucketByteCount)))
    ]
  }

  /// All make as many steps as the busiest.
  package func optimizerSteps(batchCounts: [Int]) -> Int { batchCounts.max() ?? 0 }

  package func ownFloats(slotCount: Int) -> Int { 1 + slotCount }

  package func exchange(_ parts: ExchangeParts) -> any Exchange {
    SynchronousExchange(
      memory: parts.memory, gradient: parts.gradient, optimizer: parts.optimizer,
      bucketByteCount: bucketByteCount, reduction: parts.reduction, groups: parts.groups)
  }
}
