internal import NN
internal import Pipeline

/// One epoch as it runs: what it has to visit and what it has counted.
struct EpochRun {
  /// The epoch, from 1.
  let epoch: Int
  /// What an interrupted run left of the epoch; nil for a whole one.
  let resumed: EpochPlan?
  /// What this worker has counted.
  var metrics: FigureSet
  /// Seconds that an interrupted run spent on the epoch.
  let earlierSeconds: Double

  init(
    epoch: Int, resumed: EpochPlan?, sums: [Double]?, earlierSeconds: Double, metrics: FigureSet
  ) {
    self.epoch = epoch
    self.resumed = resumed
    self.earlierSeconds = earlierSeconds
    self.metrics = metrics
    if let sums, sums.count == metrics.sums.count { self.metrics.sums = sums }
  }

  /// What `worker` visits.
  func plan(for worker: Int, of workerCount: Int, _ setup: TrainingSetup) -> EpochPlan {
    resumed?.share(of: worker, among: workerCount)
      ?? EpochPlan(shuffle: setup.shuffle, epoch: epoch, worker: worker, of: workerCount)
  }

  /// The parts that are left of an epoch of `count`, one after the other.
  ///
  /// A resumed epoch begins in the part that the interrupted run was in.
  func parts(of count: Int) -> ClosedRange<Int> {
    min(Int(share * Double(count) + 1e-9) + 1, count)...count
  }

  /// Where the first `part` of `count` parts of the epoch ends in a plan: after whole batches, or at
  /// the plan's end.
  func end(ofPart part: Int, of count: Int, in plan: EpochPlan, batchSize: Int) -> Int {
    guard part < count else { return plan.count }
    let done = share
    let rows = Double(plan.count) * (Double(part) / Double(count) - done) / (1 - done)
    let batches = (rows / Double(batchSize) - 1e-9).rounded(.up)
    return min(max(Int(batches), 0) * batchSize, plan.count)
  }

  // The part of the epoch's rows that an interrupted run had done: below 1.
  private var share: Double {
    resumed.map { 1 - Double($0.count) / Double($0.wholeCount) } ?? 0
  }

  /// What is left when the workers have visited that many rows each.
  func rest(after visited: [Int], _ setup: TrainingSetup) -> EpochPlan? {
    EpochPlan.joined(
      visited.indices.map {
        plan(for: $0, of: visited.count, setup).rest(after: visited[$0])
      })
  }

  /// The metrics' sums of all workers.
  ///
  /// Collective.
  func sums(over workers: borrowing Communicator) throws -> [Double] {
    var all = metrics.sums
    try workers.allReduce(&all, .sum)
    return all
  }
}
