package import Pipeline

/// Puts rows that were left out in their places among those that have a prediction.
package final class LeftOutWriter: PredictionWriter {
  private let writer: any PredictionWriter
  private let runs: [Range<Int>]
  /// The run that comes next, and the row.
  private var (next, position): (Int, Int)
  private let width: Int

  /// Begins with row `first`; `rows` are left out, none of them before it, and have `width` numbers.
  package init(_ writer: any PredictionWriter, _ rows: RowSet, from first: Int, width: Int) {
    (self.writer, self.width) = (writer, width)
    runs = rows.runs
    (next, position) = (0, first)
  }

  package func write(_ rows: UnsafeBufferPointer<Float>, rowCount: Int) throws {
    var done = 0
    while done < rowCount {
      try writeGap()
      let end =
        next < runs.count ? min(rowCount, runs[next].lowerBound - position + done) : rowCount
      try writer.write(
        UnsafeBufferPointer(rebasing: rows[done * width..<end * width]), rowCount: end - done)
      position += end - done
      done = end
    }
  }

  package func writeMissing(rowCount: Int) throws { try writer.writeMissing(rowCount: rowCount) }

  /// Writes the rows that were left out right before the one that comes next; behind the last one they are the last.
  package func writeGap() throws {
    guard next < runs.count, runs[next].lowerBound == position else { return }
    try writer.writeInPieces(runs[next].count) { try writer.writeLeftOut(rowCount: $0) }
    position = runs[next].upperBound
    next += 1
  }
}
