internal import NN

/// A worker trains weights of its own; every `interval` steps they meet the shared ones.
///
/// A meeting is one pass over the weights under the shared memory's lock: nobody's part is lost. An update
/// of the shared memory is a meeting, and the optimizer's steps are each worker's own.
struct ReplicaExchange<M: Meeting>: Exchange {
  let memory: ParameterMemory
  private let replica: Replica
  private let meeting: M
  private let interval: Int
  private let counts = StalenessCounts()
  /// The rows of the epoch up to the last meeting.
  private var metRows = 0

  init(_ parts: ExchangeParts, interval: Int, meeting make: (Replica) -> M) {
    memory = parts.memory
    self.interval = interval
    replica = Replica(parts)
    meeting = make(replica)
  }

  var parameters: UnsafeMutableBufferPointer<Float> { replica.weights }

  var optimizer: any Optimizer {
    get { replica.optimizer }
    set { replica.optimizer = newValue }
  }

  var noiseStep: Int { replica.stepCount }

  var staleness: StalenessCounts? { counts }

  func begin(from snapshot: ParameterSnapshot?) {
    replica.begin(from: snapshot)
    meeting.begin()
    _ = snapshot?.restore(blocks, layout: M.layout, counterCount: 0)
    counts.read(after: memory.updateCount)
  }

  func pull() { replica.pullAverages() }

  var backwardUpdate: BackwardUpdate? { replica.backwardUpdate }

  func updateInBackward(of executor: Executor) { replica.updateInBackward(of: executor) }

  func push(
    rowCount: Int, wantsToStop: Bool, among workers: borrowing Communicator
  ) throws -> Bool {
    guard rowCount > 0 else { return wantsToStop }
    memory.traffic.computing {
      replica.step()
      meeting.stepped()
    }
    replica.pushAverages()
    if replica.stepCount % interval == 0 { try meet() }
    return wantsToStop
  }

  mutating func reached(_ rowCount: Int) -> Int {
    if replica.stepCount % interval == 0 || rowCount == 0 { metRows = rowCount }
    return metRows
  }

  /// The shared weights, and the optimizer of this worker.
  var holdings: WorkerHoldings? {
    let replica = replica
    return WorkerHoldings(parameters: [memory.parameters], state: replica.state) {
      replica.stepCount
    }
  }

  func settle(among workers: borrowing Communicator) throws {
    if M.leavesWork, replica.stepCount % interval != 0 { try meet() }
  }

  func snapshot(among workers: borrowing Communicator) throws -> ParameterSnapshot? {
    let state = try ParameterSnapshot.mean(of: replica.state, among: workers)
    let steps = try workers.allReduce(replica.stepCount, .sum)
    let own = try ParameterSnapshot.own(blocks, layout: M.layout, among: workers)
    guard workers.rank == 0 else { return nil }
    return ParameterSnapshot(
      parameters: Array(memory.parameters), state: state,
      updateCount: (steps + workers.size / 2) / workers.size, own: own)
  }

  private func meet() throws {
    try memory.lock.lockForWriting()
    let number = memory.nextUpdate()
    let others = counts.wrote(as: number)
    meeting.meet(shared: memory.parameters.start, others: others)
    memory.lock.unlockAfterWriting()
    // The shared weights are read and written.
    memory.traffic.moved(floatCount: 2 * memory.trainedCount)
    counts.read(after: number)
  }

  /// What this worker has for itself: its weights, and what the meeting keeps.
  private var blocks: [UnsafeMutableBufferPointer<Float>] { [replica.trained] + meeting.blocks }
}
