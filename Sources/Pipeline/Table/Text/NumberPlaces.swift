private import CKernels

/// Where numbers are among texts, so that the digits of a number that comes again need not be written.
///
/// Knows at most some ten thousand numbers, however many there are.
struct NumberPlaces: Sendable {
  private static let mostNumbers = 1 << 15

  /// A number's bits, and in the low half its place plus 1; 0 where there is none.
  private var slots: [UInt64] = []
  private var count = 0

  /// Knows no numbers yet.
  init() {}

  /// The place of a number; nil where it is not known.
  func place(of number: Float) -> Int? {
    guard !slots.isEmpty else { return nil }
    let slot = slots[slot(of: number.bitPattern)]
    return slot == 0 ? nil : Int(truncatingIfNeeded: slot & 0xffff_ffff) - 1
  }

  /// Learns the place of a number that is not known.
  mutating func insert(_ number: Float, _ place: Int) {
    guard count < Self.mostNumbers else { return }
    if 2 * count >= slots.count { grow() }
    slots[slot(of: number.bitPattern)] = UInt64(number.bitPattern) << 32 | UInt64(place + 1)
    count += 1
  }

  /// Where a number is, or would be.
  private func slot(of bits: UInt32) -> Int {
    let mask = slots.count - 1
    var slot = Int(truncatingIfNeeded: ck_mixed(UInt64(bits))) & mask
    while slots[slot] != 0, UInt32(truncatingIfNeeded: slots[slot] >> 32) != bits {
      slot = (slot + 1) & mask
    }
    return slot
  }

  private mutating func grow() {
    let known = slots
    slots = [UInt64](repeating: 0, count: max(64, 4 * known.count))
    for entry in known where entry != 0 {
      slots[slot(of: UInt32(truncatingIfNeeded: entry >> 32))] = entry
    }
  }
}
