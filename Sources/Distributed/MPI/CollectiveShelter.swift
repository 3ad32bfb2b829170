/// Memory for collectives that a rank may be called out of: what the others send can still come then.
///
/// One block, which is used again and again; one that is not given back is never freed.
final class CollectiveShelter {
  private var block: UnsafeMutableRawBufferPointer?

  /// A block of at least `byteCount` bytes, aligned to 16.
  func take(byteCount: Int) -> UnsafeMutableRawBufferPointer {
    defer { block = nil }
    if let block, block.count >= byteCount { return block }
    block?.deallocate()
    return .allocate(byteCount: max(byteCount, 64), alignment: 16)
  }

  /// The block is nobody's any more.
  func give(_ block: UnsafeMutableRawBufferPointer) { self.block = block }

  deinit { block?.deallocate() }
}

@available(*, unavailable)
extension CollectiveShelter: Sendable {}
