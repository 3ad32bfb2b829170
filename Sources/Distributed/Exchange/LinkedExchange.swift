package import NN

/// A worker of one of several nodes: what it does within its node, and the node's exchange with the others.
///
/// The first worker of a node does the latter for all of them (`NodeLink`), behind its own steps. When it is
/// through with its rows before the others are, the node exchanges at the next meeting, which ends each part of
/// an epoch.
package struct LinkedExchange: Exchange {
  private var inner: any Exchange
  private let membership: NodeMembership
  /// Whether the memory of the node has an optimizer's state and its count of steps.
  private let keepsState: Bool
  /// Whether all nodes have the same weights, since they have met and nobody has trained since then; the same
  /// on all workers.
  private var hasMet = false
  /// The rows of the epoch that are in the master's weights, and rows that will be.
  private var masterRows = 0
  private var nextRows = (count: 0, exchangeCount: 0)

  package init(_ inner: any Exchange, _ membership: NodeMembership, keepsState: Bool) {
    self.inner = inner
    self.membership = membership
    self.keepsState = keepsState
  }

  package var parameters: UnsafeMutableBufferPointer<Float> { inner.parameters }
  package var memory: ParameterMemory { inner.memory }
  package var noiseStep: Int { inner.noiseStep }
  package var staleness: StalenessCounts? { inner.staleness }
  package var backwardUpdate: BackwardUpdate? { inner.backwardUpdate }
  package var refusedPushes: (count: Int, row: Int) { membership.link?.refusals ?? (0, 0) }

  package var optimizer: any Optimizer {
    get { inner.optimizer }
    set { inner.optimizer = newValue }
  }

  package mutating func begin(from snapshot: ParameterSnapshot?) { inner.begin(from: snapshot) }

  /// All workers come here before they train on.
  package mutating func stepCount(own: Int, among workers: borrowing Communicator) throws -> Int {
    hasMet = false
    return try inner.stepCount(own: own, among: workers)
  }

  package mutating func pull() throws { try inner.pull() }

  package mutating func updateInBackward(of executor: Executor) {
    inner.updateInBackward(of: executor)
  }

  package mutating func push(
    rowCount: Int, wantsToStop: Bool, among workers: borrowing Communicator
  ) throws -> Bool {
    let stops = try inner.push(rowCount: rowCount, wantsToStop: wantsToStop, among: workers)
    // Also without rows: the other ranks of this worker may have had some, and other workers train on.
    if let link = membership.link {
      try memory.traffic.exchangingNodes { try counting { try link.stepped() } }
    }
    return stops
  }

  /// Rows are in the master's weights when an exchange is complete that began behind them: the second one from
  /// now, as one may be under way.
  package mutating func reached(_ rowCount: Int) -> Int {
    let own = inner.reached(rowCount)
    let exchangeCount = memory.exchangeCount
    if rowCount == 0 {
      masterRows = 0
      nextRows = (0, exchangeCount)
    } else if exchangeCount >= nextRows.exchangeCount + 2 {
      masterRows = nextRows.count
      nextRows = (own, exchangeCount)
    }
    return masterRows
  }

  /// What the worker has within its node, and what the node's pushes have left out.
  package var holdings: WorkerHoldings? {
    guard let link = membership.link, var holdings = inner.holdings else { return inner.holdings }
    holdings.leftOut = { link.leftOut }
    return holdings
  }

  package mutating func settle(among workers: borrowing Communicator) throws {
    try inner.settle(among: workers)
    try memory.traffic.waitingForServers { try counting { try membership.meet(among: workers) } }
    hasMet = true
  }

  /// Runs what the node's first worker exchanges by, and counts the bytes of that.
  private func counting(_ exchange: () throws -> Void) rethrows {
    let before = membership.link?.byteCount ?? 0
    try exchange()
    memory.traffic.moved(byteCount: (membership.link?.byteCount ?? 0) - before)
  }

  package func snapshot(among workers: borrowing Communicator) throws -> ParameterSnapshot? {
    // What has not been exchanged yet would be missing, or be one node's alone.
    if !hasMet { try membership.meet(among: workers) }
    let copy = try inner.snapshot(among: workers)
    guard keepsState else { return copy }
    let (state, updateCount) = try membership.meanState(of: memory, among: workers)
    return copy.map {
      ParameterSnapshot(
        parameters: $0.parameters, state: state, updateCount: updateCount, own: $0.own)
    }
  }
}
