internal import Distributed
internal import NN

/// Workers that share parameters against the same workers side by side on their own.
///
/// Both run in one set of processes, in turn, so the machine's moods hit both: rank 0 sleeps as the
/// parameter server, the others step on an in-memory batch.
struct HogwildBench {
  let network: Network
  let optimizer: any Optimizer
  let loss: Loss
  let batchSize: Int
  let rounds: Int
  let secondsPerRound: Double

  /// What was measured: steps per second, summed over the workers, one number per round.
  struct Figures {
    var inPlace: [Double] = []
    var copy: [Double] = []
    var independent: [Double] = []
  }

  /// Measures every way `rounds` times in turn.
  ///
  /// Collective over `world`, two ranks or more.
  func run(on world: borrowing Communicator) throws -> Figures {
    let node = try world.splitByNode()
    let server = try ParameterServer(
      parameterCount: network.parameterCount, slotCount: optimizer.slotCount, on: node)
    let isServer = world.rank == 0
    let workers = try world.split(color: isServer ? nil : 0)
    var figures = Figures()
    switch consume workers {
    case .none:
      let done = try world.startBarrier()
      while try !done.isDone() { Clock.sleep(seconds: 0.01) }
    case .some(let workers):
      figures = try measure(server.memory, among: workers)
      try world.barrier()
      try workers.free()
    }
    try world.allReduce(&figures.inPlace, .sum, padTo: rounds)
    try world.allReduce(&figures.copy, .sum, padTo: rounds)
    try world.allReduce(&figures.independent, .sum, padTo: rounds)
    try server.free()
    try node.free()
    return figures
  }

  private func measure(
    _ shared: ParameterMemory, among workers: borrowing Communicator
  ) throws -> Figures {
    let own = ParameterServer(
      parameterCount: network.parameterCount, slotCount: optimizer.slotCount)
    let gradient = Gradient(parameterCount: network.parameterCount)
    network.initialize(own.memory.parameters, seed: 1)
    if workers.rank == 0 { network.initialize(shared.parameters, seed: 1) }
    try workers.barrier()
    let executor = try Executor(
      network, batchSize: batchSize, loss: loss, parameters: own.memory.parameters.start,
      gradient: gradient.start)
    var generator = RandomGenerator(seed: UInt64(workers.rank + 1))
    for index in executor.features.indices { executor.features[index] = Float(generator.uniform()) }
    for index in executor.targets.indices {
      executor.targets[index] = Float(index % max(1, network.outputCount))
    }
    var ways = [
      HogwildExchange(
        memory: shared, gradient: gradient, optimizer: optimizer, privateCopy: false),
      HogwildExchange(
        memory: shared, gradient: gradient, optimizer: optimizer, privateCopy: true),
      HogwildExchange(
        memory: own.memory, gradient: gradient, optimizer: optimizer, privateCopy: false),
    ]
    for way in ways.indices { ways[way].updateInBackward(of: executor) }
    var rates = [[Double]](repeating: [], count: ways.count)
    for round in 0...rounds {
      for (index, way) in ways.enumerated() {
        executor.bind(parameters: way.parameters.start)
        try workers.barrier()
        let start = Clock.now
        var steps = 0
        while Clock.now - start < secondsPerRound {
          way.pull()
          _ = executor.step(seed: 1, step: UInt64(steps), into: way.backwardUpdate)
          _ = way.push(rowCount: batchSize, wantsToStop: false, among: workers)
          steps += 1
        }
        // The first round warms up.
        if round > 0 { rates[index].append(Double(steps) / (Clock.now - start)) }
      }
    }
    try own.free()
    return Figures(inPlace: rates[0], copy: rates[1], independent: rates[2])
  }
}

extension Communicator {
  /// Sums arrays of which some ranks have none.
  fileprivate borrowing func allReduce(
    _ values: inout [Double], _ operation: ReductionOperation, padTo count: Int
  ) throws(MPIError) {
    values += [Double](repeating: 0, count: count - values.count)
    try allReduce(&values, operation)
  }
}
