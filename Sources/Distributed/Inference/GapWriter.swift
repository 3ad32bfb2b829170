/// Puts rows that could not be read in their places among those that have a prediction.
package final class GapWriter: PredictionWriter {
  private let writer: any PredictionWriter
  private let gaps: ArraySlice<Int>
  /// The gap that comes next, and the row that could be read that does.
  private var (next, position): (Int, Int)
  private let width: Int

  /// Begins with row `first` of those that could be read; rows have `width` numbers.
  ///
  /// `asked` are the rows that are written, counted with the gaps; nil: all.
  package init(
    _ writer: any PredictionWriter, _ gaps: RowGaps, asked: Range<Int>? = nil, from first: Int,
    width: Int
  ) {
    self.writer = writer
    self.gaps = gaps.places[gaps.indices(in: asked)]
    self.width = width
    position = first
    next = self.gaps.startIndex
  }

  package func write(_ rows: UnsafeBufferPointer<Float>, rowCount: Int) throws {
    try forEachPart(rowCount) { part in
      try writer.write(
        UnsafeBufferPointer(
          rebasing: rows[part.lowerBound * width..<part.upperBound * width]), rowCount: part.count)
    }
  }

  package func writeLeftOut(rowCount: Int) throws {
    try forEachPart(rowCount) { try writer.writeLeftOut(rowCount: $0.count) }
  }

  /// Calls `body` with the rows between two gaps, of `rowCount` rows that come next, and writes the gaps.
  private func forEachPart(_ rowCount: Int, _ body: (Range<Int>) throws -> Void) throws {
    var done = 0
    while done < rowCount {
      try writeGaps()
      let end = next < gaps.endIndex ? min(rowCount, gaps[next] - position + done) : rowCount
      try body(done..<end)
      position += end - done
      done = end
    }
  }

  package func writeMissing(rowCount: Int) throws { try writer.writeMissing(rowCount: rowCount) }

  /// Writes the gaps right before the row that comes next; behind the last one they are the last.
  package func writeGaps() throws {
    let first = next
    while next < gaps.endIndex, gaps[next] == position { next += 1 }
    try writer.writeInPieces(next - first) { try writer.writeMissing(rowCount: $0) }
  }
}
