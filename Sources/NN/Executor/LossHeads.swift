/// The ends of a network in training: one loss for each output.
///
/// With several outputs each has its targets copied out of the rows, and its results into them.
struct LossHeads {
  private var heads: [LossHead]
  private let batchSize: Int
  /// Copies between rows that hold all outputs, or all targets, and blocks of one output's.
  private let outputs: [Copy]
  private let targets: [Copy]

  private struct Copy {
    let rows: UnsafeMutablePointer<Float>
    let width: Int
    let start: Int
    let count: Int
    let block: UnsafeMutablePointer<Float>
  }

  /// The sum of each output's loss over the batch, as `evaluate` found it.
  private(set) var sums: [Double]
  /// Each output's own targets, and how many floats that is.
  let targetBlocks: [UnsafeBufferPointer<Float>]

  init(
    _ network: Network, losses: [Loss], weights: [Double], batchSize: Int, memory: ExecutorMemory,
    arena: FloatArena
  ) {
    self.batchSize = batchSize
    let targetRows = memory.targets.baseAddress ?? memory.outputs
    var heads: [LossHead] = []
    var outputs: [Copy] = []
    var targets: [Copy] = []
    var outputStart = 0
    var targetStart = 0
    var blocks: [UnsafeBufferPointer<Float>] = []
    for (place, tensor) in network.outputs.enumerated() {
      let shape = network.tensors[tensor].shape
      let count = network.tensors[tensor].count
      if network.outputs.count > 1 {
        outputs.append(
          Copy(
            rows: memory.outputs, width: network.outputCount, start: outputStart, count: count,
            block: memory.values[tensor]))
      }
      outputStart += count
      guard !losses.isEmpty else { continue }
      let loss = losses[place]
      let targetCount = loss.targetCount(outputShape: shape)
      var own = targetRows
      if network.outputs.count > 1 {
        own = arena.allocate(batchSize * targetCount).baseAddress ?? targetRows
        targets.append(
          Copy(
            rows: targetRows, width: network.targetCount(losses), start: targetStart,
            count: targetCount, block: own))
      }
      targetStart += targetCount
      blocks.append(UnsafeBufferPointer(start: own, count: batchSize * targetCount))
      heads.append(
        LossHead(
          loss: loss, weight: weights.isEmpty ? 1 : weights[place],
          isFused: memory.flow.isFused, batchSize: batchSize, outputShape: shape,
          values: memory.values[tensor],
          outputs: network.outputs.count > 1 ? memory.values[tensor] : memory.outputs,
          targets: own, gradient: memory.gradients[tensor],
          mask: shape.count > 1 ? memory.masks.masks[tensor] : nil, arena: arena))
    }
    self.heads = heads
    self.outputs = outputs
    self.targets = targets
    targetBlocks = blocks
    sums = [Double](repeating: 0, count: heads.count)
  }

  /// See `Executor.sampleWeights`: those of every output.
  var sampleWeights: UnsafeBufferPointer<Float>? {
    get { heads.first?.sampleWeights }
    set { for index in heads.indices { heads[index].sampleWeights = newValue } }
  }

  /// See `Executor.classWeights`.
  var classWeights: UnsafeBufferPointer<Float>? {
    get { heads.first?.classWeights }
    set { for index in heads.indices { heads[index].classWeights = newValue } }
  }

  /// Computes the outputs from the logits, where that was not a layer's work.
  func activate() {
    for index in 0..<heads.count { heads[index].activate() }
    gatherOutputs()
  }

  /// The sum of the losses over the batch's rows, each times its weight; with `training` also the outputs and the gradients
  /// of the mean.
  mutating func evaluate(training: Bool) -> Double {
    for index in 0..<targets.count {
      let copy = targets[index]
      for row in 0..<batchSize {
        (copy.block + row * copy.count).update(
          from: copy.rows + row * copy.width + copy.start, count: copy.count)
      }
    }
    var sum = 0.0
    for index in 0..<heads.count {
      sums[index] = heads[index].evaluate(training: training)
      sum += heads[index].weight * sums[index]
    }
    if training { gatherOutputs() }
    return sum
  }

  private func gatherOutputs() {
    for index in 0..<outputs.count {
      let copy = outputs[index]
      for row in 0..<batchSize {
        (copy.rows + row * copy.width + copy.start).update(
          from: copy.block + row * copy.count, count: copy.count)
      }
    }
  }
}
