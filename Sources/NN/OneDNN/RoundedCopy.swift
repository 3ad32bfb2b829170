private import CKernels

/// A matrix rounded to bfloat16: 16 bits a number where the CPU multiplies them, else floats.
final class RoundedCopy {
  /// Where the numbers lie.
  let data: UnsafeMutableRawPointer
  private let count: Int
  private let isShort: Bool

  /// The bytes of `count` numbers, whole cache lines.
  static func byteCount(_ count: Int, _ engine: OneDNN) -> Int {
    (count * (engine.multipliesBFloat16 ? 2 : 4) + 63) / 64 * 64
  }

  /// A copy in memory of `plan`'s arena, which several products may read; nil when nothing is rounded.
  convenience init?(count: Int, plan: LayerPlan) {
    guard plan.engine.precision == .bfloat16 else { return nil }
    let floats = plan.arena.allocate(Self.byteCount(count, plan.engine) / 4)
    guard let start = floats.baseAddress else { return nil }
    self.init(at: UnsafeMutableRawPointer(start), count: count, plan.engine)
  }

  /// A copy in the memory at `data`.
  init(at data: UnsafeMutableRawPointer, count: Int, _ engine: OneDNN) {
    self.data = data
    self.count = count
    isShort = engine.multipliesBFloat16
  }

  /// Takes over the numbers of `source`.
  func update(from source: UnsafePointer<Float>) {
    if isShort {
      ck_to_bfloat16(count, source, data.assumingMemoryBound(to: UInt16.self))
    } else {
      ck_round_to_bfloat16(count, source, data.assumingMemoryBound(to: Float.self))
    }
  }
}
