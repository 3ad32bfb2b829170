internal import CKernels
internal import NN

/// A worker of several ranks: they share its steps, and its first rank meets the other workers.
///
/// Each rank computes the gradient of rows of its own; one reduction gives the worker's mean gradient, with which
/// the first rank makes a step of the mode, and the others compute on what it computes on. n ranks with batch b
/// are a worker with batch n b.
struct GroupExchange: Exchange {
  private var inner: any Exchange
  private let group: WorkerGroup
  private let gradient: Gradient
  /// What a rank that is not the first computes on; nil where that is the shared memory.
  private let copy: UnsafeMutableBufferPointer<Float>?
  /// Whether the first rank's parameters are sent to the others for each step.
  private let sends: Bool
  private let arena = FloatArena()
  /// More than ranks can wish.
  private static let settled: Float = 0x1p20
  /// Whether the step that runs has its parameters.
  private var hasPulled = false
  /// The worker's steps: all its ranks count them, while only the first one makes them.
  private(set) var noiseStep = 0
  /// Whether all work is in the memory: the first rank knows, and tells the others in the next step's reduction.
  private var isSettled = false
  /// The first rank's steps.
  private var steps = 0
  /// The rows of the epoch that this rank has visited, and those that are in the memory for sure.
  private var (visitedRows, settledRows) = (0, 0)

  /// `inner` is the whole worker's; only its first rank changes anything with it.
  init(_ inner: any Exchange, _ group: WorkerGroup, gradient: Gradient) {
    self.inner = inner
    self.group = group
    self.gradient = gradient
    sends = inner.parameters.baseAddress != inner.memory.parameters.baseAddress
    copy = sends && !group.isFirst ? arena.allocate(inner.memory.parameterCount) : nil
  }

  var parameters: UnsafeMutableBufferPointer<Float> { copy ?? inner.parameters }
  var memory: ParameterMemory { inner.memory }
  var staleness: StalenessCounts? { group.isFirst ? inner.staleness : nil }

  var optimizer: any Optimizer {
    get { inner.optimizer }
    set { inner.optimizer = newValue }
  }

  mutating func begin(from snapshot: ParameterSnapshot?) {
    inner.begin(from: snapshot)
    noiseStep = inner.noiseStep
  }

  /// All ranks of a worker make as many as the busiest of them.
  mutating func stepCount(own: Int, among workers: borrowing Communicator) throws -> Int {
    try group.ranks.allReduce(own, .maximum)
  }

  mutating func pull() throws {
    hasPulled = true
    if group.isFirst { try inner.pull() }
    guard sends else { return }
    try group.ranks.broadcast(parameters, from: 0, isQuick: true)
    memory.traffic.moved(floatCount: parameters.count)
  }

  mutating func push(
    rowCount: Int, wantsToStop: Bool, among workers: borrowing Communicator
  ) throws -> Bool {
    // A rank without rows does not pull, and the others' parameters come to all.
    if !hasPulled { try pull() }
    hasPulled = false
    let whole = 0..<gradient.parameterCount
    gradient.weigh(whole, rowCount: rowCount)
    gradient.rowCount = Float(rowCount)
    // The first rank's word rides with the wishes, of which there are fewer.
    gradient.stopWish = (wantsToStop ? 1 : 0) + (group.isFirst && isSettled ? Self.settled : 0)
    try group.ranks.allReduce(gradient.message(whole), .sum)
    let saysSettled = gradient.stopWish >= Self.settled
    if !group.isFirst { isSettled = saysSettled }
    let total = gradient.rowCount
    let stops = gradient.stopWish - (saysSettled ? Self.settled : 0) > 0
    if total > 0 { noiseStep += 1 }
    guard group.isFirst, total > 0 else { return stops }
    ck_scale_by(whole.count, 1 / total, gradient.start)
    _ = try inner.push(rowCount: Int(total), wantsToStop: stops, among: group.firsts)
    return stops
  }

  mutating func reached(_ rowCount: Int) -> Int {
    defer { visitedRows = rowCount }
    if group.isFirst {
      // Steps in place of rows: the other ranks may have some when this one has none left.
      steps += 1
      isSettled = inner.reached(steps) == steps
    }
    // What the others have heard is of the step before.
    let rows = min(group.isFirst ? rowCount : visitedRows, rowCount)
    if isSettled || rowCount == 0 { settledRows = rows }
    return settledRows
  }

  var holdings: WorkerHoldings? { group.isFirst ? inner.holdings : nil }

  mutating func settle(among workers: borrowing Communicator) throws {
    if group.isFirst { try inner.settle(among: group.firsts) }
  }

  func snapshot(among workers: borrowing Communicator) throws -> ParameterSnapshot? {
    group.isFirst ? try inner.snapshot(among: group.firsts) : nil
  }
}
