import CKernels

/// A part of a text file, in which the places of up to four bytes are known.
final class TextBuffer {
  /// The bytes; they move when more are read.
  private(set) var bytes: UnsafeMutablePointer<UInt8>
  /// The count of bytes that are there.
  private(set) var count = 0
  /// The bytes that are looked for; set before any is read.
  var wanted: (UInt8, UInt8, UInt8, UInt8) = (10, 10, 10, 10)
  /// Bit j of word i tells of byte 64 i + j.
  fileprivate private(set) var marks: UnsafeMutablePointer<UInt64>
  private var capacity: Int

  /// What is read at once: it stays in a core's cache.
  private static let usualCapacity = 256 << 10

  /// Makes an empty buffer.
  init() {
    capacity = Self.usualCapacity
    bytes = .allocate(capacity: capacity)
    marks = .allocate(capacity: capacity / 64)
  }

  deinit {
    bytes.deallocate()
    marks.deallocate()
  }

  /// The bytes of the mark that some programs put before UTF-8 texts: 3 or 0.
  var byteOrderMarkCount: Int {
    count >= 3 && bytes[0] == 0xef && bytes[1] == 0xbb && bytes[2] == 0xbf ? 3 : 0
  }

  /// Holds a copy of `text`.
  func take(_ text: [UInt8]) {
    reserve((text.count + 63) & ~63)
    for (index, byte) in text.enumerated() { bytes[index] = byte }
    count = text.count
    mark()
  }

  /// Moves the bytes of `rest` to the front and reads as many behind them as there is room, at least
  /// as many as they are; returns whether the file has ended.
  func refill(
    from source: any ByteStream, keeping rest: Range<Int>
  ) throws(PipelineError) -> Bool {
    if rest.lowerBound > 0 {
      bytes.update(from: bytes + rest.lowerBound, count: rest.count)
      count = rest.count
    }
    if count > capacity / 2 { reserve(2 * capacity) }
    let room = UnsafeMutableRawBufferPointer(start: bytes + count, count: capacity - count)
    let found = try source.read(into: room)
    count += found
    mark()
    return found < room.count
  }

  private func reserve(_ byteCount: Int) {
    guard byteCount > capacity else { return }
    let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: byteCount)
    larger.update(from: bytes, count: count)
    bytes.deallocate()
    marks.deallocate()
    bytes = larger
    marks = .allocate(capacity: byteCount / 64)
    capacity = byteCount
  }

  private func mark() {
    withUnsafeBytes(of: &wanted) { wanted in
      guard let wanted = wanted.baseAddress else { return }
      ck_mark(bytes, count, wanted.assumingMemoryBound(to: UInt8.self), marks)
    }
  }
}

/// The places of a buffer's wanted bytes, in order.
struct TextMarks {
  private let marks: UnsafeMutablePointer<UInt64>
  private let wordCount: Int
  private var word: Int
  private var bits: UInt64

  /// The places at `start`, which lies within the buffer, and behind it.
  @inline(__always)
  init(_ buffer: TextBuffer, from start: Int) {
    marks = buffer.marks
    wordCount = (buffer.count &+ 63) >> 6
    word = start >> 6
    bits = marks[word] & (~0 << UInt64(start & 63))
  }

  /// The next place; nil when there is none in the buffer.
  @inline(__always)
  mutating func next() -> Int? {
    while bits == 0 {
      word &+= 1
      guard word < wordCount else { return nil }
      bits = marks[word]
    }
    let place = word << 6 | bits.trailingZeroBitCount
    bits &= bits &- 1
    return place
  }
}
