internal import CKernels
internal import NN

/// Workers train by themselves; every `interval` steps their mean makes one step of an outer optimizer.
///
/// Each worker has parameters, optimizer state and outer velocity of its own and makes the same outer step,
/// so that all have equal parameters after it. The mean is over the rows that the workers have trained on,
/// so one that has none left does not count. Works over any number of nodes.
struct LocalSGDExchange: Exchange {
  let memory: ParameterMemory
  private let gradient: Gradient
  var optimizer: any Optimizer { didSet { backwardUpdate?.optimizer = optimizer } }
  private(set) var backwardUpdate: BackwardUpdate?
  private let interval: Int
  private let rate: Float
  private let momentum: Float
  /// The trained parameters after the last outer step.
  private let start: UnsafeMutableBufferPointer<Float>
  private let velocity: UnsafeMutableBufferPointer<Float>
  /// What one reduction carries: changes and moving averages times rows, the rows, and how many workers want
  /// to stop.
  private let sums: UnsafeMutableBufferPointer<Float>
  /// What changes are added up by where messages are compressed; nil: the one reduction.
  private let reduction: CompressedReduction?
  /// What floats are added up by; nil: all workers meet at once.
  private let groups: NodeGroups?
  private let arena = FloatArena()
  /// Steps since the last outer one, and the rows in them.
  private var pending = 0
  private var pendingRows = 0
  /// The optimizer's steps, and the rows of the epoch, up to the last outer step.
  private let steps = OuterSteps()
  private var outerRows = 0
  /// Steps until the end of the part of the epoch that runs.
  private var stepsLeft = 0

  private static let layout = "outer step"

  init(_ parts: ExchangeParts, interval: Int, rate: Float, momentum: Float) {
    memory = parts.memory
    gradient = parts.gradient
    optimizer = parts.optimizer
    self.interval = interval
    self.rate = rate
    self.momentum = momentum
    reduction = parts.reduction
    groups = parts.groups
    start = arena.allocate(memory.trainedCount)
    velocity = arena.allocate(memory.trainedCount)
    sums = arena.allocate(memory.parameterCount + 2)
  }

  var parameters: UnsafeMutableBufferPointer<Float> { memory.parameters }

  mutating func begin(from snapshot: ParameterSnapshot?) {
    start.start.update(from: memory.parameters.start, count: memory.trainedCount)
    let counters = snapshot?.restore(blocks, layout: Self.layout, counterCount: 2)
    if let counters { (pending, pendingRows) = (counters[0], counters[1]) }
    steps.updateCount = memory.updateCount
    reduction?.begin(from: snapshot, layout: Self.layout)
  }

  mutating func reached(_ rowCount: Int) -> Int {
    if pending == 0 || rowCount == 0 { outerRows = rowCount }
    return outerRows
  }

  /// The weights after the last outer step, which all workers have, with this worker's averages and
  /// optimizer as they are now, and what compressed messages have left out.
  var holdings: WorkerHoldings? {
    let steps = steps
    var holdings = WorkerHoldings(
      parameters: [
        start, UnsafeMutableBufferPointer(rebasing: memory.parameters[memory.trainedCount...]),
      ], state: memory.state, own: blocks, layout: Self.layout
    ) { steps.updateCount }
    if let reduction { holdings.leftOut = { reduction.ownLeftOut } }
    return holdings
  }

  mutating func stepCount(own: Int, among workers: borrowing Communicator) throws -> Int {
    stepsLeft = workers.size == 1 ? own : try workers.allReduce(own, .maximum)
    return stepsLeft
  }

  func pull() {}

  /// Nobody else reads these parameters before the outer step.
  mutating func updateInBackward(of executor: Executor) {
    guard executor.updatesInBackward else { return }
    let memory = memory
    backwardUpdate = BackwardUpdate(
      optimizer, parameters: memory.parameters.start,
      state: memory.stateStart, count: memory.trainedCount
    ) { memory.nextUpdate() }
  }

  /// The outer step comes after an interval, at the end of a part of an epoch, and when somebody wants to
  /// stop.
  ///
  /// All workers make as many steps and so as many outer ones. Who wants to stop makes its next one at once,
  /// and the others hear of it in their next one.
  mutating func push(
    rowCount: Int, wantsToStop: Bool, among workers: borrowing Communicator
  ) throws -> Bool {
    if rowCount > 0 {
      if backwardUpdate == nil {
        optimizer.update(memory, gradient: gradient, step: memory.nextUpdate())
      } else {
        memory.addChange(gradient.start)
      }
    }
    pending += 1
    pendingRows += rowCount
    stepsLeft -= 1
    // One worker alone has nobody to agree with: it goes on inside the interval when it is resumed.
    let agrees = wantsToStop && workers.size > 1
    guard pending >= interval || stepsLeft == 0 || agrees else { return wantsToStop }
    return try stepTogether(wantsToStop: wantsToStop, among: workers)
  }

  func snapshot(among workers: borrowing Communicator) throws -> ParameterSnapshot? {
    let state = try ParameterSnapshot.mean(of: memory.state, among: workers)
    let own = try ParameterSnapshot.own(
      blocks, counters: [pending, pendingRows], layout: Self.layout, reduction: reduction,
      among: workers)
    guard workers.rank == 0 else { return nil }
    return ParameterSnapshot(
      parameters: Array(memory.parameters), state: state, updateCount: memory.updateCount,
      own: own)
  }

  private var blocks: [UnsafeMutableBufferPointer<Float>] { [start, velocity] }

  /// The outer step; gives whether a worker wants to stop.
  ///
  /// Collective.
  private mutating func stepTogether(
    wantsToStop: Bool, among workers: borrowing Communicator
  ) throws -> Bool {
    let (count, trained) = (memory.parameterCount, memory.trainedCount)
    let own = memory.parameters.start
    let weight = workers.size == 1 ? 1 : Float(pendingRows)
    (pending, pendingRows) = (0, 0)
    if reduction == nil { ck_scaled_change(trained, weight, start.start, own, sums.start) }
    var (stops, factor) = (wantsToStop, Float(1))
    if workers.size > 1 {
      let averages = sums.start + trained
      averages.update(from: own + trained, count: count - trained)
      ck_scale_by(count - trained, weight, averages)
      sums[count] = weight
      sums[count + 1] = wantsToStop ? 1 : 0
      // Compressed messages follow when the rows of all are known: they have shares of the mean.
      let first = reduction == nil ? 0 : trained
      let rest = UnsafeMutableBufferPointer(rebasing: sums[first...])
      try workers.sum(rest, by: groups)
      stops = sums[count + 1] > 0
      factor = sums[count] > 0 ? 1 / sums[count] : 0
      if factor > 0 {
        ck_scale_by(count - trained, factor, averages)
        (own + trained).update(from: averages, count: count - trained)
      }
    }
    if let reduction, factor > 0 {
      ck_scaled_change(trained, weight * factor, start.start, own, sums.start)
      try reduction.sum(UnsafeMutableBufferPointer(rebasing: sums[..<trained]), among: workers)
      factor = 1
    }
    ck_outer_step(
      trained, rate, momentum, factor, sums.start, velocity.start, start.start, own)
    steps.updateCount = memory.updateCount
    return stops
  }
}

/// A class: who asks for a worker's holdings asks in the middle of a step.
private final class OuterSteps {
  var updateCount = 0
}
