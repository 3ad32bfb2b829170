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
  /// What training makes small, if the executor knows.
  public let lossFunction: Loss?
  /// batchSize x inputCount floats that the caller fills.
  public let features: UnsafeMutableBufferPointer<Float>
  /// batchSize x targetCount floats that the caller fills; empty without a loss.
  ///
  /// A sparse label is the class's number.
  public let targets: UnsafeMutableBufferPointer<Float>
  /// batchSize x outputCount floats after `forward` or `step`.
  public let outputs: UnsafeBufferPointer<Float>

  private let memory: ExecutorMemory
  private let arena = FloatArena()
  private let engine: OneDNN
  private let layers: [(layer: any Layer, offset: Int)]
  /// The first layer that has parameters; nothing before it needs a gradient.
  private let firstTrained: Int
  private let head: LossHead?
  private var gradient: UnsafeMutablePointer<Float>?

  /// Compiles `network` for batches of `batchSize` rows.
  ///
  /// - Parameters:
  ///   - network: what is compiled.
  ///   - batchSize: the rows of a batch, at least 1.
  ///   - loss: what `step` makes small; nil for an executor that only predicts.
  ///   - parameters: the network's flat parameter buffer.
  ///   - gradient: where `step` writes the gradient of the mean loss; nil for an executor that is
  ///     not trained.
  /// - Throws: `NetworkError` when oneDNN cannot compile a layer, or the machine's memory cannot
  ///   hold a batch.
  public convenience init(
    _ network: Network, batchSize: Int, loss: Loss?, parameters: UnsafeMutablePointer<Float>,
    gradient: UnsafeMutablePointer<Float>?
  ) throws(NetworkError) {
    let memory = try ExecutorMemory(
      network, batchSize: batchSize, loss: loss, isTrained: gradient != nil)
    try self.init(network, batchSize, loss, memory, parameters, gradient)
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
      other.network, batchSize, other.lossFunction, other.memory, other.parameters, other.gradient)
  }

  /// The flat parameter buffer in use.
  public private(set) var parameters: UnsafeMutablePointer<Float>

  private init(
    _ network: Network, _ batchSize: Int, _ loss: Loss?, _ memory: ExecutorMemory,
    _ parameters: UnsafeMutablePointer<Float>, _ gradient: UnsafeMutablePointer<Float>?
  ) throws(NetworkError) {
    precondition(batchSize > 0, "a batch of \(batchSize) rows")
    self.network = network
    self.batchSize = batchSize
    self.lossFunction = loss
    self.memory = memory
    self.parameters = parameters
    self.gradient = gradient
    engine = try OneDNN()
    features = UnsafeMutableBufferPointer(
      rebasing: memory.features[..<(batchSize * network.inputCount)])
    let targetCount = loss?.targetCount(outputShape: network.outputShape) ?? 0
    targets = UnsafeMutableBufferPointer(rebasing: memory.targets[..<(batchSize * targetCount)])
    outputs = UnsafeBufferPointer(
      start: memory.outputs, count: batchSize * network.outputCount)

    let scratch = Scratch()
    let first = network.layers.firstIndex { !$0.parameters.isEmpty } ?? network.layers.count
    firstTrained = first
    var layers: [(any Layer, Int)] = []
    var offset = 0
    for (index, layer) in network.layers.enumerated() {
      let plan = LayerPlan(
        index: index, batchSize: batchSize, inputShape: layer.inputShape,
        outputShape: layer.outputShape, input: memory.values[index],
        output: memory.values[index + 1],
        inputGradient: index > first ? memory.gradients?[index] : nil,
        outputGradient: index >= first ? memory.gradients?[index + 1] : nil,
        arena: arena, engine: engine, scratch: scratch)
      let configuration = memory.configurations[index]
      layers.append(
        (configuration.isView ? ViewLayer() : try configuration.makeLayer(plan), offset))
      offset += layer.parameterCount
    }
    self.layers = layers
    scratch.allocate(in: arena)
    head = loss.map { loss in
      let outputCount = network.outputCount
      let columns = loss.isCategorical ? network.outputShape.last ?? 1 : outputCount
      return LossHead(
        loss: loss, isFused: memory.isFused, rows: batchSize * outputCount / columns,
        columns: columns, batchSize: batchSize, values: memory.values[layers.count],
        outputs: memory.outputs, targets: memory.targets.baseAddress ?? memory.outputs,
        gradient: memory.gradients?[layers.count])
    }
    bind(parameters: parameters)
  }

  /// Uses other memory for the parameters from now on.
  ///
  /// Allocates nothing.
  public func bind(parameters: UnsafeMutablePointer<Float>) {
    self.parameters = parameters
    for index in 0..<layers.count {
      let offset = layers[index].offset
      layers[index].layer.bind(
        parameters: parameters + offset, gradient: gradient.map { $0 + offset })
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

  /// Computes `outputs` from `features`, as for prediction: dropout does nothing.
  public func forward() {
    run(Pass(isTraining: false))
    head?.activate()
  }

  /// The sum of the loss over the rows of the batch, after `forward`.
  public func loss() -> Double {
    precondition(head != nil, "the executor was made without a loss")
    return head?.evaluate(training: false) ?? 0
  }

  /// Computes `outputs` and the gradient of the mean loss, which it overwrites.
  ///
  /// - Parameters:
  ///   - seed: the seed of random masks; give each worker another one.
  ///   - step: the step's number, so that each step draws other masks.
  /// - Returns: the mean loss over the batch; not a number when training diverged.
  public func step(seed: UInt64, step: UInt64) -> Double {
    precondition(gradient != nil && head != nil, "the executor was made for prediction only")
    let pass = Pass(isTraining: true, seed: seed, step: step)
    run(pass)
    let sum = head?.evaluate(training: true) ?? 0
    var index = layers.count - 1
    while index >= firstTrained {
      layers[index].layer.backward(pass)
      index -= 1
    }
    return sum / Double(batchSize)
  }

  private func run(_ pass: Pass) {
    engine.claimThread()
    for index in 0..<layers.count { layers[index].layer.forward(pass) }
  }

  /// The bytes that were planned: activations, gradients of activations, scratch memory.
  public var byteCount: Int { memory.byteCount + arena.byteCount }
}
