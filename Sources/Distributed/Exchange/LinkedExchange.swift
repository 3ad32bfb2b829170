internal import NN

/// A worker of one of several nodes: what it does within its node, and the node's exchange with the others.
///
/// The first worker of a node does the latter for all of them (`NodeLink`), behind its own steps.
struct LinkedExchange: Exchange {
  private var inner: any Exchange
  private let membership: NodeMembership
  /// Whether the memory of the node has an optimizer's state and its count of steps.
  private let keepsState: Bool

  init(_ inner: any Exchange, _ membership: NodeMembership, keepsState: Bool) {
    self.inner = inner
    self.membership = membership
    self.keepsState = keepsState
  }

  var parameters: UnsafeMutableBufferPointer<Float> { inner.parameters }
  var memory: ParameterMemory { inner.memory }
  var noiseStep: Int { inner.noiseStep }
  var staleness: StalenessCounts? { inner.staleness }
  var backwardUpdate: BackwardUpdate? { inner.backwardUpdate }

  var optimizer: any Optimizer {
    get { inner.optimizer }
    set { inner.optimizer = newValue }
  }

  mutating func begin(from snapshot: ParameterSnapshot?) { inner.begin(from: snapshot) }

  mutating func stepCount(own: Int, among workers: borrowing Communicator) throws -> Int {
    try inner.stepCount(own: own, among: workers)
  }

  mutating func pull() throws { try inner.pull() }

  mutating func updateInBackward(of executor: Executor) { inner.updateInBackward(of: executor) }

  mutating func push(
    rowCount: Int, wantsToStop: Bool, among workers: borrowing Communicator
  ) throws -> Bool {
    let stops = try inner.push(rowCount: rowCount, wantsToStop: wantsToStop, among: workers)
    if rowCount > 0 { try membership.link?.stepped() }
    return stops
  }

  mutating func settle(among workers: borrowing Communicator) throws {
    try inner.settle(among: workers)
    try membership.meet(among: workers)
  }

  func snapshot(among workers: borrowing Communicator) throws -> ParameterSnapshot? {
    // What has not been exchanged yet would be missing, or be one node's alone.
    try membership.meet(among: workers)
    let copy = try inner.snapshot(among: workers)
    guard keepsState else { return copy }
    let (state, updateCount) = try membership.meanState(of: memory, among: workers)
    return copy.map {
      ParameterSnapshot(
        parameters: $0.parameters, state: state, updateCount: updateCount, own: $0.own)
    }
  }
}
