import AllocationCounter
import CKernels
import Configuration
import LayerSamples
import NN

/// Counts what 100 training steps allocate, after a warm-up, for all layers, losses and optimizers.
///
/// Prints one line `CASE COUNT` each. With the argument `leak` each step also makes one allocation
/// of its own, which must show. With the argument `optimizers` there are updates alone, with `batches`
/// batches that are read; with `outside` what oneDNN allocates by itself is not counted.
@main
struct AllocationProbe {
  static let stepCount = 100

  static func main() throws {
    let leaks = CommandLine.arguments.contains("leak")
    guard allocation_counts() == 1 else {
      print("unsupported 0")
      return
    }
    if CommandLine.arguments.contains("outside") {
      allocation_skip_while(ck_recycles_allocations)
    }
    if CommandLine.arguments.contains("optimizers") {
      try OptimizerProbe.run(stepCount: stepCount, leaks: leaks)
      return
    }
    if CommandLine.arguments.contains("batches") {
      try BatchProbe.run(stepCount: stepCount, leaks: leaks)
      return
    }
    for (network, loss) in try cases() {
      let count = try allocations(network, loss, leaks: leaks)
      print("\(network.name)/\(loss.function.rawValue) \(count)")
      if leaks { return }
    }
    for sample in LayerSamples.all {
      let loss = Loss(.meanSquaredError)
      let count = try allocations(try sample.network(), loss, leaks: false, sample: sample)
      print("\(sample.description.filter { $0 != " " }) \(count)")
    }
  }

  /// Networks that together have every activation, each with every loss that fits.
  static func cases() throws -> [(Network, Loss)] {
    let dense: [any LayerConfiguration] = [
      Reshape([4, 5, 1]), Conv2D(filters: 16, kernelSize: [3], padding: .same, activation: .relu),
      MaxPooling2D(padding: .same), Conv2D(filters: 16, kernelSize: [2]),
      AveragePooling2D(poolSize: [1]), Flatten(), Dense(units: 32, activation: .relu),
      Dropout(rate: 0.2), Reshape([4, 8]),
      Dense(units: 6, activation: .tanh), Flatten(), Dense(units: 10, activation: .softmax),
    ]
    let every: [any LayerConfiguration] =
      Activation.Function.allCases.flatMap { function -> [any LayerConfiguration] in
        [
          Dense(units: 18, activation: function.keepsShape ? Activation(function) : .linear),
          ActivationConfiguration(Activation(function)),
        ]
      } + [Dense(units: 10, activation: .sigmoid)]
    return try [("layers", dense), ("activations", every)].flatMap { name, layers in
      let network = try Network(
        name: name, inputShape: [4, 5], layers: layers.map { NamedLayer(nil, $0) })
      // 10 outputs are the parameters of 5 normal targets, or of 2 targets of a mixture.
      let mixture = Loss(.negativeLogLikelihood, distribution: .mixture(components: 2))
      let poisson = Loss(.negativeLogLikelihood, distribution: .poisson)
      return Loss.Function.allCases.map { (network, Loss($0)) }
        + [(network, mixture), (network, poisson)]
    }
  }

  /// The allocations of 100 steps: forward, backward, an update by every optimizer in turn and
  /// metrics, with the smaller batch of an epoch's end and new parameter memory among them.
  static func allocations(
    _ network: Network, _ loss: Loss, leaks: Bool, sample: LayerSample? = nil
  ) throws -> Int {
    let optimizers = try OptimizerProbe.optimizers(arrays: network.parameterRanges)
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
    if let sample {
      sample.fill(executor.features, using: &generator)
    } else {
      for i in executor.features.indices { executor.features[i] = Float(generator.uniform()) }
    }
    for i in executor.targets.indices { executor.targets[i] = loss.isSparse ? 3 : 0.1 }
    let fitting = MetricSet.metricNames.map { Value(.string($0)) }.filter {
      (try? MetricSet([$0], loss: loss, outputShape: network.outputShape)) != nil
    }
    var metrics = try MetricSet(fitting, loss: loss, outputShape: network.outputShape)
    var matrix = ConfusionMatrix(classCount: network.outputShape.last ?? 1)

    let executors = [executor, rest]
    let weights = arena.allocate(executor.batchSize)
    weights.update(repeating: 0.5)
    for executor in executors {
      executor.sampleWeights = UnsafeBufferPointer(rebasing: weights[..<executor.batchSize])
      executor.classWeights = UnsafeBufferPointer(weights)
    }
    var updates = 0
    let moments = arena.allocate(2 * count).baseAddress ?? gradient
    let update =
      executor.updatesInBackward
      ? BackwardUpdate(
        Adam(), parameters: parameters, state: moments, count: network.trainedCount
      ) {
        updates += 1
        return updates
      } : nil
    let penalty = Regularizer(l1: 0.1, l2: 0.1)
    func step(_ number: Int) {
      for index in 0..<2 {
        let executor = executors[index]
        executor.bind(parameters: parameters)
        let mean = executor.step(seed: 1, step: UInt64(number))
        for index in 0..<optimizers.count {
          optimizers[index].update(
            parameters: parameters, gradient: gradient, state: states[index],
            count: network.trainedCount,
            step: number)
        }
        metrics.add(
          outputs: executor.outputs, targets: UnsafeBufferPointer(executor.targets),
          rowCount: executor.batchSize, lossSum: mean * Double(executor.batchSize),
          weights: executor.sampleWeights)
        if let update { _ = executor.step(seed: 1, step: UInt64(number), into: update) }
        _ = penalty.apply(to: parameters, gradient: gradient, count: count)
        // Of parameters of a distribution there are more than targets.
        if loss.isSparse || executor.targets.count == executor.outputs.count {
          matrix.add(
            outputs: executor.outputs, targets: UnsafeBufferPointer(executor.targets),
            rowCount: executor.batchSize, isSparse: loss.isSparse)
        }
        executor.forward()
        _ = executor.loss()
        executor.sample(seed: 1, step: UInt64(number))
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
