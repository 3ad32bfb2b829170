/// What one worker visits in an epoch, or what is left of an epoch that was interrupted.
///
/// Normally the whole of the worker's own stream. After a resume on another number of workers:
/// contiguous parts of what the old workers had not visited.
public struct EpochPlan: Sendable, Equatable {
  /// A part of the stream that worker `worker` of `workerCount` has in the plan's epoch.
  public struct Segment: Sendable, Equatable {
    /// Whose stream it is.
    public var worker: Int
    /// Among how many workers the rows were dealt.
    public var workerCount: Int
    /// The places of the stream to visit.
    public var places: Range<Int>

    /// Makes a segment.
    public init(worker: Int, workerCount: Int, places: Range<Int>) {
      self.worker = worker
      self.workerCount = workerCount
      self.places = places
    }
  }

  /// How the rows are dealt and shuffled.
  public let shuffle: Shuffle
  /// The epoch.
  public let epoch: Int
  /// What to visit, in order; none is empty.
  public let segments: [Segment]

  /// Makes a plan of parts of streams.
  public init(shuffle: Shuffle, epoch: Int, segments: [Segment]) {
    self.shuffle = shuffle
    self.epoch = epoch
    self.segments = segments.filter { !$0.places.isEmpty }
  }

  /// The whole stream of `worker`.
  public init(shuffle: Shuffle, epoch: Int, worker: Int, of workerCount: Int) {
    let count = shuffle.slices(workerCount: workerCount)[worker].count
    self.init(
      shuffle: shuffle, epoch: epoch,
      segments: [Segment(worker: worker, workerCount: workerCount, places: 0..<count)])
  }

  /// How many rows the plan visits.
  public var count: Int { segments.reduce(0) { $0 + $1.places.count } }

  /// What is left when `visited` rows of the plan are done.
  public func rest(after visited: Int) -> EpochPlan {
    precondition((0...count).contains(visited), "\(visited) of \(count) rows")
    return part(visited..<count)
  }

  /// All of `plans` as one, in order: what a checkpoint keeps of the epoch.
  ///
  /// The plans must belong to one epoch and one shuffle.
  public static func joined(_ plans: [EpochPlan]) -> EpochPlan? {
    guard let first = plans.first else { return nil }
    precondition(plans.allSatisfy { $0.shuffle == first.shuffle && $0.epoch == first.epoch })
    return EpochPlan(
      shuffle: first.shuffle, epoch: first.epoch, segments: plans.flatMap(\.segments))
  }

  /// The part of this plan that `worker` of `workerCount` takes over.
  ///
  /// The same number of workers as before goes on exactly where each one was; another number gets
  /// parts of equal length. In both cases each place of the plan goes to one worker.
  public func share(of worker: Int, among workerCount: Int) -> EpochPlan {
    precondition((0..<workerCount).contains(worker), "worker \(worker) of \(workerCount)")
    if segments.allSatisfy({ $0.workerCount == workerCount }) {
      return EpochPlan(
        shuffle: shuffle, epoch: epoch, segments: segments.filter { $0.worker == worker })
    }
    let parts = Slice.deal(rowCount: count, blockRowCount: 1, workerCount: workerCount)
    return part(parts[worker].positions)
  }

  /// What `worker` of `workerCount` has left of an epoch of which the old workers, as many as
  /// `visited` has numbers, had visited that many rows each.
  public static func resumed(
    shuffle: Shuffle, epoch: Int, visited: [Int], worker: Int, of workerCount: Int
  ) -> EpochPlan {
    let rests = visited.indices.map {
      EpochPlan(shuffle: shuffle, epoch: epoch, worker: $0, of: visited.count)
        .rest(after: visited[$0])
    }
    return EpochPlan(shuffle: shuffle, epoch: epoch, segments: rests.flatMap(\.segments))
      .share(of: worker, among: workerCount)
  }

  /// The positions that the plan visits in `part` of its places, in order; for errors, as it takes its time.
  public func positions(in part: Range<Int>) -> [Int] {
    self.part(part).segments.flatMap { segment in
      let stream = shuffle.stream(
        epoch: epoch, worker: segment.worker, of: segment.workerCount)
      return segment.places.map { stream.position(at: $0) }
    }
  }

  private func part(_ wanted: Range<Int>) -> EpochPlan {
    var parts: [Segment] = []
    var start = 0
    for segment in segments {
      let own = start..<start + segment.places.count
      let common = own.clamped(to: wanted)
      if !common.isEmpty {
        let lower = segment.places.lowerBound + common.lowerBound - start
        parts.append(
          Segment(
            worker: segment.worker, workerCount: segment.workerCount,
            places: lower..<lower + common.count))
      }
      start = own.upperBound
    }
    return EpochPlan(shuffle: shuffle, epoch: epoch, segments: parts)
  }
}

extension EpochPlan {
  /// The plan as whole numbers, for a checkpoint.
  public var numbers: [Int] {
    [
      epoch, shuffle.rowCount, shuffle.blockRowCount, shuffle.windowRowCount,
      Int(truncatingIfNeeded: shuffle.seed),
    ]
      + segments.flatMap {
        [$0.worker, $0.workerCount, $0.places.lowerBound, $0.places.upperBound]
      }
  }

  /// The plan that `numbers` stand for, or nil when they stand for none.
  public init?(numbers: [Int]) {
    guard numbers.count >= 5, (numbers.count - 5) % 4 == 0, (0...1 << 48).contains(numbers[1]),
      numbers[2] > 0, numbers[3] >= numbers[2]
    else { return nil }
    let shuffle = Shuffle(
      rowCount: numbers[1], blockRowCount: numbers[2], windowRowCount: numbers[3],
      seed: UInt64(truncatingIfNeeded: numbers[4]))
    var segments: [Segment] = []
    for index in stride(from: 5, to: numbers.count, by: 4) {
      let (worker, workerCount) = (numbers[index], numbers[index + 1])
      let (lower, upper) = (numbers[index + 2], numbers[index + 3])
      guard workerCount > 0, workerCount <= 65_536,
        workerCount == numbers[6], (0..<workerCount).contains(worker),
        lower >= 0, lower <= upper,
        upper <= shuffle.slices(workerCount: workerCount)[worker].count
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
    self.init(shuffle: shuffle, epoch: numbers[0], segments: segments)
  }
}
