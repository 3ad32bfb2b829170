import Configuration

/// The records of a CSV file, one after the other, after RFC 4180.
///
/// A field may be quoted and then hold separators, line ends and doubled quotes. Blank lines are
/// passed over. Lines end with LF, CR LF or CR.
struct CSVRecords {
  /// The fields of the current record, end to end, without their quotes.
  private(set) var bytes: [UInt8] = []
  /// Where each field ends in `bytes`.
  private(set) var ends: [Int] = []
  /// The line on which the current record begins, counted from 1.
  private(set) var lineNumber = 0

  private let path: String
  private let separator: UInt8
  private let source: ByteSource?
  private var buffer: [UInt8]
  private var count: Int
  private var position = 0
  private var nextLine = 1

  /// No record, and so no memory, grows beyond this: an open quote could run to the file's end.
  private static let largestRecord = 64 << 20
  private static let quote = UInt8(ascii: "\"")
  private static let lineFeed: UInt8 = 10
  private static let carriageReturn: UInt8 = 13

  /// Reads the records of `source` from its beginning.
  init(_ source: ByteSource, separator: UInt8) throws(PipelineError) {
    path = source.path
    self.source = source
    self.separator = separator
    buffer = [UInt8](repeating: 0, count: 256 << 10)
    count = 0
    try refill()
    skipByteOrderMark()
  }

  /// Reads the records of the beginning of a file.
  init(sample: [UInt8], of path: String, separator: UInt8) {
    self.path = path
    source = nil
    self.separator = separator
    buffer = sample
    count = sample.count
    skipByteOrderMark()
  }

  /// The fields of the current record.
  var fieldCount: Int { ends.count }

  /// The bytes of a field, without spaces and tabs around it.
  func field(_ index: Int) -> ArraySlice<UInt8> {
    var field = bytes[(index == 0 ? 0 : ends[index - 1])..<ends[index]]
    while let first = field.first, first == 32 || first == 9 { field.removeFirst() }
    while let last = field.last, last == 32 || last == 9 { field.removeLast() }
    return field
  }

  /// The text of a field.
  func text(_ index: Int) -> String { String(decoding: field(index), as: UTF8.self) }

  /// The beginning of a field's text, fit for a message of one line.
  func excerpt(_ index: Int) -> String {
    String(text(index).prefix(40).map { $0.isNewline || $0 == "\t" || $0 == "\0" ? " " : $0 })
  }

  /// Goes to the next record; false at the end of the file.
  mutating func next() throws(PipelineError) -> Bool {
    bytes.removeAll(keepingCapacity: true)
    ends.removeAll(keepingCapacity: true)
    lineNumber = nextLine
    while let byte = try peek() {
      switch byte {
      case Self.lineFeed, Self.carriageReturn:
        try endLine()
        // Nothing but blanks: no record.
        if ends.isEmpty, bytes.allSatisfy({ $0 == 32 || $0 == 9 }) {
          bytes.removeAll(keepingCapacity: true)
          lineNumber = nextLine
          continue
        }
        ends.append(bytes.count)
        return true
      case separator:
        position += 1
        ends.append(bytes.count)
      case Self.quote where bytes.count == ends.last ?? 0: try quoted()
      default:
        position += 1
        bytes.append(byte)
        if bytes.count > Self.largestRecord { throw tooLong() }
      }
    }
    guard !bytes.isEmpty || !ends.isEmpty else { return false }
    ends.append(bytes.count)
    return true
  }

  /// Takes a quoted field up to the separator or line end behind it.
  private mutating func quoted() throws(PipelineError) {
    position += 1
    while true {
      guard let byte = try peek() else {
        throw error("a quote that opens in the record is never closed")
      }
      if byte == Self.lineFeed { nextLine += 1 }
      position += 1
      if byte == Self.quote {
        guard try peek() == Self.quote else { break }
        position += 1
      }
      bytes.append(byte)
      if bytes.count > Self.largestRecord { throw tooLong() }
    }
    while let byte = try peek(), byte == 32 { position += 1 }
    guard let byte = try peek() else { return }
    guard byte == separator || byte == Self.lineFeed || byte == Self.carriageReturn else {
      throw error("there is text behind a closing quote: double the quotes inside a field")
    }
  }

  private mutating func endLine() throws(PipelineError) {
    let isReturn = buffer[position] == Self.carriageReturn
    position += 1
    if isReturn, try peek() == Self.lineFeed { position += 1 }
    nextLine += 1
  }

  private mutating func peek() throws(PipelineError) -> UInt8? {
    if position == count {
      try refill()
      if count == 0 { return nil }
    }
    return buffer[position]
  }

  private mutating func refill() throws(PipelineError) {
    position = 0
    count = 0
    guard let source else { return }
    var found = 0
    var problem: PipelineError?
    buffer.withUnsafeMutableBytes { bytes in
      do throws(PipelineError) { found = try source.read(into: bytes) } catch { problem = error }
    }
    if let problem { throw problem }
    count = found
  }

  private mutating func skipByteOrderMark() {
    if count >= 3, buffer[0] == 0xef, buffer[1] == 0xbb, buffer[2] == 0xbf { position = 3 }
  }

  /// An error about the current record.
  func error(_ message: String) -> PipelineError {
    PipelineError("\(path):\(lineNumber): \(message)")
  }

  private func tooLong() -> PipelineError {
    error("the record is over \(Self.largestRecord >> 20) MB: is a quote left open?")
  }
}
