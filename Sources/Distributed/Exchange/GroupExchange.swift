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
  /// Whether the step that runs has its parameters.
  private var hasPulled = false

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
  var noiseStep: Int { inner.noiseStep }
  var staleness: StalenessCounts? { group.isFirst ? inner.staleness : nil }

  var optimizer: any Optimizer {
    get { inner.optimizer }
    set { inner.optimizer = newValue }
  }

  mutating func begin(from snapshot: ParameterSnapshot?) { inner.begin(from: snapshot) }

  /// All ranks of a worker make as many as the busiest of them.
  mutating func stepCount(own: Int, among workers: borrowing Communicator) throws -> Int {
    try group.ranks.allReduce(own, .maximum)
  }

  mutating func pull() throws {
    hasPulled = true
    if group.isFirst { try inner.pull() }
    guard sends else { return }
    try group.ranks.broadcast(parameters, from: 0, isQuick: true)
  }

  mutating func push(
    rowCount: Int, wantsToStop: Bool, among workers: borrowing Communicator
  ) throws -> Bool {
    // A rank without rows does not pull, and the others' parameters come to all.
    if !hasPulled { try pull() }
    hasPulled = false
    let (count, values) = (gradient.parameterCount, gradient.start)
    // The gradient is a mean over this rank's rows; the sum over all rows is what adds up.
    if rowCount == 0 {
      values.update(repeating: 0, count: count)
    } else {
      ck_scale_by(count, Float(rowCount), values)
    }
    gradient.values[count] = Float(rowCount)
    gradient.values[count + 1] = wantsToStop ? 1 : 0
    try group.ranks.allReduce(UnsafeMutableBufferPointer(start: values, count: count + 2), .sum)
    let (total, stops) = (gradient.values[count], gradient.values[count + 1] > 0)
    guard group.isFirst, total > 0 else { return stops }
    ck_scale_by(count, 1 / total, values)
    _ = try inner.push(rowCount: Int(total), wantsToStop: stops, among: group.firsts)
    return stops
  }

  mutating func settle(among workers: borrowing Communicator) throws {
    if group.isFirst { try inner.settle(among: group.firsts) }
  }

  func snapshot(among workers: borrowing Communicator) throws -> ParameterSnapshot? {
    group.isFirst ? try inner.snapshot(among: group.firsts) : nil
  }
}
