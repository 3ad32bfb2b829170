import CKernels
import Configuration

/// The records of a CSV file, one after the other, after RFC 4180.
///
/// A field may be quoted and then hold separators, line ends and doubled quotes. Blank lines are
/// passed over. Lines end with LF, CR LF or CR. Fields are given where they lie in the buffer:
/// nothing is allocated per record.
struct CSVRecords: ~Copyable {
  /// The count of fields of the current record.
  private(set) var fieldCount = 0
  /// The line on which the current record begins, counted from 1.
  private(set) var lineNumber = 0
  /// What is wrong with the current record's quotes; its fields are of no use then.
  private(set) var fault: String?
  /// The bytes before the first record: known when that has been read.
  private(set) var byteOrderMarkCount = 0

  private let path: String
  private let separator: UInt8
  private let source: (any ByteStream)?
  private let buffer = TextBuffer()
  /// Where each field of the current record lies in the buffer.
  private var fields: UnsafeMutableBufferPointer<Field>
  /// The fields with doubled quotes.
  private var doubled: [Int] = []
  private var position = 0
  /// Where in the file the buffer begins.
  private var bufferOffset = 0
  private var nextLine = 1
  private var isAtEnd = false
  private var hasBegun = false
  /// No record that begins there or behind is read.
  private let end: Int

  private struct Field {
    var start: UInt32
    var end: UInt32
  }

  private enum Outcome { case record, blank, more, end }

  /// No record, and so no memory, grows beyond this: an open quote could run to the file's end.
  private static let largestRecord = 64 << 20
  private static let largestFieldCount = 4 << 20
  private static let quote = UInt8(ascii: "\"")
  private static let lineFeed: UInt8 = 10
  private static let carriageReturn: UInt8 = 13

  /// Reads the records of `source` from its beginning.
  init(_ source: ByteSource, separator: UInt8) {
    self.init(source, source.path, separator)
  }

  /// Reads the records of a file of which `source` gives the bytes from `place` on, up to the last one
  /// that begins before byte `end`.
  init(_ source: FileRange, separator: UInt8, from place: RowPlace, to end: Int) {
    self.init(source, source.path, separator, to: end)
    bufferOffset = place.offset
    nextLine = place.line
    hasBegun = true
  }

  /// Reads the records of the beginning of a file.
  init(sample: [UInt8], of path: String, separator: UInt8) {
    self.init(nil, path, separator)
    buffer.take(sample)
    position = buffer.byteOrderMarkCount
    isAtEnd = true
  }

  private init(
    _ source: (any ByteStream)?, _ path: String, _ separator: UInt8, to end: Int = .max
  ) {
    self.source = source
    self.end = end
    self.path = path
    self.separator = separator
    buffer.wanted = (separator, Self.lineFeed, Self.carriageReturn, Self.quote)
    fields = .allocate(capacity: 256)
  }

  deinit { fields.deallocate() }

  /// Where the next record begins, before which there are `row` rows.
  func place(row: Int) -> RowPlace {
    RowPlace(offset: bufferOffset + position, line: nextLine, row: row)
  }

  /// The bytes of a field, without spaces and tabs around it; good until the next record.
  @inline(__always)
  func field(_ index: Int) -> UnsafeBufferPointer<UInt8> {
    let bytes = buffer.bytes
    var (start, end) = (Int(fields[index].start), Int(fields[index].end))
    while start < end, bytes[start] == 32 || bytes[start] == 9 { start &+= 1 }
    while end > start, bytes[end &- 1] == 32 || bytes[end &- 1] == 9 { end &-= 1 }
    return UnsafeBufferPointer(start: bytes + start, count: end &- start)
  }

  /// The text of a field.
  func text(_ index: Int) -> String { String(decoding: field(index), as: UTF8.self) }

  /// The beginning of a field's text, fit for a message of one line.
  func excerpt(_ index: Int) -> String { text(index).excerpt }

  /// Goes to the next record; false at the end.
  mutating func next() throws(PipelineError) -> Bool {
    while bufferOffset + position < end {
      switch try scan() {
      case .record:
        if !doubled.isEmpty { takeDoubledQuotes() }
        return true
      case .blank: continue
      case .more: try refill()
      case .end: return false
      }
    }
    return false
  }

  /// Takes the record at `position`, unless it goes on behind the buffer.
  private mutating func scan() throws(PipelineError) -> Outcome {
    let (bytes, count) = (buffer.bytes, buffer.count)
    guard position < count else { return isAtEnd ? .end : .more }
    fieldCount = 0
    lineNumber = nextLine
    fault = nil
    if !doubled.isEmpty { doubled.removeAll(keepingCapacity: true) }
    var marks = TextMarks(buffer, from: position)
    var line = nextLine
    var start = position
    // The end of a quoted field, which then began at `start`.
    var closed = -1
    while true {
      guard let mark = marks.next() else {
        guard isAtEnd else { return .more }
        position = count
        nextLine = line
        if closed < 0, fieldCount == 0, isBlank(start, count) { return .end }
        try append(start, closed < 0 ? count : closed)
        return .record
      }
      let byte = bytes[mark]
      if byte == separator {
        try append(start, closed < 0 ? mark : closed)
        start = mark &+ 1
        closed = -1
      } else if byte == Self.quote {
        // Elsewhere than at a field's beginning it is a character like others.
        guard mark == start, closed < 0 else { continue }
        guard let end = try quoted(&marks, &line) else { return .more }
        start = mark + 1
        closed = end
        guard let next = behind(end) else { return .more }
        if next < count, bytes[next] != separator, bytes[next] != Self.lineFeed,
          bytes[next] != Self.carriageReturn
        {
          fault = "there is text behind a closing quote: double the quotes inside a field"
        }
      } else {
        var next = mark + 1
        if byte == Self.carriageReturn {
          guard next < count || isAtEnd else { return .more }
          if next < count, bytes[next] == Self.lineFeed { next += 1 }
        }
        let isBlank = closed < 0 && fieldCount == 0 && isBlank(start, mark)
        if !isBlank { try append(start, closed < 0 ? mark : closed) }
        position = next
        nextLine = line + 1
        return isBlank ? .blank : .record
      }
    }
  }

  /// Goes on to the quote that closes a field, and returns its place; nil when it is not there yet.
  private mutating func quoted(
    _ marks: inout TextMarks, _ line: inout Int
  ) throws(PipelineError) -> Int? {
    let (bytes, count) = (buffer.bytes, buffer.count)
    while let mark = marks.next() {
      if bytes[mark] == Self.lineFeed { line += 1 }
      guard bytes[mark] == Self.quote else { continue }
      guard mark + 1 < count || isAtEnd else { return nil }
      guard mark + 1 < count, bytes[mark + 1] == Self.quote else { return mark }
      _ = marks.next()
      if doubled.last != fieldCount { doubled.append(fieldCount) }
    }
    guard isAtEnd else { return nil }
    throw error("a quote that opens in the record is never closed")
  }

  /// The first place behind a closing quote that is no space; nil when it is not there yet.
  private func behind(_ quote: Int) -> Int? {
    var next = quote + 1
    while next < buffer.count, buffer.bytes[next] == 32, separator != 32 { next += 1 }
    return next < buffer.count || isAtEnd ? next : nil
  }

  private func isBlank(_ start: Int, _ end: Int) -> Bool {
    for index in start..<end where buffer.bytes[index] != 32 && buffer.bytes[index] != 9 {
      return false
    }
    return true
  }

  @inline(__always)
  private mutating func append(_ start: Int, _ end: Int) throws(PipelineError) {
    if fieldCount == fields.count { try growFields() }
    fields[fieldCount] = Field(
      start: UInt32(truncatingIfNeeded: start), end: UInt32(truncatingIfNeeded: end))
    fieldCount &+= 1
  }

  private mutating func growFields() throws(PipelineError) {
    guard fields.count < Self.largestFieldCount else {
      throw error("the record has over \(Self.largestFieldCount) fields: is the separator right?")
    }
    let larger = UnsafeMutableBufferPointer<Field>.allocate(capacity: 4 * fields.count)
    _ = larger.initialize(from: fields)
    fields.deallocate()
    fields = larger
  }

  /// Makes each two quotes within a field one.
  private mutating func takeDoubledQuotes() {
    let bytes = buffer.bytes
    for index in doubled where index < fieldCount {
      var read = Int(fields[index].start)
      var write = read
      let end = Int(fields[index].end)
      while read < end {
        bytes[write] = bytes[read]
        read += bytes[read] == Self.quote && read + 1 < end ? 2 : 1
        write += 1
      }
      fields[index].end = UInt32(truncatingIfNeeded: write)
    }
  }

  private mutating func refill() throws(PipelineError) {
    guard let source else {
      isAtEnd = true
      return
    }
    if buffer.count - position >= Self.largestRecord {
      throw error("the record is over \(Self.largestRecord >> 20) MB: is a quote left open?")
    }
    isAtEnd = try buffer.refill(from: source, keeping: position..<buffer.count)
    bufferOffset += position
    position = 0
    if !hasBegun {
      hasBegun = true
      byteOrderMarkCount = buffer.byteOrderMarkCount
      position = byteOrderMarkCount
    }
  }

  /// An error about the current record.
  func error(_ message: String) -> PipelineError {
    PipelineError("\(path):\(lineNumber): \(message)")
  }
}

extension String {
  /// The beginning of a text, fit for a message of one line.
  var excerpt: String {
    String(prefix(40).map { $0.isNewline || $0 == "\t" || $0 == "\0" ? " " : $0 })
  }
}
