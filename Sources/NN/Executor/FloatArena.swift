internal import CKernels

/// Memory for floats that lives as long as the arena: planned when a network is compiled, never
/// during a step.
///
/// Every block starts at a multiple of 64 bytes and is zeroed. Large blocks lie together in huge
/// pages where the system grants them: a step walks through megabytes, and looking pages up costs.
public final class FloatArena {
  private var slabs: [UnsafeMutableRawPointer] = []
  private var free: UnsafeMutableRawPointer?
  private var freeByteCount = 0
  /// The bytes handed out so far.
  public private(set) var byteCount = 0

  private static let hugePageByteCount = 2 << 20
  /// From here on a block goes into huge pages.
  private static let largeByteCount = 64 << 10

  /// Makes an arena without memory.
  public init() {}

  /// A zeroed block of `count` floats, aligned to 64 bytes, freed with the arena.
  public func allocate(_ count: Int) -> UnsafeMutableBufferPointer<Float> {
    let byteCount = max(64, (count * MemoryLayout<Float>.stride + 63) / 64 * 64)
    let block = byteCount < Self.largeByteCount ? slab(byteCount, 64) : part(byteCount)
    block.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount)
    self.byteCount += byteCount
    return UnsafeMutableBufferPointer(
      start: block.bindMemory(to: Float.self, capacity: byteCount / 4), count: count)
  }

  /// The next bytes of the slab of huge pages, or of a new one.
  private func part(_ byteCount: Int) -> UnsafeMutableRawPointer {
    if let start = free, byteCount <= freeByteCount {
      free = start + byteCount
      freeByteCount -= byteCount
      return start
    }
    let page = Self.hugePageByteCount
    let length = (byteCount + page - 1) / page * page
    let start = slab(length, page)
    ck_use_huge_pages(start, length)
    free = start + byteCount
    freeByteCount = length - byteCount
    return start
  }

  private func slab(_ byteCount: Int, _ alignment: Int) -> UnsafeMutableRawPointer {
    let block = UnsafeMutableRawPointer.allocate(byteCount: byteCount, alignment: alignment)
    slabs.append(block)
    return block
  }

  deinit {
    for slab in slabs { slab.deallocate() }
  }
}
