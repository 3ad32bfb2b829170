/// Where blocks of rows end: after every `rowCount` rows, counted anew where a file begins.
struct BlockGrid {
  /// Rows of a whole block.
  let rowCount: Int
  /// Where files begin, ascending; the first is 0.
  private let starts: [Int]

  /// Makes a grid; no file starts are one file.
  init(rowCount: Int, fileStarts: [Int]) {
    precondition(rowCount > 0 && fileStarts.first ?? 0 == 0)
    self.rowCount = rowCount
    starts = fileStarts.isEmpty ? [0] : fileStarts
  }

  /// Whether one count goes through all rows.
  var isRegular: Bool { starts.allSatisfy { $0 % rowCount == 0 } }

  /// `run` cut where blocks end, in order.
  func blocks(of run: Range<Int>) -> [Range<Int>] {
    var blocks: [Range<Int>] = []
    var lower = run.lowerBound
    while lower < run.upperBound {
      let upper = min(end(ofBlockWith: lower), run.upperBound)
      blocks.append(lower..<upper)
      lower = upper
    }
    return blocks
  }

  /// The place nearest to `position` where a block begins, of `count` positions; `count` itself is one.
  func cut(near position: Int, of count: Int) -> Int {
    guard position < count else { return count }
    let start = start(of: position)
    let lower = start + (position - start) / rowCount * rowCount
    let upper = min(end(ofBlockWith: position), count)
    return position - lower <= upper - position ? lower : upper
  }

  private func end(ofBlockWith position: Int) -> Int {
    let index = index(of: position)
    let end = starts[index] + ((position - starts[index]) / rowCount + 1) * rowCount
    return index + 1 < starts.count ? min(end, starts[index + 1]) : end
  }

  private func start(of position: Int) -> Int { starts[index(of: position)] }

  /// The last file that begins at `position` or before.
  private func index(of position: Int) -> Int {
    lastPlace(of: starts.count, startingBy: position) { starts[$0] }
  }
}
