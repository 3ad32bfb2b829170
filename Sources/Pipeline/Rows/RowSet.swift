/// Some of a file's rows in file order: all of them, or what a split leaves.
///
/// A *position* counts the rows of the set from 0; a *row* counts those of the file. Dealing and
/// shuffling work with positions, only reading asks for rows.
public struct RowSet: Sendable, Equatable {
  /// The file's rows that belong to the set: ascending, disjoint, not empty, not touching.
  public let runs: [Range<Int>]
  /// How many rows the set has.
  public let count: Int
  /// The position at which each run begins.
  private let starts: [Int]

  /// All rows of a file.
  public init(rowCount: Int) {
    self.init(runs: [0..<rowCount])
  }

  /// The rows of `runs`, which must be ascending and disjoint; empty ones are left out and touching
  /// ones joined.
  public init(runs: [Range<Int>]) {
    var joined: [Range<Int>] = []
    var starts: [Int] = []
    var count = 0
    for run in runs where !run.isEmpty {
      if let last = joined.last, last.upperBound == run.lowerBound {
        joined[joined.count - 1] = last.lowerBound..<run.upperBound
      } else {
        precondition(joined.last.map { $0.upperBound < run.lowerBound } ?? true, "runs overlap")
        joined.append(run)
        starts.append(count)
      }
      count += run.count
    }
    self.runs = joined
    self.starts = starts
    self.count = count
  }

  /// The rows of the set that are not in `other`.
  public func subtracting(_ other: RowSet) -> RowSet {
    guard other.count > 0 else { return self }
    var kept: [Range<Int>] = []
    var next = 0
    for run in runs {
      var lower = run.lowerBound
      while next < other.runs.count, other.runs[next].upperBound <= lower { next += 1 }
      while next < other.runs.count, other.runs[next].lowerBound < run.upperBound {
        let gap = other.runs[next]
        if gap.lowerBound > lower { kept.append(lower..<gap.lowerBound) }
        lower = gap.upperBound
        // It may reach into the next run.
        guard lower <= run.upperBound else { break }
        next += 1
      }
      if lower < run.upperBound { kept.append(lower..<run.upperBound) }
    }
    return RowSet(runs: kept)
  }

  /// The file's row at `position`.
  public func row(at position: Int) -> Int {
    precondition((0..<count).contains(position), "position \(position) of \(count)")
    let index = runIndex(at: position)
    return runs[index].lowerBound + position - starts[index]
  }

  /// The file's rows behind `positions`, as few ranges as possible, in order.
  public func rows(at positions: Range<Int>) -> [Range<Int>] {
    precondition(
      positions.lowerBound >= 0 && positions.upperBound <= count, "\(positions) of \(count)")
    guard !positions.isEmpty else { return [] }
    var result: [Range<Int>] = []
    var index = runIndex(at: positions.lowerBound)
    var position = positions.lowerBound
    while position < positions.upperBound {
      let lower = runs[index].lowerBound + position - starts[index]
      let upper = min(runs[index].upperBound, lower + positions.upperBound - position)
      result.append(lower..<upper)
      position += upper - lower
      index += 1
    }
    return result
  }

  /// The positions from which blocks are counted anew, so that they are blocks of `blockRowCount` rows of a
  /// file, counted from its first row; empty where one count does for all.
  ///
  /// Files begin at the rows `fileStarts`; none is one file. Beside a file's length, what a split has taken out
  /// of the set shifts the count, unless that is whole blocks.
  public func blockStarts(fileStarts: [Int], blockRowCount: Int) -> [Int] {
    var result = [0]
    var file = 0
    for (index, run) in runs.enumerated() {
      var row = run.lowerBound
      while row < run.upperBound {
        while file + 1 < fileStarts.count, fileStarts[file + 1] <= row { file += 1 }
        let first = fileStarts.isEmpty ? 0 : fileStarts[file]
        let end =
          file + 1 < fileStarts.count ? min(run.upperBound, fileStarts[file + 1]) : run.upperBound
        // Where the next block of the file begins.
        let start = row + (blockRowCount - (row - first) % blockRowCount) % blockRowCount
        let position = starts[index] + start - run.lowerBound
        if start < end, (position - result[result.count - 1]) % blockRowCount != 0 {
          result.append(position)
        }
        row = end
      }
    }
    return result.count == 1 ? [] : result
  }

  private func runIndex(at position: Int) -> Int {
    lastPlace(of: starts.count, startingBy: position) { starts[$0] }
  }
}
