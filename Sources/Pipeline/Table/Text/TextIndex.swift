private import CKernels
public import HDF5

/// Different texts, numbered in the order in which they came, that are found by their bytes.
///
/// Looking one up allocates nothing.
public struct TextIndex: Sendable {
  /// The texts, by number.
  public private(set) var texts = TextRows()
  /// A number plus 1 at the place that a text's hash leads to, or behind it; 0 where there is none.
  private var slots = [Int32](repeating: 0, count: 16)

  /// Makes an index without texts.
  public init() {}

  /// Numbers texts in this order; each must be there once.
  public init(_ texts: [String]) {
    for text in texts {
      let bytes = Array(text.utf8)
      _ = insert(bytes.span, 0..<bytes.count)
    }
  }

  /// How many texts there are.
  public var count: Int { texts.count }

  /// The number of a text; nil where it is not there.
  public func number(_ bytes: borrowing Span<UInt8>, _ places: Range<Int>) -> Int? {
    let slot = slots[slot(of: bytes, places)]
    return slot == 0 ? nil : Int(slot) - 1
  }

  /// The number of a text, a new one where it is not there yet.
  public mutating func insert(_ bytes: borrowing Span<UInt8>, _ places: Range<Int>) -> Int {
    let slot = slot(of: bytes, places)
    if slots[slot] != 0 { return Int(slots[slot]) - 1 }
    // Byte by byte: a span is no collection.
    texts.append(bytes, places)
    slots[slot] = Int32(texts.count)
    if 2 * texts.count > slots.count { grow() }
    return texts.count - 1
  }

  /// Where a text is, or would be.
  private func slot(of bytes: borrowing Span<UInt8>, _ places: Range<Int>) -> Int {
    precondition(
      places.lowerBound >= 0 && places.upperBound <= bytes.count,
      "\(places): a text outside of \(bytes.count) bytes")
    let mask = slots.count - 1
    return bytes.withUnsafeBufferPointer { bytes in
      texts.bytes.withUnsafeBufferPointer { own in
        // None where there is only an empty text.
        let text = bytes.baseAddress.map { $0 + places.lowerBound }
        var slot = Int(truncatingIfNeeded: ck_text_hash(text, places.count)) & mask
        while slots[slot] != 0 {
          let range = texts.range(Int(slots[slot]) - 1)
          if range.count == places.count,
            ck_text_equals(text, own.baseAddress.map { $0 + range.lowerBound }, range.count)
          {
            break
          }
          slot = (slot + 1) & mask
        }
        return slot
      }
    }
  }

  private mutating func grow() {
    slots = [Int32](repeating: 0, count: 4 * slots.count)
    for number in 0..<texts.count {
      let slot = slot(of: texts.bytes.span, texts.range(number))
      slots[slot] = Int32(number + 1)
    }
  }
}
