internal import CKernels
internal import NN

/// The shared memory has the optimizer; workers push sums of gradients and compute on copies.
///
/// Updates are made one at a time, under the memory's lock, as a server makes them; a copy is read without
/// it, as from a server whose parts answer one by one. While a worker goes on with an old copy it changes it
/// by an optimizer of its own.
struct DownpourExchange: Exchange {
  let memory: ParameterMemory
  private let gradient: Gradient
  private let replica: Replica
  private let pushInterval: Int
  private let pullInterval: Int
  /// The sum of the gradients since the last push; nil where every gradient is pushed and used by nothing
  /// else.
  private let sum: UnsafeMutableBufferPointer<Float>?
  private let correction: StalenessCorrection
  private let counts = StalenessCounts()
  /// The gradients in `sum`.
  private var pending = 0
  /// The steps since the last pull.
  private var age = 0
  /// The rows of the epoch up to the last push.
  private var pushedRows = 0
  /// The updates that the copy knows of, this worker's since the pull among them.
  private var known = 0
  private var shared: any Optimizer

  init(_ parts: ExchangeParts, pushInterval: Int, pullInterval: Int) {
    memory = parts.memory
    gradient = parts.gradient
    shared = parts.optimizer
    correction = parts.correction
    self.pushInterval = pushInterval
    self.pullInterval = pullInterval
    replica = Replica(parts, makesSteps: pullInterval > 1)
    sum = pushInterval > 1 || pullInterval > 1 ? replica.block() : nil
  }

  var parameters: UnsafeMutableBufferPointer<Float> { replica.weights }

  var optimizer: any Optimizer {
    get { shared }
    set {
      shared = newValue
      replica.optimizer = newValue
    }
  }

  /// A push counts once for all its steps.
  var noiseStep: Int { memory.updateCount &* pushInterval &+ pending }

  var staleness: StalenessCounts? { counts }

  mutating func begin(from snapshot: ParameterSnapshot?) {
    replica.begin(from: nil)
    known = memory.updateCount
    if let counters = snapshot?.restore(blocks, layout: layout, counterCount: 3) {
      (pending, age, replica.stepCount) = (counters[0], counters[1], counters[2])
    }
  }

  mutating func pull() {
    if age == 0 {
      known = memory.updateCount
      replica.pull()
    } else {
      replica.pullAverages()
    }
    // A sum is as old as the first of its gradients.
    if pending == 0 { counts.read(after: known) }
  }

  mutating func push(
    rowCount: Int, wantsToStop: Bool, among workers: borrowing Communicator
  ) throws -> Bool {
    guard rowCount > 0 else { return wantsToStop }
    replica.pushAverages()
    pending += 1
    age = age + 1 < pullInterval ? age + 1 : 0
    memory.traffic.computing {
      if let sum { ck_accumulate(memory.trainedCount, gradient.start, sum.start) }
      if age > 0 { replica.step() }
    }
    if pending >= pushInterval { try send() }
    return wantsToStop
  }

  mutating func reached(_ rowCount: Int) -> Int {
    if pending == 0 || rowCount == 0 { pushedRows = rowCount }
    return pushedRows
  }

  mutating func settle(among workers: borrowing Communicator) throws {
    if pending > 0 { try send() }
    age = 0
  }

  func snapshot(among workers: borrowing Communicator) throws -> ParameterSnapshot? {
    let own = try ParameterSnapshot.own(
      blocks, counters: [pending, age, replica.stepCount], layout: layout, among: workers)
    guard workers.rank == 0 else { return nil }
    return ParameterSnapshot(
      parameters: Array(memory.parameters), state: Array(memory.state),
      updateCount: memory.updateCount, own: own)
  }

  /// What a worker has for itself between two pulls and two pushes.
  private var blocks: [UnsafeMutableBufferPointer<Float>] {
    (sum.map { [$0] } ?? []) + (pullInterval > 1 ? [replica.trained, replica.state] : [])
  }

  /// What `blocks` are.
  private var layout: String {
    "downpour\(sum == nil ? "" : " sum")\(pullInterval > 1 ? " replica" : "")"
  }

  /// One update of the shared parameters by what has been added up.
  private mutating func send() throws {
    try memory.lock.lockForWriting()
    let number = memory.nextUpdate()
    let pushed = sum?.start ?? gradient.start
    // A push of one gradient was computed on what is still in the copy.
    let factor = correction.correct(
      pushed, count: memory.trainedCount, staleness: counts.wrote(as: number),
      now: memory.parameters.start, read: sum == nil ? replica.weights.start : nil)
    shared.update(
      parameters: memory.parameters.start, gradient: pushed, state: memory.stateStart,
      count: memory.trainedCount, step: number, rateFactor: factor)
    memory.lock.unlockAfterWriting()
    memory.traffic.moved(floatCount: memory.trainedCount)
    known += 1
    sum?.update(repeating: 0)
    pending = 0
  }
}
