import HDF5

/// The part of a plain file of lines that one of several processes looks through: about as many bytes
/// for each, cut where lines begin.
struct LinePart {
  /// The first line; nil where none begins in the part.
  let first: RowPlace?
  /// The byte at or behind which no line of the part begins.
  let end: Int
  /// The file.
  let file: FileRegion

  private static let lineFeed = UInt8(ascii: "\n")

  /// Finds this process' part.
  ///
  /// Each process counts the lines that end in its stretch of the file and tells the others: so all
  /// know the numbers of theirs. Collective and blocking.
  init(of path: String, _ crew: any ImportCrew, _ report: ImportReport) throws {
    let file = try crew.agree { try FileRegion(path) }
    func bound(_ rank: Int) -> Int { file.byteCount * rank / crew.size }
    let range = bound(crew.rank)..<bound(crew.rank + 1)
    var own: Stretch?
    var stretches = try crew.share { message in
      let stretch = try Stretch(range, of: file, report)
      own = stretch
      message.append(file.byteCount)
      message.append(stretch.lineCount)
    }
    var line = 1
    for rank in stretches.indices {
      guard stretches[rank].number() == file.byteCount else { throw CSVImport.changed(path) }
      let lineCount = stretches[rank].number()
      if rank < crew.rank { line += lineCount }
    }
    self.file = file
    end = range.upperBound
    first = own?.first.map { start in
      RowPlace(offset: start, line: line + (own?.beginsWithLine == true ? 0 : 1), row: 0)
    }
  }

  /// What is to be known of some bytes of a file.
  private struct Stretch {
    /// The lines that end in it.
    private(set) var lineCount = 0
    /// Where the first line begins in it.
    private(set) var first: Int?
    /// Whether that is its first byte.
    let beginsWithLine: Bool

    init(_ range: Range<Int>, of file: FileRegion, _ report: ImportReport) throws {
      let previous = try file.bytes(at: range.lowerBound - 1, 1).first
      beginsWithLine = range.lowerBound == 0 || previous == LinePart.lineFeed
      guard !range.isEmpty else { return }
      if beginsWithLine { first = range.lowerBound }
      let source = FileRange(file, from: range.lowerBound)
      let buffer = TextBuffer()
      var offset = range.lowerBound
      var isAtEnd = false
      while offset < range.upperBound, !isAtEnd {
        isAtEnd = try buffer.refill(from: source, keeping: buffer.count..<buffer.count)
        let count = min(buffer.count, range.upperBound - offset)
        guard count > 0 else { break }
        var marks = TextMarks(buffer, from: 0)
        while let mark = marks.next(), mark < count {
          lineCount += 1
          let next = offset + mark + 1
          if first == nil, next < range.upperBound { first = next }
        }
        offset += count
        try report.advance(
          file.path, Double(offset - range.lowerBound) / Double(range.count), "dividing")
      }
    }
  }
}
