/// What one worker visits in an epoch, or what is left of an epoch that was interrupted.
///
/// Normally the whole of the worker's own stream, or what it draws. After a resume on another number of
/// workers: contiguous parts of what the old workers had not visited.
public struct EpochPlan: Sendable, Equatable {
  /// A part of the stream that worker `worker` of `workerCount` has in the plan's epoch.
  public struct Segment: Sendable, Equatable {
    /// Whose stream it is.
    public var worker: Int
    /// Among how many workers the rows were dealt.
    public var workerCount: Int
    /// The places of the stream to visit; of a draw those of its laps, put end to end.
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

  /// All that `worker` visits in `epoch`.
  public init(shuffle: Shuffle, epoch: Int, worker: Int, of workerCount: Int) {
    let count = shuffle.rowCounts(epoch: epoch, workerCount: workerCount)[worker]
    self.init(
      shuffle: shuffle, epoch: epoch,
      segments: [Segment(worker: worker, workerCount: workerCount, places: 0..<count)])
  }

  /// How many rows the plan visits.
  public var count: Int { segments.reduce(0) { $0 + $1.places.count } }

  /// How many rows the whole epoch has for all workers, among which its rows were dealt.
  public var wholeCount: Int {
    guard let workerCount = segments.first?.workerCount else { return shuffle.rowCount }
    return shuffle.rowCounts(epoch: epoch, workerCount: workerCount).reduce(0, +)
  }

  /// How many rows a step visits where `most` are asked for: as many, but a draw has no batch that is
  /// longer than the slice it comes from.
  public func stepRowCount(atMost most: Int) -> Int {
    guard let draw = shuffle.draw, let workerCount = segments.first?.workerCount else {
      return most
    }
    let deal = shuffle.deal(epoch: epoch, workerCount: workerCount)
    let longest = segments.map { draw.stepRowCount(of: deal.rowCount(of: $0.worker)) }.max()
    return min(most, longest ?? most)
  }

  /// Calls `body` with each stream that is visited, in order, and the places of it.
  public func forEachStream(_ body: (RowStream, Range<Int>) -> Void) {
    guard let workerCount = segments.first?.workerCount else { return }
    let deal = shuffle.deal(epoch: epoch, workerCount: workerCount)
    for segment in segments {
      let positions = deal.positions(of: segment.worker)
      let lapCount = shuffle.draw?.lapRowCount(of: positions.count) ?? positions.count
      for lap in segment.places.lowerBound / lapCount...(segment.places.upperBound - 1) / lapCount {
        let places = segment.places.clamped(to: lap * lapCount..<(lap + 1) * lapCount)
        let stream = shuffle.stream(
          positions, epoch: epoch, worker: segment.worker, of: workerCount, lap: lap)
        body(stream, places.lowerBound - lap * lapCount..<places.upperBound - lap * lapCount)
      }
    }
  }

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
  /// parts of equal length, of a draw as many batches. In both cases each place of the plan goes to one
  /// worker.
  public func share(of worker: Int, among workerCount: Int) -> EpochPlan {
    precondition((0..<workerCount).contains(worker), "worker \(worker) of \(workerCount)")
    if segments.allSatisfy({ $0.workerCount == workerCount }) {
      return EpochPlan(
        shuffle: shuffle, epoch: epoch, segments: segments.filter { $0.worker == worker })
    }
    let unit = shuffle.draw == nil ? 1 : stepRowCount(atMost: max(1, count))
    let parts = Slice.deal(
      rowCount: (count + unit - 1) / unit, blockRowCount: 1, workerCount: workerCount)
    let positions = parts[worker].positions
    return part(min(positions.lowerBound * unit, count)..<min(positions.upperBound * unit, count))
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
    var positions: [Int] = []
    self.part(part).forEachStream { stream, places in
      positions += places.map { stream.position(at: $0) }
    }
    return positions
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
