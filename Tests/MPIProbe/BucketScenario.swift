import Configuration
import Distributed
import NN

/// Synchronous steps whose gradients go in buckets, beside the same steps with one bucket.
///
/// Every rank is a worker with rows of its own: rank r has r + 2 rows a step, the last one none in the second
/// step, and nobody any in the fourth. Three ranks meet all at once, and by way of nodes.
enum BucketScenario {
  private static let bucketCounts = [1, 3, 16]
  private static let stepCount = 6

  /// The ranks of each node; empty: all meet at once.
  private static func layouts(size: Int) -> [[[Int]]] {
    guard size > 2 else { return [[]] }
    let inTurn = [0, 1].map { Array(stride(from: $0, to: size, by: 2)) }
    return [[], [Array(0..<size - 1), [size - 1]], inTurn]
  }

  static func run(on world: borrowing Communicator) throws {
    for (optimizer, isPenalized) in [
      ("adam", false), ("adam", true), ("{sgd: {momentum: 0.9, clipvalue: 0.01}}", false),
      ("{adam: {global_clipnorm: 0.1}}", false), ("{adam: {use_ema: true}}", false),
    ] {
      var first: [Float] = []
      for nodes in layouts(size: world.size) {
        let groups = try NodeGroups.make(nodes, of: world)
        for count in bucketCounts {
          let place =
            "\(optimizer), penalty \(isPenalized), \(count) buckets, \(nodes.count) nodes"
          let numbers = try train(
            optimizer, buckets: count, isPenalized: isPenalized, groups, place, on: world)
          if first.isEmpty { first = numbers }
          // Two numbers have one sum; more are added in another order: float rounding over six steps.
          let tolerance: Float = world.size < 3 ? 0 : 1e-4
          try MPIProbe.require(
            zip(first, numbers).allSatisfy { abs($0 - $1) <= tolerance }, "\(place): other numbers"
          )
        }
        if let groups { try sums(by: groups, on: world) }
        try groups?.free()
      }
    }
  }

  /// Blocking sums by nodes are those of all.
  private static func sums(by groups: NodeGroups, on world: borrowing Communicator) throws {
    for count in [1, 1000] {
      var values = (0..<count).map { Float($0 + world.rank) }
      let ranks = Float(world.size * (world.size - 1) / 2)
      try values.withUnsafeMutableBufferPointer { try world.sum($0, by: groups) }
      try MPIProbe.require(
        values.indices.allSatisfy { values[$0] == Float($0 * world.size) + ranks },
        "other sums of \(count) by nodes")
    }
  }

  /// What the steps leave in parameters and state.
  private static func train(
    _ text: String, buckets: Int, isPenalized: Bool, _ groups: NodeGroups?, _ place: String,
    on world: borrowing Communicator
  ) throws -> [Float] {
    let penalty = isPenalized ? Regularizer(l2: 0.01) : nil
    let layers: [any LayerConfiguration] = [
      Dense(units: 40, activation: .relu), BatchNormalization(),
      Dense(units: 24, activation: .tanh, kernelRegularizer: penalty),
      Dropout(rate: 0.1), Dense(units: 10, activation: .softmax),
    ]
    let network = try Network(inputShape: [12], layers: layers.map { NamedLayer(nil, $0) })
    var optimizer = try OptimizerRegistry.optimizer(
      try Value(yaml: text, file: "optimizer"), at: [])
    optimizer.common.prepare(arrays: network.parameterRanges, stepCount: stepCount)
    let (count, trained) = (network.parameterCount, network.trainedCount)
    let floatCount =
      ParameterMemory.byteCount(
        parameterCount: count, trainedCount: trained, slotCount: optimizer.slotCount) / 4
    let arena = FloatArena()
    let block = arena.allocate(floatCount)
    guard let base = block.baseAddress else { return [] }
    let memory = ParameterMemory(
      base: UnsafeMutableRawPointer(base), parameterCount: count, trainedCount: trained,
      slotCount: optimizer.slotCount)
    network.initialize(memory.parameters, seed: 1)
    let gradient = Gradient(parameterCount: count)
    var exchange: any Exchange = SynchronousExchange(
      memory: memory, gradient: gradient, optimizer: optimizer,
      bucketByteCount: trained * 4 / buckets, groups: groups)
    let rows = world.rank + 2
    let executor = try Executor(
      network, batchSize: rows, loss: Loss(.sparseCategoricalCrossentropy),
      parameters: memory.parameters.start, gradient: gradient.start)
    exchange.updateInBackward(of: executor)

    var generator = RandomGenerator(seed: 7 + UInt64(world.rank))
    var isStopped = false
    for step in 1...stepCount {
      let hasRows = step != 4 && !(step == 2 && world.rank == world.size - 1 && world.size > 1)
      if hasRows {
        for i in executor.features.indices {
          executor.features[i] = Float(generator.uniform(-1, 1))
        }
        for i in executor.targets.indices { executor.targets[i] = Float(generator.below(10)) }
        gradient.start[count] = 0
        let observer = try exchange.observer(rowCount: rows, among: world)
        let loss = executor.step(
          seed: UInt64(world.rank), step: UInt64(step), into: exchange.backwardUpdate,
          observer: observer)
        try MPIProbe.require(loss.isFinite, "\(place): the loss is \(loss)")
        // The first bucket has the rows behind its end when it is on its way.
        let overlaps = buckets > 1 && !isPenalized && world.size > 1
        try MPIProbe.require(
          (gradient.start[count] > 0) == overlaps, "\(place): buckets within the pass")
      }
      // The last worker alone wants to stop, in the last step.
      let wish = step == stepCount && world.rank == world.size - 1
      isStopped = try exchange.push(
        rowCount: hasRows ? rows : 0, wantsToStop: wish, among: world)
      try MPIProbe.require(
        isStopped == (step == stepCount), "\(place): a stop in step \(step)")
    }
    try MPIProbe.require(
      memory.updateCount == stepCount - 1, "\(place): \(memory.updateCount) updates")
    let numbers = Array(memory.parameters) + Array(memory.state)
    var (least, largest) = (numbers, numbers)
    try world.allReduce(&least, .minimum)
    try world.allReduce(&largest, .maximum)
    try MPIProbe.require(
      least == numbers && largest == numbers, "\(place): the workers' numbers differ")
    return numbers
  }
}
