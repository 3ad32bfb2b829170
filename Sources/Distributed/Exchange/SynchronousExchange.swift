internal import CKernels
package import NN

/// Synchronous training: every step applies the mean gradient over all workers' rows.
///
/// Each worker has its own parameters and optimizer state and applies the same update, so they stay
/// equal to the bit. n workers with batch b make the steps of one worker with batch n·b, except where the
/// loss is a mean over the steps of a batch that a mask leaves: each worker divides by its own count. The
/// reference for the asynchronous modes; works over any number of nodes.
///
/// The gradient goes in buckets, each as soon as the backward pass has come past it, and changes its weights as
/// soon as its sum is there: Li et al. (2020), "PyTorch Distributed", https://arxiv.org/abs/2006.15704,
/// section 3.2. Where messages are compressed it goes as a whole behind the pass (`CompressedReduction`).
package struct SynchronousExchange: Exchange {
  package let memory: ParameterMemory
  private let gradient: Gradient
  package var optimizer: any Optimizer { didSet { update?.optimizer = optimizer } }
  /// Changes a bucket's weights; nil: the optimizer must see the whole gradient.
  private let update: BackwardUpdate?
  private let bucketByteCount: Int
  /// Whether the backward pass completes the gradient part by part.
  private var overlaps = false
  private var buckets: GradientBuckets?
  /// What compressed gradients are added up by; nil: buckets.
  private let reduction: CompressedReduction?
  /// What floats are added up by; nil: all workers meet at once.
  private let groups: NodeGroups?

  /// What a checkpoint keeps where messages are compressed.
  private static let layout = "gradients"

  package init(
    memory: ParameterMemory, gradient: Gradient, optimizer: any Optimizer, bucketByteCount: Int,
    reduction: CompressedReduction? = nil, groups: NodeGroups? = nil
  ) {
    self.memory = memory
    self.gradient = gradient
    self.optimizer = optimizer
    self.bucketByteCount = bucketByteCount
    self.reduction = reduction
    self.groups = groups
    update = BackwardUpdate(
      optimizer, parameters: memory.parameters.start, state: memory.stateStart,
      count: memory.trainedCount
    ) { memory.nextUpdate() }
  }

  package var parameters: UnsafeMutableBufferPointer<Float> { memory.parameters }

  package mutating func begin(from snapshot: ParameterSnapshot?) {
    reduction?.begin(from: snapshot, layout: Self.layout)
  }

  package func stepCount(own: Int, among workers: borrowing Communicator) throws -> Int {
    workers.size == 1 ? own : try workers.allReduce(own, .maximum)
  }

  package func pull() {}

  package mutating func updateInBackward(of executor: Executor) {
    overlaps = executor.completesInBackward
  }

  package mutating func observer(
    rowCount: Int, among workers: borrowing Communicator
  ) -> (any GradientObserver)? {
    guard overlaps, workers.size > 1, reduction == nil else { return nil }
    let buckets = buckets(among: workers)
    buckets.begin(rowCount: rowCount)
    return buckets
  }

  package mutating func push(
    rowCount: Int, wantsToStop: Bool, among workers: borrowing Communicator
  ) throws -> Bool {
    if let reduction {
      return try push(
        by: reduction, rowCount: rowCount, wantsToStop: wantsToStop, among: workers)
    }
    guard workers.size > 1 else {
      if rowCount > 0 { optimizer.update(memory, gradient: gradient, step: memory.nextUpdate()) }
      return wantsToStop
    }
    let buckets = buckets(among: workers)
    try buckets.startRest(rowCount: rowCount, wantsToStop: wantsToStop, among: workers)
    for index in buckets.places.indices {
      try buckets.waitForNext()
      // It came with the first one.
      let total = gradient.rowCount
      guard total > 0 else { continue }
      if index == 0 { update?.begin() }
      apply(buckets.places[index], scale: 1 / total)
    }
    if gradient.rowCount > 0 {
      if update == nil {
        optimizer.update(memory, gradient: gradient, step: memory.nextUpdate())
      } else {
        memory.addChange(gradient.start)
      }
    }
    return gradient.stopWish > 0
  }

  /// A step by compressed messages.
  ///
  /// The rows of all workers are added up first, as floats, with the wish to stop and the changes of weights that
  /// are not trained. So each worker sends its share of the mean: what messages leave out of a step counts the
  /// same in the next one, however many rows that has.
  private func push(
    by reduction: CompressedReduction, rowCount: Int, wantsToStop: Bool,
    among workers: borrowing Communicator
  ) throws -> Bool {
    let (count, trained) = (memory.parameterCount, memory.trainedCount)
    // Behind these changes the gradient has room.
    let rest = UnsafeMutableBufferPointer(
      start: gradient.start + trained, count: count - trained + 2)
    weigh(trained..<count, by: Float(rowCount))
    rest[count - trained] = Float(rowCount)
    rest[count - trained + 1] = wantsToStop ? 1 : 0
    try workers.sum(rest, by: groups)
    let (total, stops) = (rest[count - trained], rest[count - trained + 1] > 0)
    guard total > 0 else { return stops }
    ck_scale_by(count - trained, 1 / total, rest.start)
    weigh(0..<trained, by: Float(rowCount) / total)
    try reduction.sum(
      UnsafeMutableBufferPointer(rebasing: gradient.values[..<trained]), among: workers)
    optimizer.update(memory, gradient: gradient, step: memory.nextUpdate())
    return stops
  }

  /// Multiplies a part of the gradient; of a worker without rows it makes zeros, whatever was there.
  private func weigh(_ part: Range<Int>, by factor: Float) {
    let values = gradient.start + part.lowerBound
    if factor == 0 {
      values.update(repeating: 0, count: part.count)
    } else {
      ck_scale_by(part.count, factor, values)
    }
  }

  /// All of the memory, and what compressed messages have left out of it.
  package var holdings: WorkerHoldings? {
    guard let reduction else { return WorkerHoldings(memory) }
    let memory = memory
    var holdings = WorkerHoldings(
      parameters: [memory.parameters], state: memory.state, layout: Self.layout
    ) { memory.updateCount }
    holdings.leftOut = { reduction.ownLeftOut }
    return holdings
  }

  package func snapshot(among workers: borrowing Communicator) throws -> ParameterSnapshot? {
    guard let reduction else { return workers.rank == 0 ? ParameterSnapshot(memory) : nil }
    let own = try ParameterSnapshot.own(
      [], layout: Self.layout, reduction: reduction, among: workers)
    guard workers.rank == 0 else { return nil }
    return ParameterSnapshot(
      parameters: Array(memory.parameters), state: Array(memory.state),
      updateCount: memory.updateCount, own: own)
  }

  /// Makes the mean of a bucket's sum, and changes the weights by it where the optimizer allows that.
  private func apply(_ place: Range<Int>, scale: Float) {
    let (start, values) = (place.lowerBound, gradient.start + place.lowerBound)
    ck_scale_by(place.count, scale, values)
    let trained = min(place.upperBound, memory.trainedCount) - start
    if trained > 0 {
      update?.apply(to: memory.parameters.start + start, gradient: values, count: trained)
    }
  }

  /// The buckets, made at the first step.
  private mutating func buckets(among workers: borrowing Communicator) -> GradientBuckets {
    if let buckets { return buckets }
    let places = GradientBuckets.places(
      trainedCount: memory.trainedCount, parameterCount: memory.parameterCount,
      byteCount: overlaps ? bucketByteCount : groups == nil ? Int.max : 1 << 30)
    let made = GradientBuckets(places, of: gradient, among: workers, by: groups)
    buckets = made
    return made
  }
}
