private import Glibc

/// The buffers between the layers of a network for one batch size, shared with executors for
/// smaller batches.
///
/// Moments: layer i runs forward at i, the loss at the number of layers n, layer i backward at 2n - i.
/// A value is in use from its layer's forward pass to the last pass that reads it, a gradient from the
/// first layer that writes to it to the one that reads it; see `MemoryPlan`.
final class ExecutorMemory {
  let batchSize: Int
  let flow: GraphFlow
  /// What the caller fills, and finds: rows of all inputs, targets, outputs.
  let features: UnsafeMutableBufferPointer<Float>
  let targets: UnsafeMutableBufferPointer<Float>
  let outputs: UnsafeMutablePointer<Float>
  /// The values of each tensor.
  let values: [UnsafeMutablePointer<Float>]
  /// The gradient of each tensor that has one.
  let gradients: [UnsafeMutablePointer<Float>?]
  /// Where a layer writes the gradient of an input to which others write, too.
  let parts: [[UnsafeMutablePointer<Float>?]]
  /// The masks of the tensors' time steps.
  let masks: MaskPlan
  /// The gradient of a shared layer's weights, for all its places but one.
  let sharedGradients:
    [(trained: UnsafeMutablePointer<Float>?, state: UnsafeMutablePointer<Float>?)]
  /// The weights of frozen layers, which nobody changes; nil without any.
  let frozen: UnsafeMutablePointer<Float>?
  /// The bytes of rows, values and gradients at the moment when most are in use.
  let liveByteCount: Int
  private let arena = FloatArena()

  init(
    _ network: Network, batchSize: Int, losses: [Loss], isTrained: Bool
  ) throws(NetworkError) {
    try Self.check(network, batchSize: batchSize)
    try network.requireFrozen()
    if isTrained { try network.requireFrozenFirst() }
    self.batchSize = batchSize
    let flow = GraphFlow(network, losses: losses, isTrained: isTrained)
    self.flow = flow
    let arena = arena
    func pointer(_ count: Int) -> UnsafeMutablePointer<Float> {
      guard let base = arena.allocate(max(1, count)).baseAddress else {
        preconditionFailure("an empty block")
      }
      return base
    }
    let frozen = network.frozen.isEmpty ? nil : pointer(network.frozenCount)
    network.frozen.withUnsafeBufferPointer { values in
      if let start = values.baseAddress { frozen?.update(from: start, count: values.count) }
    }
    self.frozen = frozen
    let targetCount = network.targetCount(losses)
    features = arena.allocate(batchSize * network.inputCount)
    targets = arena.allocate(batchSize * targetCount)

    var places = Places(network, flow, batchSize: batchSize, isTrained: isTrained)
    places.plan.place()
    liveByteCount =
      (places.plan.peak + batchSize * (network.inputCount + targetCount))
      * MemoryLayout<Float>.stride
    let block = pointer(places.plan.count)
    let buffers = places.plan.buffers
    func start(_ buffer: Int?) -> UnsafeMutablePointer<Float>? {
      buffer.map { block + buffers[$0].offset }
    }
    let onlyInput = network.inputs.count == 1 ? features.baseAddress : nil
    values = flow.roots.map { root in
      if root == 0, let onlyInput { return onlyInput }
      return start(places.values[root]) ?? block
    }
    gradients = flow.roots.indices.map { tensor in
      flow.hasGradient[tensor] ? start(places.gradients[flow.roots[tensor]]) : nil
    }
    parts = places.parts.map { $0.map(start) }
    masks = try MaskPlan(network, flow.configurations) { pointer(batchSize * $0) }
    outputs = start(places.outputs) ?? values[network.outputs[0]]

    var seen = Set<Int>()
    var shared: [(trained: UnsafeMutablePointer<Float>?, state: UnsafeMutablePointer<Float>?)] = []
    for (index, layer) in network.layers.enumerated().reversed() {
      // The first to run backward writes to the gradient itself, the others add to it.
      let isFirst = seen.insert(layer.sharing ?? index).inserted
      guard isTrained, !isFirst else {
        shared.append((nil, nil))
        continue
      }
      let counts = layer.weightCounts
      shared.append(
        (
          counts.trained > 0 ? pointer(counts.trained) : nil,
          counts.state > 0 ? pointer(counts.state) : nil
        ))
    }
    sharedGradients = shared.reversed()
  }

  /// Throws when the blocks that every executor needs are more than all of the machine's memory.
  private static func check(_ network: Network, batchSize: Int) throws(NetworkError) {
    let largest = network.tensors.map(\.count).max() ?? 1
    // Samples have at most 2^31 numbers: for batches of up to 2^27 this cannot overflow.
    let needed = (network.inputCount + 2 * largest) * 4 * min(batchSize, 1 << 27)
    let present = sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE))
    guard present > 0, needed > present else { return }
    throw NetworkError(
      "a batch of \(batchSize) samples takes at least \(needed >> 30) GiB, and this "
        + "machine has \(present >> 30) GiB: make the batch or the network smaller")
  }

  var byteCount: Int { arena.byteCount }
}

extension ResolvedLayer {
  /// The floats of its weights, wherever they lie.
  var weightCounts: (trained: Int, state: Int) {
    parameters.reduce(into: (0, 0)) {
      if $1.isTrained { $0.0 += $1.range.count } else { $0.1 += $1.range.count }
    }
  }
}

extension Network {
  /// The floats of one row's targets, with one loss for each output.
  public func targetCount(losses: [Loss]) -> Int { targetCount(losses) }

  func targetCount(_ losses: [Loss]) -> Int {
    zip(losses, outputs).reduce(0) {
      $0 + $1.0.targetCount(outputShape: tensors[$1.1].shape)
    }
  }
}

/// When each buffer is in use.
private struct Places {
  var plan = MemoryPlan()
  /// The buffers of tensors that own their memory.
  var values: [Int?]
  var gradients: [Int?]
  var parts: [[Int?]]
  /// What the caller finds where that is not a tensor's own memory: probabilities of logits that the
  /// loss activates, or the rows of several outputs.
  var outputs: Int?

  init(_ network: Network, _ flow: GraphFlow, batchSize: Int, isTrained: Bool) {
    let layers = network.layers
    let end = 2 * layers.count + 1
    values = [Int?](repeating: nil, count: network.tensors.count)
    gradients = values
    parts = layers.map { [Int?](repeating: nil, count: $0.inputs.count) }
    if network.inputs.count > 1 {
      for tensor in network.inputs.indices {
        values[tensor] = plan.add(batchSize * network.tensors[tensor].count, at: 0)
      }
    }
    for (index, layer) in layers.enumerated() where !flow.configurations[index].isView {
      for tensor in layer.outputs {
        values[tensor] = plan.add(batchSize * network.tensors[tensor].count, at: index)
      }
    }
    for (index, layer) in layers.enumerated() {
      let backward = 2 * layers.count - index
      let use = flow.backwardUse(index)
      for tensor in layer.inputs {
        guard let buffer = values[flow.roots[tensor]] else { continue }
        plan.use(buffer, at: index)
        if isTrained, flow.runsBackward[index], use.contains(.inputs) {
          plan.use(buffer, at: backward)
        }
      }
      for tensor in layer.outputs where isTrained && flow.runsBackward[index] {
        guard let buffer = values[flow.roots[tensor]], use.contains(.outputs) else { continue }
        plan.use(buffer, at: backward)
      }
    }
    for tensor in network.outputs {
      // Logits are read for the last time by the loss, which writes the probabilities.
      let last = flow.isFused ? layers.count : end
      if let buffer = values[flow.roots[tensor]] { plan.use(buffer, at: last) }
    }
    if network.outputs.count > 1 || flow.isFused {
      let buffer = plan.add(batchSize * network.outputCount, at: layers.count)
      plan.use(buffer, at: end)
      outputs = buffer
    }
    guard isTrained else { return }
    for tensor in network.outputs where flow.hasGradient[tensor] {
      gradient(of: flow.roots[tensor], network, batchSize, at: layers.count)
    }
    for (index, layer) in layers.enumerated().reversed()
    where flow.runsBackward[index] && !flow.configurations[index].isView {
      let moment = 2 * layers.count - index
      for tensor in layer.outputs where flow.hasGradient[tensor] {
        gradient(of: flow.roots[tensor], network, batchSize, at: moment)
      }
      for (place, tensor) in layer.inputs.enumerated() {
        switch flow.inputGradients[index][place] {
        case .none: break
        case .written: gradient(of: flow.roots[tensor], network, batchSize, at: moment)
        case .added:
          gradient(of: flow.roots[tensor], network, batchSize, at: moment)
          parts[index][place] = plan.add(batchSize * network.tensors[tensor].count, at: moment)
        }
      }
    }
  }

  private mutating func gradient(of root: Int, _ network: Network, _ batchSize: Int, at moment: Int)
  {
    if let buffer = gradients[root] {
      plan.use(buffer, at: moment)
    } else {
      gradients[root] = plan.add(batchSize * network.tensors[root].count, at: moment)
    }
  }
}
