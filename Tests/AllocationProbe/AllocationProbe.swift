import AllocationCounter
import Configuration
import NN

/// Counts what 100 training steps allocate, after a warm-up, for many networks, losses and
/// all optimizers.
///
/// Prints one line `CASE COUNT` each. With the argument `leak` each step also makes one allocation
/// of its own, which must show.
@main
struct AllocationProbe {
  static let stepCount = 100

  static func main() throws {
    let leaks = CommandLine.arguments.contains("leak")
    guard allocation_counts() == 1 else {
      print("unsupported 0")
      return
    }
    for (network, loss) in try cases() {
      let count = try allocations(network, loss, leaks: leaks)
      print("\(network.name)/\(loss.function.rawValue) \(count)")
      if leaks { return }
    }
  }

  /// Networks that together have every layer of the registry and every activation, each with every
  /// loss that fits.
  static func cases() throws -> [(Network, Loss)] {
    let dense: [any LayerConfiguration] = [
      Flatten(), Dense(units: 32, activation: .relu), Dropout(rate: 0.2), Reshape([4, 8]),
      Dense(units: 6, activation: .tanh), Flatten(), Dense(units: 10, activation: .softmax),
    ]
    let every: [any LayerConfiguration] =
      Activation.Function.allCases.flatMap { function -> [any LayerConfiguration] in
        [
          Dense(units: 17, activation: Activation(function)),
          ActivationConfiguration(Activation(function)),
        ]
      } + [Dense(units: 10, activation: .sigmoid)]
    let covered = Set((dense + every).map { type(of: $0).name })
    for type in LayerRegistry.all where !covered.contains(type.name) {
      throw ConfigurationError("the layer \(type.name) is in no network of the probe")
    }
    return try [("layers", dense), ("activations", every)].flatMap { name, layers in
      let network = try Network(
        name: name, inputShape: [4, 5], layers: layers.map { NamedLayer(nil, $0) })
      return Loss.Function.allCases.map { (network, Loss($0)) }
    }
  }

  /// The allocations of 100 steps: forward, backward, an update by every optimizer in turn and
  /// metrics, with the smaller batch of an epoch's end and new parameter memory among them.
  static func allocations(_ network: Network, _ loss: Loss, leaks: Bool) throws -> Int {
    let optimizers = try OptimizerRegistry.all.map { type in
      var options = try Options(Value(.null))
      return try type.init(options: &options)
    }
    let arena = FloatArena()
    let count = network.parameterCount
    let block = arena.allocate(count)
    guard let parameters = block.baseAddress, let gradient = arena.allocate(count).baseAddress
    else { return -1 }
    let states = optimizers.map { arena.allocate(count * $0.slotCount).baseAddress ?? gradient }
    network.initialize(block, seed: 1)
    let executor = try Executor(
      network, batchSize: 16, loss: loss, parameters: parameters, gradient: gradient)
    let rest = try Executor(sharing: executor, batchSize: 5)
    var generator = RandomGenerator(seed: 3)
    for i in executor.features.indices { executor.features[i] = Float(generator.uniform()) }
    for i in executor.targets.indices { executor.targets[i] = loss.isSparse ? 3 : 0.1 }
    var metrics = try MetricSet(
      ["accuracy"] + (loss.isCategorical ? ["top_k_accuracy"] : ["mae"]), loss: loss,
      outputShape: network.outputShape)
    var matrix = ConfusionMatrix(classCount: 10)

    let executors = [executor, rest]
    func step(_ number: Int) {
      for index in 0..<2 {
        let executor = executors[index]
        executor.bind(parameters: parameters)
        let mean = executor.step(seed: 1, step: UInt64(number))
        for index in 0..<optimizers.count {
          optimizers[index].update(
            parameters: parameters, gradient: gradient, state: states[index], count: count,
            step: number)
        }
        metrics.add(
          outputs: executor.outputs, targets: UnsafeBufferPointer(executor.targets),
          rowCount: executor.batchSize, lossSum: mean * Double(executor.batchSize))
        matrix.add(
          outputs: executor.outputs, targets: UnsafeBufferPointer(executor.targets),
          rowCount: executor.batchSize, isSparse: loss.isSparse)
        executor.forward()
        _ = executor.loss()
      }
    }
    for number in 1...3 { step(number) }
    let before = allocation_count()
    for number in 4..<4 + stepCount {
      step(number)
      if leaks { allocation_make_one() }
    }
    return allocation_count() - before
  }
}
