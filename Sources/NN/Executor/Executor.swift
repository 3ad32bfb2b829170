private import CKernels

/// A network compiled for one batch size: all memory and all of oneDNN's primitives are planned when
/// it is made, and a step allocates nothing.
///
/// The parameters and the gradient are the caller's memory: the heap, or an MPI window. Not
/// thread-safe: one executor belongs to one thread at a time.
public final class Executor {
  /// The network that is run.
  public let network: Network
  /// The rows of a batch.
  public let batchSize: Int
  /// What training makes small, one loss for each output; empty for an executor that only predicts.
  public let losses: [Loss]
  /// What matrix products multiply.
  public var precision: Precision { engine.precision }
  /// What the losses of several outputs are multiplied by in their sum; empty: all 1.
  public let lossWeights: [Double]
  /// batchSize x inputCount floats that the caller fills.
  public let features: UnsafeMutableBufferPointer<Float>
  /// batchSize x targetCount floats that the caller fills; empty without a loss.
  ///
  /// A sparse label is the class's number. A row has the targets of all outputs.
  public let targets: UnsafeMutableBufferPointer<Float>
  /// batchSize x outputCount floats after `forward` or `step`.
  public let outputs: UnsafeBufferPointer<Float>

  let memory: ExecutorMemory
  let arena = FloatArena()
  let engine: OneDNN
  private let nodes: [Node]
  private var heads: LossHeads
  private let columns: [InputColumns]
  private let penalties: [Penalty]
  /// What each layer keeps for itself.
  let keptByteCounts: [Int]
  private var gradient: UnsafeMutablePointer<Float>?
  /// Whether `step` may change the weights during its backward pass: each belongs to one layer, and no
  /// penalty on its size is added to its gradient.
  public let updatesInBackward: Bool
  /// Whether `step` completes gradients layer by layer, so that an observer hears of them: no weights are
  /// shared, and no penalty on their size is added.
  public let completesInBackward: Bool

  /// Compiles `network` for batches of `batchSize` rows.
  ///
  /// - Parameters:
  ///   - network: what is compiled.
  ///   - batchSize: the rows of a batch, at least 1.
  ///   - loss: what `step` makes small; nil for an executor that only predicts.
  ///   - parameters: the network's flat parameter buffer.
  ///   - gradient: `parameterCount` floats: where `step` writes the gradient of the mean loss, and
  ///     behind it what is to be added to the weights that no gradient changes; nil for an executor
  ///     that is not trained.
  ///   - precision: what the matrix products of dense layers and of attention multiply.
  /// - Throws: `NetworkError` when oneDNN cannot compile a layer, or the machine's memory cannot
  ///   hold a batch.
  public convenience init(
    _ network: Network, batchSize: Int, loss: Loss?, parameters: UnsafeMutablePointer<Float>,
    gradient: UnsafeMutablePointer<Float>?, precision: Precision = .float32
  ) throws(NetworkError) {
    try self.init(
      network, batchSize: batchSize, losses: loss.map { [$0] } ?? [], parameters: parameters,
      gradient: gradient, precision: precision)
  }

  /// The same for a network with several outputs, each with a loss of its own: `step` makes the sum of
  /// the losses small, each times its weight; without weights all count 1.
  public convenience init(
    _ network: Network, batchSize: Int, losses: [Loss], lossWeights: [Double] = [],
    parameters: UnsafeMutablePointer<Float>, gradient: UnsafeMutablePointer<Float>?,
    precision: Precision = .float32
  ) throws(NetworkError) {
    guard losses.isEmpty || losses.count == network.outputs.count else {
      throw NetworkError(
        "the network has \(network.outputs.count) outputs and \(losses.count) losses: give one for "
          + "each")
    }
    guard lossWeights.isEmpty || lossWeights.count == losses.count else {
      throw NetworkError(
        "\(losses.count) losses have \(lossWeights.count) weights: give one for each")
    }
    for (loss, tensor) in zip(losses, network.outputs) {
      try loss.requireFit(outputShape: network.tensors[tensor].shape)
    }
    let memory = try ExecutorMemory(
      network, batchSize: batchSize, losses: losses, isTrained: gradient != nil)
    if gradient != nil { try memory.flow.requireDistinctOutputs(of: network) }
    try self.init(
      network, batchSize, losses, lossWeights, memory, parameters, gradient, precision)
  }

  /// Compiles `network` for prediction with weights that stay as they are: some layers keep them in a form of
  /// their own, which is made once.
  ///
  /// After a change of the weights call `bind(parameters:)` again.
  public convenience init(
    predicting network: Network, batchSize: Int, parameters: UnsafeMutablePointer<Float>
  ) throws(NetworkError) {
    let memory = try ExecutorMemory(network, batchSize: batchSize, losses: [], isTrained: false)
    try self.init(
      network, batchSize, [], [], memory, parameters, nil, .float32, fixedWeights: true)
  }

  /// Compiles the same network for a smaller batch over the memory of `other`: the last batch of an
  /// epoch.
  ///
  /// The parameters are those that `other` is bound to when this is called.
  public convenience init(sharing other: Executor, batchSize: Int) throws(NetworkError) {
    precondition(
      batchSize <= other.memory.batchSize,
      "a batch of \(batchSize) in the memory of one of \(other.memory.batchSize)")
    try self.init(
      other.network, batchSize, other.losses, other.lossWeights, other.memory, other.parameters,
      other.gradient, other.precision, fixedWeights: other.engine.packedWeights != nil)
  }

  /// The flat parameter buffer in use.
  public private(set) var parameters: UnsafeMutablePointer<Float>

  private init(
    _ network: Network, _ batchSize: Int, _ losses: [Loss], _ lossWeights: [Double],
    _ memory: ExecutorMemory, _ parameters: UnsafeMutablePointer<Float>,
    _ gradient: UnsafeMutablePointer<Float>?, _ precision: Precision, fixedWeights: Bool = false
  ) throws(NetworkError) {
    precondition(batchSize > 0, "a batch of \(batchSize) rows")
    self.network = network
    self.batchSize = batchSize
    self.losses = losses
    self.lossWeights = lossWeights
    self.memory = memory
    self.parameters = parameters
    self.gradient = gradient
    engine = try OneDNN(precision: precision, fixedWeights: fixedWeights)
    features = UnsafeMutableBufferPointer(
      rebasing: memory.features[..<(batchSize * network.inputCount)])
    targets = UnsafeMutableBufferPointer(
      rebasing: memory.targets[..<(batchSize * network.targetCount(losses))])
    outputs = UnsafeBufferPointer(
      start: memory.outputs, count: batchSize * network.outputCount)

    var columns: [InputColumns] = []
    if network.inputs.count > 1 {
      var start = 0
      for (tensor, input) in network.inputs.enumerated() {
        columns.append(
          InputColumns(start: start, count: input.count, values: memory.values[tensor]))
        start += input.count
      }
    }
    self.columns = columns
    penalties = network.layers.filter { $0.sharing == nil }.flatMap(\.parameters).compactMap {
      array in array.regularizer.map { Penalty(range: array.range, regularizer: $0) }
    }
    let scratch = Scratch()
    var nodes: [Node] = []
    var kept: [Int] = []
    for index in network.layers.indices {
      let before = arena.byteCount
      nodes.append(
        try Self.node(index, network, batchSize, memory, arena, engine, scratch))
      kept.append(arena.byteCount - before)
    }
    keptByteCounts = kept
    self.nodes = nodes
    updatesInBackward = penalties.isEmpty && nodes.allSatisfy { $0.ownGradient == nil }
    completesInBackward = updatesInBackward && nodes.allSatisfy { $0.ownChange == nil }
    heads = LossHeads(
      network, losses: losses, weights: lossWeights, batchSize: batchSize, memory: memory,
      arena: arena)
    scratch.allocate(in: arena)
    bind(parameters: parameters)
  }

  /// Uses other memory for the parameters from now on.
  ///
  /// Allocates nothing.
  public func bind(parameters: UnsafeMutablePointer<Float>) {
    self.parameters = parameters
    for index in 0..<nodes.count {
      let node = nodes[index]
      if let start = node.trainedStart {
        node.layer.bind(
          parameters: parameters + start,
          gradient: node.ownGradient ?? gradient.map { $0 + start })
      }
      if let start = node.stateStart {
        node.layer.bind(
          state: parameters + start, change: node.ownChange ?? gradient.map { $0 + start })
      }
      if let frozen = node.frozenTrained { node.layer.bind(parameters: frozen, gradient: nil) }
      if let frozen = node.frozenState { node.layer.bind(state: frozen, change: nil) }
    }
  }

  /// Uses other memory for the gradient from now on.
  ///
  /// Allocates nothing.
  public func bind(gradient: UnsafeMutablePointer<Float>) {
    precondition(self.gradient != nil, "the executor was made for prediction only")
    self.gradient = gradient
    bind(parameters: parameters)
  }

  /// One weight for each sample of the batch, or for each vector along the outputs' last axis (each
  /// position of a sequence), by which its loss is multiplied; nil: all weigh 1.
  ///
  /// The memory is the caller's, who keeps it; the count is batchSize or a multiple of it.
  public var sampleWeights: UnsafeBufferPointer<Float>? {
    get { heads.sampleWeights }
    set { heads.sampleWeights = newValue }
  }

  /// One weight for each class, which `step` (not `loss`) multiplies into the samples' weights;
  /// nil: all weigh 1.
  ///
  /// The memory is the caller's, who keeps it.
  public var classWeights: UnsafeBufferPointer<Float>? {
    get { heads.classWeights }
    set { heads.classWeights = newValue }
  }

  /// Computes `outputs` from `features`, as for prediction: dropout does nothing.
  public func forward() {
    run(Pass(isTraining: false))
    heads.activate()
  }

  /// Computes `outputs` from `features` with dropout and noise as in training, and all else as in
  /// `forward`: one draw of a random network (Gal and Ghahramani 2016, "Dropout as a Bayesian
  /// approximation").
  ///
  /// The same seed and step draw the same. Allocates nothing.
  public func sample(seed: UInt64, step: UInt64) {
    run(Pass(isTraining: false, drawsNoise: true, seed: seed, step: step))
    heads.activate()
  }

  /// The sum of the loss over the rows of the batch, after `forward`; each has the penalties on the
  /// weights' size in it, and those of layers.
  public func loss() -> Double {
    precondition(!losses.isEmpty, "the executor was made without a loss")
    return heads.evaluate(training: false) + layerPenalty()
      + Double(batchSize) * penalty(gradient: nil)
  }

  /// Computes `outputs` and the gradient of the mean loss, which it overwrites.
  ///
  /// - Parameters:
  ///   - seed: the seed of random masks; give each worker another one.
  ///   - step: the step's number, so that each step draws other masks.
  ///   - update: what changes the trained weights while their gradient is in the cache, for an executor
  ///     that `updatesInBackward`; the gradient's memory holds only the change of the other weights
  ///     afterwards. Nothing is changed where the loss is not a finite number; where the update's `watch`
  ///     refuses the gradient of a layer, that layer's weights and those of the layers before it stay.
  ///   - observer: who hears which gradients are complete, of an executor that `completesInBackward`; nothing
  ///     of another one, and nothing where the loss is not a finite number.
  ///   - watch: what looks at each layer's gradient before `observer` hears of it.
  /// - Returns: the mean loss over the batch, with the penalties on the weights' size and those of
  ///   layers; not a number when training diverged.
  public func step(
    seed: UInt64, step: UInt64, into update: BackwardUpdate? = nil,
    observer: (any GradientObserver)? = nil, watch: GradientWatch? = nil
  ) -> Double {
    precondition(gradient != nil && !losses.isEmpty, "the executor was made for prediction only")
    precondition(
      update.map { updatesInBackward && $0.parameters == parameters } ?? true,
      "an update of other weights, or of a network that wants its whole gradient first")
    let pass = Pass(isTraining: true, seed: seed, step: step)
    run(pass)
    let sum = heads.evaluate(training: true) + layerPenalty()
    if let update {
      guard sum.isFinite else { return sum }
      update.begin()
    }
    let hears = completesInBackward && sum.isFinite
    var index = nodes.count - 1
    while index >= 0 {
      backward(index, pass, update)
      if hears, let observer {
        if let watch, !admits(index, watch) { observer.gradientIsRefused() }
        observer.gradientIsComplete(from: nodes[index].completeStart)
      }
      index -= 1
    }
    return sum / Double(batchSize) + penalty(gradient: gradient)
  }

  /// What layers add to the sum of the loss over the batch's rows.
  private func layerPenalty() -> Double {
    var sum = 0.0
    for index in 0..<nodes.count where !nodes[index].isFrozen { sum += nodes[index].layer.penalty }
    return sum
  }

  /// The penalties on the weights' size, whose gradient is added.
  private func penalty(gradient: UnsafeMutablePointer<Float>?) -> Double {
    var sum = 0.0
    for index in 0..<penalties.count {
      let range = penalties[index].range
      sum += penalties[index].regularizer.apply(
        to: parameters + range.lowerBound, gradient: gradient.map { $0 + range.lowerBound },
        count: range.count)
    }
    return sum
  }

  private func backward(_ index: Int, _ pass: Pass, _ update: BackwardUpdate?) {
    defer { addChange(index) }
    var done = 0
    if nodes[index].runsBackward {
      if let update {
        update.layer = index
        done = nodes[index].layer.backward(pass, into: update)
      } else {
        nodes[index].layer.backward(pass)
      }
      addInputGradients(index)
    }
    guard let gradient, let start = nodes[index].trainedStart else { return }
    if let update {
      let count = nodes[index].weightCounts.trained - done
      if count > 0 {
        update.apply(
          to: parameters + start + done, gradient: gradient + start + done, count: count)
      }
    } else if nodes[index].runsBackward, let own = nodes[index].ownGradient {
      ck_add(nodes[index].weightCounts.trained, own, gradient + start)
    }
  }

  /// Whether the gradient of a layer's own weights may be told of.
  private func admits(_ index: Int, _ watch: GradientWatch) -> Bool {
    guard let gradient, let start = nodes[index].trainedStart,
      nodes[index].weightCounts.trained > 0
    else { return true }
    return watch.admits(gradient + start, count: nodes[index].weightCounts.trained, layer: index)
  }

  private func addInputGradients(_ index: Int) {
    for place in 0..<nodes[index].additions.count {
      let addition = nodes[index].additions[place]
      ck_add(addition.count, addition.part, addition.sum)
    }
  }

  /// Also for a layer without a gradient: its forward pass has changed its state.
  private func addChange(_ index: Int) {
    if let gradient, let own = nodes[index].ownChange, let start = nodes[index].stateStart {
      ck_add(nodes[index].weightCounts.state, own, gradient + start)
    }
  }

  private func run(_ pass: Pass) {
    engine.claimThread()
    if !columns.isEmpty { splitInputs() }
    for index in 0..<nodes.count {
      nodes[index].mask?.run(batchSize: batchSize)
      nodes[index].layer.forward(nodes[index].isFrozen ? Pass(isTraining: false) : pass)
    }
  }

  /// The rows of features hold all inputs one after the other; layers read each by itself.
  private func splitInputs() {
    guard let base = features.baseAddress else { return }
    let width = network.inputCount
    for index in 0..<columns.count {
      let part = columns[index]
      for row in 0..<batchSize {
        (part.values + row * part.count).update(
          from: base + row * width + part.start, count: part.count)
      }
    }
  }

  /// The values of one of several outputs after `forward` or `step`, sample by sample.
  func outputs(of index: Int) -> UnsafeBufferPointer<Float> {
    let tensor = network.outputs[index]
    return UnsafeBufferPointer(
      start: memory.values[tensor], count: batchSize * network.tensors[tensor].count)
  }

  /// The targets of one of several outputs after `loss` or `step`, sample by sample.
  func targets(of index: Int) -> UnsafeBufferPointer<Float> { heads.targetBlocks[index] }

  /// The sum of one output's loss over the batch after `loss` or `step`, without its weight.
  func lossSum(of index: Int) -> Double { heads.sums[index] }
}
