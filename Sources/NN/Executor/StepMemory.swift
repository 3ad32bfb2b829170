/// The memory that a training step works on, in bytes.
public struct StepMemory: Sendable, Equatable {
  /// What a layer takes of it.
  public struct LayerUse: Sendable, Equatable {
    /// The values that it writes for one batch; 0 for a layer that only changes the shape.
    public let outputs: Int
    /// What it keeps for itself from the forward pass to the backward pass.
    public let kept: Int
    /// Both.
    public var total: Int { outputs + kept }
  }

  /// The weights.
  public let parameters: Int
  /// Their gradient.
  public let gradient: Int
  /// What the optimizer keeps for the weights.
  public let optimizerState: Int
  /// Rows, values between layers and gradients of these that are in use at the same time, at the
  /// moment of a step when they are most.
  public let liveValues: Int
  /// What layers keep for themselves: gates of recurrent layers, masks, attention scores.
  public let kept: Int
  /// All that was planned for a batch: the above with what lies between buffers, and scratch memory.
  public let planned: Int
  /// For each layer of the network.
  public let layers: [LayerUse]

  /// Puts the parts together.
  package init(
    parameters: Int, gradient: Int, optimizerState: Int, liveValues: Int, kept: Int, planned: Int,
    layers: [LayerUse]
  ) {
    self.parameters = parameters
    self.gradient = gradient
    self.optimizerState = optimizerState
    self.liveValues = liveValues
    self.kept = kept
    self.planned = planned
    self.layers = layers
  }

  /// Live activations: values in use between layers and within them.
  public var activations: Int { liveValues + kept }
  /// All that a step works on.
  public var total: Int { parameters + gradient + optimizerState + planned }
  /// What a step cannot do without: weights, gradient, optimizer state, live activations.
  public var least: Int { parameters + gradient + optimizerState + activations }
  /// The total as a multiple of the least.
  public var ratio: Double { Double(total) / Double(max(1, least)) }

  /// What a step takes, in one line.
  public var summary: String {
    "memory of a step: \(Self.bytes(total)), \((ratio * 100).rounded() / 100) times the sum of "
      + "parameters \(Self.bytes(parameters)), gradients \(Self.bytes(gradient)), optimizer state "
      + "\(Self.bytes(optimizerState)) and live activations \(Self.bytes(activations))"
  }

  /// A count of bytes in words: `1.5 MiB`.
  package static func bytes(_ count: Int) -> String {
    guard count >= 1024 else { return "\(count) B" }
    var value = Double(count) / 1024
    var units = ["KiB", "MiB", "GiB", "TiB"][...]
    while value >= 1024, units.count > 1 {
      value /= 1024
      units.removeFirst()
    }
    return "\((value * 10).rounded() / 10) \(units.first ?? "")"
  }
}

extension Executor {
  /// The bytes that were planned: activations, gradients of activations, scratch memory.
  public var byteCount: Int {
    memory.byteCount + arena.byteCount + (engine.packedWeights?.byteCount ?? 0)
  }

  /// What a training step takes, with an optimizer that keeps `slotCount` floats for each weight.
  public func stepMemory(slotCount: Int) -> StepMemory {
    let float = MemoryLayout<Float>.stride
    let layers = network.layers.indices.map { index in
      StepMemory.LayerUse(
        outputs: memory.flow.configurations[index].isView
          ? 0
          : network.layers[index].outputs.reduce(0) {
            $0 + batchSize * network.tensors[$1].count * float
          }, kept: keptByteCounts[index])
    }
    return StepMemory(
      parameters: (network.parameterCount + network.frozenCount) * float,
      gradient: network.parameterCount * float,
      optimizerState: network.trainedCount * slotCount * float,
      liveValues: memory.liveByteCount, kept: keptByteCounts.reduce(0, +), planned: byteCount,
      layers: layers)
  }
}
