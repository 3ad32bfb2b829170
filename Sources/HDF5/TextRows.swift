private import CKernels

/// Texts in UTF-8, end to end, of as many rows as are read together: memory that stays when rows change.
public struct TextRows: Sendable, Equatable {
  /// The bytes of all texts.
  public private(set) var bytes: [UInt8] = []
  /// Where each text ends in `bytes`; it begins where the one before ends.
  public private(set) var ends: [Int] = []

  /// Makes no rows.
  public init() {}

  /// Makes rows of some texts.
  public init(_ texts: some Sequence<String>) {
    for text in texts { append(text.utf8) }
  }

  /// How many texts there are.
  public var count: Int { ends.count }

  /// The places of a text's bytes.
  @inlinable
  public func range(_ row: Int) -> Range<Int> {
    (row == 0 ? 0 : ends[row - 1])..<ends[row]
  }

  /// One of the texts.
  public func text(_ row: Int) -> String { String(decoding: bytes[range(row)], as: UTF8.self) }

  /// Forgets all texts, and keeps the memory.
  public mutating func removeAll() {
    bytes.removeAll(keepingCapacity: true)
    ends.removeAll(keepingCapacity: true)
  }

  /// Adds a text.
  public mutating func append(_ text: some Collection<UInt8>) {
    bytes.append(contentsOf: text)
    ends.append(bytes.count)
  }

  /// Adds the text at `places` of `bytes`.
  public mutating func append(_ bytes: borrowing Span<UInt8>, _ places: Range<Int>) {
    for place in places { self.bytes.append(bytes[place]) }
    ends.append(self.bytes.count)
  }

  /// Adds a row of `other`.
  public mutating func append(_ row: Int, of other: TextRows) {
    append(other.bytes[other.range(row)])
  }

  /// Adds a text as a file has it: bytes that are no UTF-8 become U+FFFD.
  mutating func append(stored text: UnsafeBufferPointer<UInt8>) {
    // Most are plain.
    if text.allSatisfy({ $0 < 0x80 }) || !String(decoding: text, as: UTF8.self).contains("\u{fffd}")
    {
      append(text)
    } else {
      append(String(decoding: text, as: UTF8.self).utf8)
    }
  }

  /// Adds texts of `length` bytes each as a file has them, filled up as `padding` says; false, and none is
  /// added, where one is not in ASCII.
  mutating func append(
    padded texts: UnsafeBufferPointer<UInt8>, length: Int, padding: Int32
  ) -> Bool {
    guard let start = texts.baseAddress, ck_is_ascii(start, texts.count) else { return false }
    let (first, row, count) = (bytes.count, ends.count, texts.count / length)
    // Moved together where they will stay.
    bytes.append(contentsOf: texts)
    ends.append(contentsOf: repeatElement(0, count: count))
    let byteCount = bytes.withUnsafeMutableBufferPointer { bytes in
      ends.withUnsafeMutableBufferPointer { ends in
        guard let bytes = bytes.baseAddress, let ends = ends.baseAddress else { return 0 }
        return ck_pack_texts(bytes + first, count, length, padding, first, ends + row)
      }
    }
    bytes.removeLast(texts.count - byteCount)
    return true
  }
}
