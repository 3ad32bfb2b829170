internal import NN
internal import Pipeline

/// One epoch as it runs: what it has to visit and what it has counted.
struct EpochRun {
  /// The epoch, from 1.
  let epoch: Int
  /// What an interrupted run left of the epoch; nil for a whole one.
  let resumed: EpochPlan?
  /// What this worker has counted.
  var metrics: MetricSet
  /// Seconds that an interrupted run spent on the epoch.
  let earlierSeconds: Double

  init(
    epoch: Int, resumed: EpochPlan?, sums: [Double]?, earlierSeconds: Double, metrics: MetricSet
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

/// A copy of the parameter server's memory: what is written while training goes on.
struct ParameterSnapshot {
  let parameters: [Float]
  let state: [Float]
  let updateCount: Int

  init(parameters: [Float], state: [Float], updateCount: Int) {
    self.parameters = parameters
    self.state = state
    self.updateCount = updateCount
  }

  init(_ memory: ParameterMemory) {
    parameters = Array(memory.parameters)
    state = Array(memory.state)
    updateCount = memory.updateCount
  }
}
