extension EpochPlan {
  /// What stands before the numbers of a plan that draws rows or deals them anew; an epoch is never
  /// negative.
  private static let extendedMark = -2
  private static let plainHeader = 5
  private static let extendedHeader = 9

  /// The plan as whole numbers, for a checkpoint.
  ///
  /// Epoch, rows, block, window and seed, then four numbers for each segment. Where rows are drawn or
  /// dealt anew, or visited in file order, a mark stands before these five, and `dealEpochCount`, batches and
  /// rows of a batch (0: no draw; -1: file order) behind them.
  public var numbers: [Int] {
    let plain = [
      epoch, shuffle.rowCount, shuffle.blockRowCount, shuffle.windowRowCount,
      Int(truncatingIfNeeded: shuffle.seed),
    ]
    let header =
      isPlain
      ? plain
      : [Self.extendedMark] + plain + [
        shuffle.dealEpochCount, shuffle.draw?.stepCount ?? (shuffle.isRandom ? 0 : -1),
        shuffle.draw?.batchRowCount ?? (shuffle.isRandom ? 0 : -1),
      ]
    return header
      + segments.flatMap {
        [$0.worker, $0.workerCount, $0.places.lowerBound, $0.places.upperBound]
      }
  }

  /// Whether the plan's numbers are such as the first version of this format had.
  public var isPlain: Bool {
    shuffle.dealEpochCount == 0 && shuffle.draw == nil && shuffle.isRandom
  }

  /// The plan that `numbers` stand for, or nil when they stand for none.
  public init?(numbers: [Int]) {
    let isExtended = numbers.first == Self.extendedMark
    let header = isExtended ? Self.extendedHeader : Self.plainHeader
    guard numbers.count >= header, (numbers.count - header) % 4 == 0,
      let shuffle = Self.shuffle(numbers.dropFirst(isExtended ? 1 : 0).prefix(header), isExtended)
    else { return nil }
    let epoch = numbers[isExtended ? 1 : 0]
    guard (0...1 << 48).contains(epoch) else { return nil }
    guard numbers.count > header else {
      self.init(shuffle: shuffle, epoch: epoch, segments: [])
      return
    }
    let workerCount = numbers[header + 1]
    guard (1...65_536).contains(workerCount) else { return nil }
    let counts = shuffle.rowCounts(epoch: epoch, workerCount: workerCount)
    var segments: [Segment] = []
    for index in stride(from: header, to: numbers.count, by: 4) {
      let (worker, lower, upper) = (numbers[index], numbers[index + 2], numbers[index + 3])
      guard numbers[index + 1] == workerCount, (0..<workerCount).contains(worker), lower >= 0,
        lower <= upper, upper <= counts[worker]
      else { return nil }
      segments.append(Segment(worker: worker, workerCount: workerCount, places: lower..<upper))
    }
    // A place that stands in two segments would be visited twice.
    let sorted = segments.sorted {
      ($0.worker, $0.places.lowerBound) < ($1.worker, $1.places.lowerBound)
    }
    for (a, b) in zip(sorted, sorted.dropFirst()) where a.worker == b.worker {
      guard a.places.upperBound <= b.places.lowerBound else { return nil }
    }
    self.init(shuffle: shuffle, epoch: epoch, segments: segments)
  }

  /// The shuffle behind the epoch in a header without its mark.
  private static func shuffle(_ header: ArraySlice<Int>, _ isExtended: Bool) -> Shuffle? {
    let numbers = Array(header.dropFirst())
    guard (0...1 << 48).contains(numbers[0]), numbers[1] > 0, numbers[2] >= numbers[1] else {
      return nil
    }
    var (dealEpochCount, draw, isRandom): (Int, Draw?, Bool) = (0, nil, true)
    if isExtended {
      let (stepCount, batch) = (numbers[5], numbers[6])
      guard numbers[4] >= 0, (stepCount == 0) == (batch == 0), (stepCount == -1) == (batch == -1)
      else { return nil }
      dealEpochCount = numbers[4]
      isRandom = stepCount != -1
      if stepCount != 0, isRandom {
        // So many rows that no count of them overflows.
        guard (1...1 << 20).contains(stepCount), (1...1 << 48).contains(batch),
          Double(min(batch, numbers[0])) * Double(stepCount) < 0x1p53
        else { return nil }
        draw = Draw(stepCount: stepCount, batchRowCount: batch)
      }
    }
    return Shuffle(
      rowCount: numbers[0], blockRowCount: numbers[1], windowRowCount: numbers[2],
      seed: UInt64(truncatingIfNeeded: numbers[3]), dealEpochCount: dealEpochCount, draw: draw,
      isRandom: isRandom)
  }
}
