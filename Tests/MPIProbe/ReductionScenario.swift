import Configuration
import Distributed
import NN

/// Sums by compressed messages: what arrives, what is left out, and what the modes make of it.
///
/// Every rank is a worker. Each is a node, or two by two are.
enum ReductionScenario {
  private static let names = [
    "bf16", "int8", "{topk: {fraction: 0.1}}", "{push: int8}", "{pull: {topk: {fraction: 0.2}}}",
  ]
  private static let roundCount = 8

  static func run(on world: borrowing Communicator) throws {
    for name in ["none"] + names {
      // Fewer numbers than ranks, and more than a message's parts of any kind.
      for count in [1, 2, 301, 140_001] {
        try sums(name, count, on: world)
      }
    }
    for mode in ["sync", "{localsgd: {interval: 2, outer_learning_rate: 1, outer_momentum: 0}}"] {
      for name in names { try descent(mode, name, on: world) }
    }
  }

  private static func compression(_ name: String) throws -> CompressionConfiguration {
    try CompressionConfiguration(try Value(yaml: name, file: "compression"), at: [])
  }

  /// The ranks of each node, `size` on each.
  private static func nodes(_ size: Int, on world: borrowing Communicator) -> [[Int]] {
    stride(from: 0, to: world.size, by: size).map { Array($0..<min($0 + size, world.size)) }
  }

  /// Whether all ranks have the same bits.
  private static func areEqual(
    _ values: UnsafeMutableBufferPointer<Float>, on world: borrowing Communicator
  ) throws -> Bool {
    var (least, most) = (values.map { $0.bitPattern }.map(Int.init), [Int]())
    most = least
    try world.allReduce(&least, .minimum)
    try world.allReduce(&most, .maximum)
    return least == most
  }

  /// Some sums by single ranks, then some by pairs that take what those have left out, and the other way round.
  private static func sums(
    _ name: String, _ count: Int, on world: borrowing Communicator
  ) throws {
    let place = "\(name), \(count) numbers"
    let arena = FloatArena()
    defer { withExtendedLifetime(arena) {} }
    let values = arena.allocate(count)
    var (given, arrived) = ([Double](repeating: 0, count: count), [Double]())
    arrived = given
    var leftOut: [Float] = []
    var generator = RandomGenerator(seed: 5 + UInt64(world.rank))
    for (turn, size) in [1, 2, 1].enumerated() {
      let groups = try NodeGroups.make(nodes(size, on: world), of: world)
      let reduction = try CompressedReduction(
        count, try compression(name), by: groups, among: world)
      if turn > 0 {
        // Only the first has it, as of a checkpoint; all get it.
        let known = try world.broadcast(
          leftOut.isEmpty ? [Float](repeating: 0, count: count) : leftOut, from: 0)
        reduction.resume(known)
      }
      for _ in 0..<roundCount {
        for index in 0..<count {
          values[index] = Float(generator.normal() * (generator.uniform() < 0.1 ? 100 : 1))
          given[index] += Double(values[index])
        }
        var plain = Array(values)
        try world.allReduce(&plain, .sum)
        try reduction.sum(values, among: world)
        for index in 0..<count { arrived[index] += Double(values[index]) }
        if name == "none" {
          // Two numbers have one sum; more are added in another order.
          let tolerance: Float = world.size < 3 ? 0 : 1e-3
          try MPIProbe.require(
            zip(values, plain).allSatisfy { abs($0 - $1) <= tolerance }, "\(place): sums of floats")
        }
        try MPIProbe.require(try areEqual(values, on: world), "\(place): the ranks' sums differ")
      }
      leftOut = try reduction.leftOut(among: world)
      try groups?.free()
      try MPIProbe.require(
        leftOut.count == (world.rank == 0 ? count : 0), "\(place): \(leftOut.count) left out")
      if world.rank == 0 {
        let isExact = name == "none" || world.size == 1
        try MPIProbe.require(
          leftOut.allSatisfy { $0 == 0 } == isExact || count < 3, "\(place): what is left out")
      }
    }
    try world.allReduce(&given, .sum)
    for index in leftOut.indices {
      // Each of 24 sums adds some hundreds to a residual and rounds them, on each rank and on the owner.
      let difference = given[index] - arrived[index] - Double(leftOut[index])
      try MPIProbe.require(
        abs(difference) < 0.02, "\(place): \(difference) of number \(index) is lost")
    }
  }

  /// Gradient descent on (w - t)²/2 with a target for each rank: all end with the mean of their targets, weighted
  /// with their rows, and have the same bits all the way.
  private static func descent(
    _ mode: String, _ name: String, on world: borrowing Communicator
  ) throws {
    let place = "\(mode), \(name)"
    let (count, trained, stepCount) = (303, 301, 400)
    let arena = FloatArena()
    defer { withExtendedLifetime(arena) {} }
    let byteCount = ParameterMemory.byteCount(
      parameterCount: count, trainedCount: trained, slotCount: 0)
    guard let base = arena.allocate(byteCount / 4).baseAddress else { return }
    let memory = ParameterMemory(
      base: UnsafeMutableRawPointer(base), parameterCount: count, trainedCount: trained,
      slotCount: 0)
    let gradient = Gradient(parameterCount: count)
    let way = try ModeRegistry.mode(try Value(yaml: mode, file: "mode"), at: [])
    let groups = try NodeGroups.make(nodes(2, on: world), of: world)
    var exchange = way.exchange(
      ExchangeParts(
        memory: memory, gradient: gradient,
        optimizer: try OptimizerRegistry.optimizer(
          try Value(yaml: "{sgd: {learning_rate: 0.05}}", file: "optimizer"), at: []),
        workerCount: world.size, usesCopy: false,
        reduction: try CompressedReduction(
          trained, try compression(name), by: groups, among: world), groups: groups))
    exchange.begin(from: nil)
    _ = try exchange.stepCount(own: stepCount, among: world)
    let rows = world.rank + 1
    func target(_ rank: Int, _ index: Int) -> Float { Float(index % 7) - Float(rank) }
    for step in 1...stepCount {
      // The last worker has none now and then, and in two steps nobody has any.
      let isIdle = step % 200 < 2 || (step % 10 == 0 && world.rank == world.size - 1)
      for index in 0..<trained {
        gradient.start[index] = memory.parameters[index] - target(world.rank, index)
      }
      // Of the weights that are not trained a step gives the change.
      for index in trained..<count {
        gradient.start[index] = 0.1 * (Float(world.rank) - memory.parameters[index])
      }
      if isIdle { gradient.start[0] = .nan }
      let wish = step == stepCount && world.rank == 0
      let stops = try exchange.push(
        rowCount: isIdle ? 0 : rows, wantsToStop: wish, among: world)
      try MPIProbe.require(stops == (step == stepCount), "\(place): a stop in step \(step)")
      if step % 2 == 0 {
        try MPIProbe.require(
          try areEqual(memory.parameters, on: world), "\(place): weights differ in step \(step)")
      }
    }
    // Its steps without rows change the last worker's weight by less than a tenth. Of the largest ones a number
    // comes in each tenth message or so, with all that its worker's target asks of it meanwhile: a rate of 0.05
    // times up to 0.4 a step.
    let tolerance: Float = name.contains("topk") ? 0.4 : 0.15
    let shares = (1...world.size).map { Float($0) }
    let total = shares.reduce(0, +)
    for index in 0..<count {
      let goal = (0..<world.size).reduce(Float(0)) { sum, rank in
        sum + shares[rank] / total * (index < trained ? target(rank, index) : Float(rank))
      }
      let distance = abs(memory.parameters[index] - goal)
      try MPIProbe.require(distance < tolerance, "\(place): weight \(index) is \(distance) off")
    }
    // What is left out is what the weights still lack, and a checkpoint has it.
    let snapshot = try exchange.snapshot(among: world)
    try MPIProbe.require((snapshot != nil) == (world.rank == 0), "\(place): a checkpoint")
  }
}
