/// The order in which one worker visits its positions in one epoch.
///
/// A pure function of its arguments that takes memory for the blocks' order only: the order inside
/// a window is computed place by place.
public struct RowStream: Sendable, Equatable {
  /// Blocks that are in memory together, and the order of their rows.
  public struct Window: Sendable, Equatable {
    /// The positions to read, ascending.
    public let runs: [Range<Int>]
    /// The place in the stream of the window's first row.
    public let start: Int
    /// What is visited when: `order[i]` counts the rows of `runs`, put end to end.
    public let order: Permutation

    /// How many rows the window has.
    public var count: Int { order.count }
    /// The places in the stream of the window's rows.
    public var places: Range<Int> { start..<start + count }

    /// The position of the row that is visited at `place` of the stream.
    public func position(at place: Int) -> Int {
      var rest = order[place - start]
      for run in runs {
        if rest < run.count { return run.lowerBound + rest }
        rest -= run.count
      }
      preconditionFailure("place \(place) is outside the window \(places)")
    }
  }

  /// The windows, in order; none is empty.
  public let windows: [Window]
  /// How many rows the stream visits.
  public let count: Int

  /// The order of `positions` that `key` stands for; nil: ascending.
  public init(
    _ positions: Range<Int>, blockRowCount: Int, windowRowCount: Int, fileStarts: [Int] = [],
    key: UInt64?
  ) {
    self.init(
      RowSet(runs: [positions]), blockRowCount: blockRowCount, windowRowCount: windowRowCount,
      fileStarts: fileStarts, key: key)
  }

  /// The same for positions that do not follow on each other.
  public init(
    _ positions: RowSet, blockRowCount: Int, windowRowCount: Int, fileStarts: [Int] = [],
    key: UInt64?
  ) {
    func part(_ number: Int) -> UInt64? { key.map { Permutation.key($0, UInt64(number)) } }
    precondition(blockRowCount > 0 && windowRowCount >= blockRowCount)
    count = positions.count
    var windows: [Window] = []
    var start = 0
    func close(_ blocks: [Range<Int>]) {
      let runs = RowSet(runs: blocks.sorted { $0.lowerBound < $1.lowerBound })
      guard runs.count > 0 else { return }
      let order = Permutation(
        count: runs.count, key: part(windows.count + 1))
      windows.append(Window(runs: runs.runs, start: start, order: order))
      start += runs.count
    }
    if positions.count <= 2 * windowRowCount {
      close(positions.runs)
    } else {
      let grid = BlockGrid(rowCount: blockRowCount, fileStarts: fileStarts)
      let cut = positions.runs.flatMap(grid.blocks)
      let blockOrder = Permutation(count: cut.count, key: part(0))
      var blocks: [Range<Int>] = []
      var rows = 0
      for index in 0..<blockOrder.count {
        let block = cut[blockOrder[index]]
        if rows + block.count > windowRowCount {
          close(blocks)
          blocks.removeAll(keepingCapacity: true)
          rows = 0
        }
        blocks.append(block)
        rows += block.count
      }
      close(blocks)
    }
    self.windows = windows
  }

  /// The position that is visited at `place` of the stream.
  public func position(at place: Int) -> Int {
    windows[windowIndex(at: place)].position(at: place)
  }

  /// Which window holds `place`.
  public func windowIndex(at place: Int) -> Int {
    precondition(place >= 0 && place < count, "place \(place) of \(count)")
    return lastPlace(of: windows.count, startingBy: place) { windows[$0].start }
  }
}
