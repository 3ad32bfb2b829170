/// Memory for floats that lives as long as the arena: planned when a network is compiled, never
/// during a step.
///
/// Every block starts at a multiple of 64 bytes and is zeroed.
public final class FloatArena {
  private var blocks: [UnsafeMutableRawPointer] = []
  /// The bytes handed out so far.
  public private(set) var byteCount = 0

  /// Makes an arena without memory.
  public init() {}

  /// A zeroed block of `count` floats, aligned to 64 bytes, freed with the arena.
  public func allocate(_ count: Int) -> UnsafeMutableBufferPointer<Float> {
    let byteCount = max(64, (count * MemoryLayout<Float>.stride + 63) / 64 * 64)
    let block = UnsafeMutableRawPointer.allocate(byteCount: byteCount, alignment: 64)
    block.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount)
    blocks.append(block)
    self.byteCount += byteCount
    return UnsafeMutableBufferPointer(
      start: block.bindMemory(to: Float.self, capacity: byteCount / 4), count: count)
  }

  deinit {
    for block in blocks { block.deallocate() }
  }
}
