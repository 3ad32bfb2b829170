import HDF5

/// The lines of a text file, one after the other, without their ends (LF or CR LF).
struct TextLines: ~Copyable {
  /// The current line, counted from 1.
  private(set) var lineNumber = 0
  /// The bytes of the current line; good until the next one.
  private(set) var line = UnsafeBufferPointer<UInt8>(start: nil, count: 0)
  private let source: (any ByteStream)?
  private let path: String
  private let buffer = TextBuffer()
  private var position = 0
  /// Where in the file the buffer begins.
  private var bufferOffset = 0
  /// No line is read that begins there or behind.
  private let end: Int
  private var isAtEnd = false

  private static let largestLine = 64 << 20

  /// Reads the lines of `source`, which is at its beginning.
  init(_ source: ByteSource) {
    self.source = source
    path = source.path
    end = .max
  }

  /// Reads the lines of a plain file that begin from `place` on, and before byte `end`.
  init(_ file: FileRegion, from place: RowPlace, to end: Int) {
    source = FileRange(file, from: place.offset)
    path = file.path
    self.end = end
    bufferOffset = place.offset
    lineNumber = place.line - 1
  }

  /// Reads the lines of the beginning of a file.
  init(sample: [UInt8], of path: String) {
    source = nil
    self.path = path
    end = .max
    buffer.take(sample)
    position = buffer.byteOrderMarkCount
    isAtEnd = true
  }

  /// Where the next line begins, if there is one; `row` rows stand before it.
  func place(row: Int) -> RowPlace {
    RowPlace(offset: bufferOffset + position, line: lineNumber + 1, row: row)
  }

  /// Goes to the next line; false at the end of the file.
  mutating func next() throws(PipelineError) -> Bool {
    guard bufferOffset + position < end else { return false }
    while true {
      if position < buffer.count {
        var marks = TextMarks(buffer, from: position)
        let mark = marks.next()
        if mark != nil || isAtEnd {
          var end = mark ?? buffer.count
          let start = position
          position = mark.map { $0 + 1 } ?? buffer.count
          if end > start, buffer.bytes[end - 1] == 13 { end -= 1 }
          line = UnsafeBufferPointer(start: buffer.bytes + start, count: end - start)
          lineNumber += 1
          return true
        }
      } else if isAtEnd {
        return false
      }
      try refill()
    }
  }

  private mutating func refill() throws(PipelineError) {
    guard let source else {
      isAtEnd = true
      return
    }
    let isFirst = lineNumber == 0 && buffer.count == 0
    guard buffer.count - position < Self.largestLine else {
      lineNumber += 1
      throw error("the line is over \(Self.largestLine >> 20) MB")
    }
    isAtEnd = try buffer.refill(from: source, keeping: position..<buffer.count)
    bufferOffset += position
    position = isFirst ? buffer.byteOrderMarkCount : 0
  }

  /// An error about the current line.
  func error(_ message: String) -> PipelineError {
    PipelineError("\(path):\(lineNumber): \(message)")
  }
}
