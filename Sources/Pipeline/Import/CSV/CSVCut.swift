import HDF5

/// The scanning of a part of a plain CSV file for who does not know in which state it begins.
struct CSVCut {
  /// What the part makes of a state.
  struct Passage: Equatable {
    /// The state at its end.
    var state: QuoteState
    /// The lines that end in it.
    var lineCount = 0
  }

  private let file: FileRegion
  private let separator: UInt8
  /// The bytes of the part.
  let range: Range<Int>
  private let previous: UInt8

  /// Describes the part `range` of `file`; the file's data begin at byte `start`.
  init(
    _ file: FileRegion, _ range: Range<Int>, startingAt start: Int, separator: UInt8
  ) throws(PipelineError) {
    self.file = file
    self.range = range
    self.separator = separator
    // The data begin with a record, as what is behind a line does.
    do {
      previous =
        range.lowerBound > start
        ? try file.bytes(at: range.lowerBound - 1, 1).first ?? QuoteState.lineFeed
        : QuoteState.lineFeed
    } catch { throw PipelineError(error) }
  }

  /// What the whole part makes of each state, in the order of `QuoteState.allCases`.
  func passages(
    _ report: (_ fraction: Double) throws(PipelineError) -> Void
  ) throws(PipelineError) -> [Passage] {
    var passages = QuoteState.allCases.map { Passage(state: $0) }
    let last = try scan { (byte, previous, offset) throws(PipelineError) in
      for index in passages.indices {
        let endsLine = passages[index].state.pass(byte, behind: previous, separator: separator)
        if endsLine { passages[index].lineCount += 1 }
      }
      return true
    } report: { (fraction) throws(PipelineError) in
      try report(fraction)
    }
    for index in passages.indices { passages[index].state.settle(behind: last) }
    return passages
  }

  /// The first record that begins in the part, which is entered in `state` on line `line`; nil when
  /// there is none.
  func firstRecord(_ state: QuoteState, line: Int) throws(PipelineError) -> RowPlace? {
    var (state, line) = (state, line)
    var found: Int?
    // A line feed behind a carriage return belongs to the line before.
    var returned: Int?
    state.settle(behind: previous)
    if state == .outside {
      if previous == QuoteState.lineFeed { found = range.lowerBound }
      if previous == QuoteState.carriageReturn { returned = range.lowerBound }
    }
    if found == nil {
      _ = try scan { (byte, previous, offset) throws(PipelineError) in
        if let place = returned {
          found = byte == QuoteState.lineFeed && offset == place ? place + 1 : place
          return false
        }
        let endsLine = state.pass(byte, behind: previous, separator: separator)
        if endsLine { line += 1 }
        guard endsLine, state == .outside else { return true }
        if byte == QuoteState.carriageReturn { returned = offset + 1 } else { found = offset + 1 }
        return found == nil
      } report: { (_) throws(PipelineError) in
      }
    }
    guard let offset = found ?? returned, offset < range.upperBound else { return nil }
    return RowPlace(offset: offset, line: line, row: 0)
  }

  /// Gives each mark of the part to `visit`, with the byte before it and its place, until that returns
  /// false; returns the part's last byte.
  private func scan(
    _ visit: (UInt8, UInt8, Int) throws(PipelineError) -> Bool,
    report: (_ fraction: Double) throws(PipelineError) -> Void
  ) throws(PipelineError) -> UInt8 {
    let source = FileRange(file, from: range.lowerBound)
    let buffer = TextBuffer()
    buffer.wanted = QuoteState.marks
    var (offset, previous) = (range.lowerBound, previous)
    var isAtEnd = false
    while offset < range.upperBound, !isAtEnd {
      isAtEnd = try buffer.refill(from: source, keeping: buffer.count..<buffer.count)
      let count = min(buffer.count, range.upperBound - offset)
      guard count > 0 else { break }
      var marks = TextMarks(buffer, from: 0)
      while let mark = marks.next(), mark < count {
        let before = mark > 0 ? buffer.bytes[mark - 1] : previous
        guard try visit(buffer.bytes[mark], before, offset + mark) else { return previous }
      }
      previous = buffer.bytes[count - 1]
      offset += count
      try report(Double(offset - range.lowerBound) / Double(range.count))
    }
    return previous
  }
}
