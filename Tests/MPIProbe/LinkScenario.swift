import Configuration
import Distributed
import Foundation
import NN

/// The exchange between nodes, part by part: rank 0 serves, the others are nodes.
enum LinkScenario {
  private static func uncompressed() throws -> CompressionConfiguration {
    try CompressionConfiguration(nil, at: [])
  }

  /// A node that has begun a push and computes keeps no other one waiting.
  static func slow(on world: borrowing Communicator) throws {
    let layout = ShardLayout(parameterCount: 4 << 20, serverCount: 1)
    if world.rank == 0 {
      let service = MasterService(layout, server: 0, try uncompressed())
      try service.serve(world, until: try world.startBarrier())
      try MPIProbe.require(service.pushCount == world.size - 1, "\(service.pushCount) pushes")
      return
    }
    let arena = FloatArena()
    let (change, result) = (
      arena.allocate(layout.parameterCount), arena.allocate(layout.parameterCount)
    )
    change.update(repeating: Float(world.rank))
    let transport = try MessageTransport(world, layout, try uncompressed())
    var note = [0]
    if world.rank == 1 {
      for other in 2..<world.size { try world.send(note, to: other, tag: 77) }
      try transport.push(change.start, whole: true, fetching: result.start)
      // Far longer than the other one's push takes, also where others use the machine.
      Clock.sleep(seconds: 6)
      try transport.wait(world)
    } else {
      try world.receive(into: &note, from: 1, tag: 77)
      // The other push has come as far as it can.
      Clock.sleep(seconds: 0.2)
      let start = Clock.now
      try transport.push(change.start, whole: true, fetching: result.start)
      try transport.wait(world)
      let seconds = Clock.now - start
      try MPIProbe.require(seconds < 4, "waited \(seconds) s behind a node that computes")
    }
    try MPIProbe.require(result[0] >= Float(world.rank), "the answer has the push")
    try world.barrier()
  }

  /// A server that is asked faster than it answers comes back to its other work.
  static func saturated(on world: borrowing Communicator) throws {
    let layout = ShardLayout(parameterCount: 3, serverCount: 1)
    // `Message.pushTag` and its neighbours.
    let (pushTag, answerTag, askTag) = (4, 6, 8)
    let count = 3
    if world.rank == 0 {
      let service = MasterService(layout, server: 0, try uncompressed())
      try world.barrier()
      // All messages are there now.
      for call in 1...count * 100 where service.pushCount < count * (world.size - 1) {
        let before = service.pushCount
        _ = try service.answerAll(on: world)
        let answered = service.pushCount - before
        try MPIProbe.require(
          answered <= world.size - 1, "\(answered) answers in call \(call)")
      }
      try MPIProbe.require(service.pushCount == count * (world.size - 1), "all are answered")
      let done = try world.startBarrier()
      try service.serve(world, until: done)
      return
    }
    for _ in 0..<count {
      try world.send([1, 2, 3] as [Float], to: 0, tag: pushTag)
      try world.send([0], to: 0, tag: askTag)
    }
    try world.barrier()
    var note = [0]
    for number in 1...count {
      while true {
        guard let (bytes, _) = try world.nextBytes(tag: answerTag, from: 0) else { continue }
        let weight = bytes.suffix(12).withUnsafeBytes { $0.loadUnaligned(as: Float.self) }
        try MPIProbe.require(weight >= Float(number), "answer \(number) is \(weight)")
        break
      }
      try world.receive(into: &note, from: 0, tag: askTag)
    }
    try world.barrier()
  }

  /// A server refuses what its weights would not be finite with, says so, and goes on; a node knows what a message
  /// would make infinite.
  static func refused(on world: borrowing Communicator) throws {
    let layout = ShardLayout(parameterCount: 3, serverCount: 1)
    let ways = [
      try uncompressed(), try CompressionConfiguration(["push": Value(.string("bf16"))], at: []),
    ]
    for (way, compression) in ways.enumerated() {
      // A node may leave the last barrier while its server, who has not seen yet that it is over, still takes
      // messages: the next way's are for the next server.
      try world.barrier()
      if world.rank == 0 {
        let service = MasterService(layout, server: 0, compression)
        try service.serve(world, until: try world.startBarrier())
        try MPIProbe.require(service.pushCount == 4, "\(service.pushCount) pushes, way \(way)")
        continue
      }
      if world.rank == 1 {
        let arena = FloatArena()
        let (change, result) = (arena.allocate(3), arena.allocate(3))
        let transport = try MessageTransport(world, layout, compression)
        change[0] = 3.39e38
        let takes = transport.takes(change.start)
        try MPIProbe.require(takes == (way == 0), "way \(way) takes 3.39e38: \(takes)")
        let pushes: [(Float, isRefused: Bool, count: Float)] = [
          (2e38, false, 1), (2e38, true, 1), (.nan, true, 1), (-1e38, false, 2),
        ]
        for (index, push) in pushes.enumerated() {
          (change[0], change[1], change[2]) = (push.0, 1, 0)
          try transport.push(change.start, whole: false, fetching: result.start)
          try transport.wait(world)
          let found = "way \(way), push \(index): \(transport.isRefused), \(Array(result))"
          try MPIProbe.require(transport.isRefused == push.isRefused, found)
          try MPIProbe.require(result[0].isFinite && result[1] == push.count, found)
        }
      }
      try world.barrier()
    }
  }

  /// One-sided pushes are counted beyond what a float can count.
  static func count(on world: borrowing Communicator) throws {
    let layout = ShardLayout(parameterCount: 3, serverCount: 1)
    let first = 1 << 24
    let window = try RemoteWindow(
      byteCount: world.rank == 0 ? layout.windowByteCount(of: 0) : 0, on: world)
    if world.rank == 0 {
      (window.base + 4 * layout.countPlace(of: 0)).storeBytes(of: Int64(first), as: Int64.self)
    }
    try world.barrier()
    if world.rank > 0 {
      let arena = FloatArena()
      let (change, result) = (arena.allocate(3), arena.allocate(3))
      let transport = try WindowTransport(window, layout, on: world)
      for number in 1...5 {
        change.update(repeating: 1)
        try transport.push(change.start, whole: true, fetching: result.start)
        try transport.wait(world)
        let others = 5 * (world.size - 2)
        try MPIProbe.require(
          (first + number...first + number + others).contains(transport.pushCount),
          "push \(number) is number \(transport.pushCount - first) behind 2^24")
      }
      try transport.pull(into: result.start)
      try transport.wait(world)
      try MPIProbe.require(result[2] >= 5, "the weights have the pushes")
    }
    try world.barrier()
    let pushes = (window.base + 4 * layout.countPlace(of: 0)).load(as: Int64.self)
    try MPIProbe.require(
      world.rank > 0 || Int(pushes) == first + 5 * (world.size - 1), "\(pushes) pushes in all")
    try window.free()
  }

  /// Who is called out of a collective may use his memory for something else, whatever still comes.
  static func called(on world: borrowing Communicator) throws {
    guard world.size > 2 else { return }
    let (cancel, task) = (78, 5)
    if world.rank == 0 {
      Clock.sleep(seconds: 0.1)
      try world.send([task], to: 1, tag: cancel)
      try world.barrier()
      try world.barrier()
      return
    }
    let interrupt = Interrupt(on: world, from: 0, tag: cancel)
    interrupt.begin(task)
    let members = Array(1..<world.size)
    // A group of its own for each collective: what was left of the first must not meet the second.
    let group = try world.group(of: members, tag: 1, interrupt: interrupt)
    let other = try world.group(of: members, tag: 2, interrupt: interrupt)
    let values = UnsafeMutableBufferPointer<Float>.allocate(capacity: 1000)
    values.initialize(repeating: 1)
    defer { values.deallocate() }
    if world.rank == 1 {
      for way in 0..<2 {
        do {
          if way == 0 {
            try group.allReduce(values, .sum)
          } else {
            try other.broadcast(values, from: 1)
          }
          throw DistributedError("wrong: not called out of collective \(way)")
        } catch let error as MPIError {
          try MPIProbe.require(error.isInterruption, "\(error)")
        }
      }
      values.update(repeating: 7)
      try world.barrier()
    } else {
      // Rank 1 is gone; what it began with goes on.
      try world.barrier()
      try group.allReduce(values, .sum)
      try MPIProbe.require(
        values.allSatisfy { $0 == Float(world.size - 1) }, "the sum of all parts")
      try other.broadcast(values, from: 1)
    }
    try world.barrier()
    // What is on its way comes in.
    let end = Clock.now + 0.1
    while Clock.now < end { _ = try world.pendingSource(tag: cancel) }
    try MPIProbe.require(world.rank > 1 || values.allSatisfy { $0 == 7 }, "memory was written")
  }

  /// What MPI cannot count is an error that says what to do.
  static func long(on world: borrowing Communicator) throws {
    let transfer = Transfer()
    let values = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: 1)
    defer { values.deallocate() }
    let long = UnsafeBufferPointer(start: values.baseAddress, count: 1 << 31)
    do {
      try transfer.send(long, to: 0, tag: 79, on: world)
      throw DistributedError("wrong: more was sent than can be counted")
    } catch let error as MPIError {
      try MPIProbe.require("\(error)".contains("distribution.servers"), "\(error)")
    }
  }

  /// A node exchanges behind each step, whose rows it may have been, and meets the others once.
  static func linked(on world: borrowing Communicator) throws {
    let server = ParameterServer(parameterCount: 3, slotCount: 0)
    let transport = CountingTransport(parameterCount: 3)
    let link = NodeLink(server.memory, transport, interval: 1, scale: 1, locks: true)
    var exchange = LinkedExchange(
      LockedExchange(
        memory: server.memory, gradient: Gradient(parameterCount: 3),
        optimizer: SGD(learningRate: 0.5)),
      NodeMembership(nodeCount: 2, link: link), keepsState: false)
    _ = try exchange.stepCount(own: 2, among: world)
    for step in 1...2 {
      _ = try exchange.push(rowCount: 0, wantsToStop: false, among: world)
      try MPIProbe.require(transport.pushes == step, "step \(step): \(transport.pushes) pushes")
    }
    // One that waits for its answer and one of the rest.
    for part in 1...3 {
      _ = try exchange.stepCount(own: 0, among: world)
      try exchange.settle(among: world)
      _ = try exchange.snapshot(among: world)
      _ = try exchange.snapshot(among: world)
      try MPIProbe.require(
        transport.pushes == 2 + part && transport.pulls == part,
        "part \(part): \(transport.pushes) pushes, \(transport.pulls) pulls")
    }
    // Stopped inside a part: nobody has settled.
    _ = try exchange.stepCount(own: 1, among: world)
    _ = try exchange.snapshot(among: world)
    try MPIProbe.require(transport.pulls == 4, "\(transport.pulls) pulls after a stop")
    try server.free()
  }
}

/// A master of this process's own that counts what it is asked.
private final class CountingTransport: MasterTransport {
  private var master: [Float]
  private(set) var pushes = 0
  private(set) var pulls = 0
  var pushCount: Int { pushes }
  let byteCount = 0

  init(parameterCount: Int) { master = [Float](repeating: 0, count: parameterCount) }

  func push(
    _ change: UnsafeMutablePointer<Float>, whole: Bool, fetching result: UnsafeMutablePointer<Float>
  ) {
    pushes += 1
    for index in master.indices {
      master[index] += change[index]
      result[index] = master[index]
    }
  }

  func pull(into result: UnsafeMutablePointer<Float>) {
    pulls += 1
    for index in master.indices { result[index] = master[index] }
  }

  func isDone() -> Bool { true }
  func progress() {}
}
