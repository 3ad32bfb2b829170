// What the tests of Distributed run on several ranks: one scenario per name.
//
// Every scenario checks its own results on every rank and throws when one is wrong; rank 0 prints
// one line at the end.

import Distributed
import Foundation

@main
struct MPIProbe {
  static func main() {
    let name = CommandLine.arguments.dropFirst().first ?? ""
    exit(
      Session.run { world in
        switch name {
        case "collectives": try collectives(world)
        case "messages": try messages(world)
        case "window": try window(world)
        case "counter": try counter(world)
        case "lock": try lock(world)
        case "compression":
          try CompressionScenario.run()
          try CompressionScenario.run(leaks: true)
        case "buckets": try BucketScenario.run(on: world)
        case "link-slow": try LinkScenario.slow(on: world)
        case "link-saturated": try LinkScenario.saturated(on: world)
        case "link-refused": try LinkScenario.refused(on: world)
        case "link-count": try LinkScenario.count(on: world)
        case "link-called": try LinkScenario.called(on: world)
        case "link-long": try LinkScenario.long(on: world)
        case "link-linked": try LinkScenario.linked(on: world)
        case "reduction": try ReductionScenario.run(on: world)
        case "throw": try throwing(world)
        case "throw-everywhere": throw DistributedError("every rank fails", exitCode: 66)
        case "code": return 75
        case "deadline":
          Deadline.set(seconds: 0.1, line: "never\n", code: 71)
          Deadline.callOff()
          Clock.sleep(seconds: 0.3)
          Deadline.set(seconds: 0.1, line: "late\n", code: 70)
          Clock.sleep(seconds: 30)
        case "correction":
          try CorrectionScenario.run(CommandLine.arguments.last ?? "", on: world)
          return 0
        case "estimators":
          try EstimatorScenario.run(Array(CommandLine.arguments.dropFirst(2)), on: world)
        case "fit": try FitScenario.run(on: world)
        case "source":
          return try SourceScenario.run(Array(CommandLine.arguments.dropFirst(2)), on: world)
        case "train":
          return try TrainScenario.run(Array(CommandLine.arguments.dropFirst(2)), on: world)
        default: throw DistributedError("no scenario '\(name)'", exitCode: 64)
        }
        if world.rank == 0 { print("\(name) ok on \(world.size)") }
        return 0
      })
  }

  static func require(_ condition: Bool, _ what: String) throws {
    guard condition else { throw DistributedError("wrong: \(what)", exitCode: 70) }
  }

  static func collectives(_ world: borrowing Communicator) throws {
    let n = world.size
    try require(try world.allReduce(world.rank + 1, .sum) == n * (n + 1) / 2, "sum of ints")
    try require(try world.allReduce(Double(world.rank), .maximum) == Double(n - 1), "maximum")
    try require(try world.allReduce(Float(world.rank), .minimum) == 0, "minimum")
    var long = [Float](repeating: 1, count: 300_000)
    try world.allReduce(&long, .sum)
    try require(long.allSatisfy { $0 == Float(n) }, "sum of floats")
    try require(try world.allGather([world.rank * 2]) == (0..<n).map { $0 * 2 }, "gather")
    let bytes: [UInt8] = world.rank == n - 1 ? Array("hello".utf8) : []
    try require(try world.broadcast(bytes: bytes, from: n - 1) == Array("hello".utf8), "broadcast")
    guard let half = try world.split(color: world.rank % 2) else {
      throw DistributedError("wrong: a colour gave no communicator")
    }
    try require(half.size == (n + 1 - world.rank % 2) / 2, "size of a half")
    try half.free()
    let even = try world.split(color: world.rank % 2 == 0 ? 0 : nil)
    switch consume even {
    case .some(let even):
      try require(world.rank % 2 == 0, "no colour, no communicator")
      try even.free()
    case .none: try require(world.rank % 2 == 1, "a colour has a communicator")
    }
    try world.barrier()
  }

  static func messages(_ world: borrowing Communicator) throws {
    if world.rank == 0 {
      var seen = Set<Int>()
      while seen.count < world.size - 1 {
        guard let source = try world.pendingSource(tag: 5) else { continue }
        var numbers = [0.0, 0.0]
        try world.receive(into: &numbers, from: source, tag: 5)
        try require(numbers == [Double(source), Double(source * source)], "a message's numbers")
        seen.insert(source)
      }
    } else {
      try world.send([Double(world.rank), Double(world.rank * world.rank)], to: 0, tag: 5)
    }
    try world.barrier()
    do {
      try world.send([1.0], to: world.size + 7, tag: 5)
      throw DistributedError("wrong: a message to no rank was sent")
    } catch let error as MPIError {
      try require("\(error)".contains("rank \(world.size + 7)"), "the error names the rank")
    }
  }

  static func window(_ world: borrowing Communicator) throws {
    let node = try world.splitByNode()
    let window = try SharedWindow(byteCount: 8 * 1000 * node.size, on: node)
    let words = window.base.assumingMemoryBound(to: Int.self)
    try require(words[1000 * node.rank + 999] == 0, "a window begins with zeros")
    try node.barrier()
    for i in 0..<1000 { words[1000 * node.rank + i] = node.rank * 1000 + i }
    try window.sync()
    try node.barrier()
    try window.sync()
    for i in 0..<1000 * node.size { try require(words[i] == i, "word \(i)") }
    try node.barrier()
    try window.free()
    try node.free()
  }

  /// Adam's step count: no update is lost, and no number is given twice.
  static func counter(_ world: borrowing Communicator) throws {
    let node = try world.splitByNode()
    let server = try ParameterServer(parameterCount: 3, slotCount: 2, on: node)
    var sum = 0
    for _ in 0..<20_000 { sum += server.memory.nextUpdate() }
    try node.barrier()
    let total = 20_000 * node.size
    try require(server.memory.updateCount == total, "\(total) updates counted")
    let sums = try node.allReduce(sum, .sum)
    try require(sums == total * (total + 1) / 2, "every number was given once")
    try server.free()
    try changes(node)
    try node.free()
  }

  /// Moving statistics: of workers that add to the same numbers at the same time none is lost.
  private static func changes(_ node: borrowing Communicator) throws {
    let server = try ParameterServer(
      parameterCount: 5, trainedCount: 1, slotCount: 0, on: node)
    let change: [Float] = [.nan, 1, 2, -1, 0.5]
    try node.barrier()
    for _ in 0..<20_000 { server.memory.addChange(change) }
    try node.barrier()
    // Whole numbers and halves below 2^24: float sums are exact.
    let total = Float(20_000 * node.size)
    let expected = [0, total, 2 * total, -total, total / 2]
    try require(Array(server.memory.parameters) == expected, "no change of a statistic is lost")
    try node.barrier()
    try server.free()
  }

  /// Writers add to two words that readers must always find equal.
  static func lock(_ world: borrowing Communicator) throws {
    let node = try world.splitByNode()
    let server = try ParameterServer(parameterCount: 1000, slotCount: 0, on: node)
    let memory = server.memory
    for _ in 0..<300 {
      try memory.lock.lockForWriting()
      for i in memory.parameters.indices { memory.parameters[i] += 1 }
      memory.lock.unlockAfterWriting()
      try memory.lock.lockForReading()
      let first = memory.parameters[0]
      let isEqual = memory.parameters.allSatisfy { $0 == first }
      memory.lock.unlockAfterReading()
      try require(isEqual, "a reader sees whole updates")
    }
    try node.barrier()
    try require(memory.parameters[999] == Float(300 * node.size), "no update is lost")
    try server.free()
    try node.free()
  }

  static func throwing(_ world: borrowing Communicator) throws {
    if world.rank == world.size - 1 {
      throw DistributedError("this rank fails on purpose", exitCode: 65)
    }
    try world.barrier()
  }
}
