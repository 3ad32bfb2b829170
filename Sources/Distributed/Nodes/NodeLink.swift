internal import CKernels
internal import NN

/// What the first worker of a node does for all of them: exchanges the node's weights with the master's.
///
/// Double-buffered: a push is under way while the node's workers train on. With w the node's weights, b what
/// they were based on and n nodes, a push adds s (w - b) to the master's weights, where s is 1/n or 1
/// (`NodeMerge`), and b becomes w; when the answer m is there, w += m - b and b becomes m: what the workers did
/// meanwhile stays. A change that is not finite, or that a message would make so, is not sent: the node goes back
/// to b; so it does where a server refuses it.
package final class NodeLink {
  private let memory: ParameterMemory
  private let transport: any MasterTransport
  private let interval: Int
  private let scale: Float
  /// Whether the node's workers use the memory's lock.
  private let locks: Bool
  /// b; while a push is under way the weights that it began with.
  private var base: UnsafeMutableBufferPointer<Float>
  /// Where a copy of the weights or an answer goes.
  private var incoming: UnsafeMutableBufferPointer<Float>
  /// What is pushed, or what an answer changes.
  private let change: UnsafeMutableBufferPointer<Float>
  private let arena = FloatArena()
  private var isUnderWay = false
  /// Whether the push that is under way is one of nothing, since the change was refused.
  private var isRefusedHere = false
  /// The pushes in a row, up to the last answer, that a server has refused.
  private var refusedThere = 0
  /// Steps of this worker since the last push.
  private var steps = 0
  /// How stale the node's pushes were, in pushes of other nodes.
  let counts = StalenessCounts()
  /// A fault that a test asks for behind the start of a push; nil: none.
  var trigger: FaultTrigger?
  /// The changes that were refused, here or by a server: all of them, and those since the last one that was taken.
  package private(set) var refusals = (count: 0, row: 0)

  package init(
    _ memory: ParameterMemory, _ transport: any MasterTransport, interval: Int, scale: Double,
    locks: Bool
  ) {
    self.memory = memory
    self.transport = transport
    self.interval = interval
    self.scale = Float(scale)
    self.locks = locks
    base = arena.allocate(memory.parameterCount)
    incoming = arena.allocate(memory.parameterCount)
    change = arena.allocate(memory.parameterCount)
  }

  /// Bytes that have been sent and received.
  var byteCount: Int { transport.byteCount }

  /// See `MasterTransport.leftOut`.
  var leftOut: [Float]? {
    // What has been answered meanwhile is not on its way any more.
    if isUnderWay { for _ in 0..<8 where (try? transport.isDone()) == true { break } }
    return transport.leftOut
  }

  /// The worker has made a step: takes an answer that is there, and pushes when it is time.
  ///
  /// Does not block.
  package func stepped() throws {
    steps += 1
    try transport.progress()
    if isUnderWay {
      guard try transport.isDone() else { return }
      try take()
    }
    if steps >= interval { try push(whole: false) }
  }

  /// Pushes all that the node has and waits until it is there; the node's workers rest.
  package func finish(_ group: borrowing Communicator) throws {
    if isUnderWay {
      try transport.wait(group)
      try take()
    }
    try push(whole: true)
    try transport.wait(group)
    try take()
  }

  /// Makes the node's weights the master's; the node's workers rest, and no node pushes.
  package func adopt(_ group: borrowing Communicator) throws {
    isUnderWay = true
    try transport.pull(into: incoming.start)
    try transport.wait(group)
    isUnderWay = false
    guard ck_sum_of_squares(memory.parameterCount, incoming.start).isFinite else {
      throw Self.spoiled
    }
    swap(&base, &incoming)
    memory.parameters.start.update(from: base.start, count: memory.parameterCount)
    counts.read(after: transport.pushCount)
  }

  /// Gives the master its first weights, which are zero until then: those of this node.
  package func seed(_ group: borrowing Communicator) throws {
    change.start.update(from: memory.parameters.start, count: memory.parameterCount)
    isUnderWay = true
    try transport.push(change.start, whole: true, fetching: incoming.start)
    try transport.wait(group)
    isUnderWay = false
    guard !transport.isRefused else {
      throw DistributedError(
        "the first weights are not finite: look at the model file that they come from",
        exitCode: 65)
    }
  }

  private func push(whole: Bool) throws {
    steps = 0
    let (count, weights) = (memory.parameterCount, memory.parameters.start)
    // As a writer, though it only reads: where many workers write, one of them is always waiting, and a reader
    // does not come in.
    if locks { try memory.lock.lockForWriting() }
    incoming.start.update(from: weights, count: count)
    if locks { memory.lock.unlockAfterWriting() }
    if ck_finite_change(count, -scale, base.start, incoming.start, change.start),
      transport.takes(change.start)
    {
      isRefusedHere = false
      refusals.row = refusedThere
      swap(&base, &incoming)
    } else {
      // A push of nothing: the servers count it, and its answer brings what the others have done.
      isRefusedHere = true
      refusals = (refusals.count + 1, refusals.row + 1)
      if locks { try memory.lock.lockForWriting() }
      weights.update(from: base.start, count: count)
      if locks { memory.lock.unlockAfterWriting() }
      change.update(repeating: 0)
    }
    isUnderWay = true
    try transport.push(change.start, whole: whole, fetching: incoming.start)
    trigger?.come(to: .nodePush)
  }

  private func take() throws {
    isUnderWay = false
    guard ck_finite_change(memory.parameterCount, -1, base.start, incoming.start, change.start)
    else { throw Self.spoiled }
    // What was refused here is counted.
    if !isRefusedHere {
      refusedThere = transport.isRefused ? refusedThere + 1 : 0
      if transport.isRefused { refusals = (refusals.count + 1, refusals.row + 1) }
    }
    swap(&base, &incoming)
    if locks {
      try memory.lock.lockForWriting()
      ck_accumulate(memory.trainedCount, change.start, memory.parameters.start)
      memory.lock.unlockAfterWriting()
      // Workers add to the moving averages without the lock.
      memory.addChange(change.start)
    } else {
      memory.add(change.start)
    }
    memory.exchangeCount += 1
    counts.wrote(as: transport.pushCount)
    counts.read(after: transport.pushCount)
  }

  private static var spoiled: DistributedError {
    DistributedError(
      "training diverged: the weights that the servers sent are not finite, or too far from those of this node "
        + "for single precision; lower training.optimizer's learning_rate or scale the features")
  }

  deinit {
    if isUnderWay { _ = Unmanaged.passRetained(arena) }
  }
}
