private import Glibc

/// The buffers between the layers of a network for one batch size, shared with executors for
/// smaller batches.
///
/// Values are kept for the backward pass; their gradients alternate between two blocks, since each
/// is dead once the layer below has its own.
final class ExecutorMemory {
  let batchSize: Int
  let features: UnsafeMutableBufferPointer<Float>
  let targets: UnsafeMutableBufferPointer<Float>
  let outputs: UnsafeMutablePointer<Float>
  /// The network's layers, the last without the activation that the loss took over.
  let configurations: [any LayerConfiguration]
  /// Whether the loss took over the last activation.
  let isFused: Bool
  /// values[i] is the input of layer i; the last is what the last layer writes.
  let values: [UnsafeMutablePointer<Float>]
  /// gradients[i] belongs to values[i].
  let gradients: [UnsafeMutablePointer<Float>]?
  private let arena = FloatArena()

  init(_ network: Network, batchSize: Int, loss: Loss?, isTrained: Bool) throws(NetworkError) {
    try Self.check(network, batchSize: batchSize)
    self.batchSize = batchSize
    let arena = arena
    var configurations = network.layers.map(\.configuration)
    let last = configurations.count - 1
    if let loss, let activation = configurations[last].outputActivation,
      loss.takesOver(activation)
    {
      configurations[last] = configurations[last].withoutOutputActivation()
      isFused = true
    } else {
      isFused = false
    }
    self.configurations = configurations

    func block(_ count: Int) -> UnsafeMutableBufferPointer<Float> { arena.allocate(count) }
    func pointer(_ count: Int) -> UnsafeMutablePointer<Float> {
      let block = arena.allocate(max(1, count))
      guard let base = block.baseAddress else { preconditionFailure("an empty block") }
      return base
    }
    features = block(batchSize * network.inputCount)
    targets = block(batchSize * (loss?.targetCount(outputShape: network.outputShape) ?? 0))
    var values = [features.baseAddress ?? pointer(1)]
    let counts = network.layers.map { batchSize * $0.outputShape.reduce(1, *) }
    // Without a backward pass two blocks in turn are enough.
    let largest = counts.max() ?? 1
    let turns = isTrained ? [] : [pointer(largest), pointer(largest)]
    var turn = 0
    for (configuration, count) in zip(configurations, counts) {
      if configuration.isView {
        values.append(values[values.count - 1])
      } else if isTrained {
        values.append(pointer(count))
      } else {
        values.append(turns[turn])
        turn = 1 - turn
      }
    }
    self.values = values
    outputs = isFused ? pointer(counts[last]) : values[last + 1]

    guard isTrained else {
      gradients = nil
      return
    }
    let pair = [pointer(largest), pointer(largest)]
    var gradients = [pair[0]]
    turn = 0
    for configuration in configurations.reversed() {
      if !configuration.isView { turn = 1 - turn }
      gradients.append(pair[turn])
    }
    self.gradients = gradients.reversed()
  }

  /// Throws when the blocks that every executor needs are more than all of the machine's memory.
  private static func check(_ network: Network, batchSize: Int) throws(NetworkError) {
    let largest = network.layers.map { $0.outputShape.reduce(1, *) }.max() ?? 1
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
