import Configuration
import Distributed
import Foundation
import HDF5
import NN
import TestSupport
import Testing

@Suite("The exchange of a node", .serialized)
struct NodeLinkTests {
  @Test(
    "on ranks: a slow node stops nobody, a server comes back, counts are exact, memory stays its owner's",
    arguments: ["slow", "saturated", "refused", "count", "called", "long", "linked"])
  func scenario(_ name: String) throws {
    // Over TCP a message moves only while its sender is inside of MPI.
    let environment = name == "slow" ? ["OMPI_MCA_btl": "tcp,self"] : [:]
    let ranks = name == "linked" || name == "long" ? 1 : 3
    let run = try Program("MPIProbe").run(
      ["link-\(name)"], ranks: ranks, environment: environment)
    #expect(run.status == 0, "\(run.errors)")
    #expect(run.output == "link-\(name) ok on \(ranks)\n")
  }

  @Test("a node whose workers keep the lock busy exchanges all the same")
  func busyLock() throws {
    let block = Block()
    let link = block.link(MasterInMemory(parameterCount: 4), locks: true)
    let (base, flags) = (block.address, block.flagAddress)
    let writerCount = 14
    for _ in 0..<writerCount {
      Thread.detachNewThread {
        let (memory, flags) = (Block.memory(base), Block.memory(flags))
        while flags.updateCount < 1000 {
          guard (try? memory.lock.lockForWriting()) != nil else { break }
          usleep(400)
          memory.lock.unlockAfterWriting()
          usleep(500)
        }
        _ = flags.nextUpdate()
      }
    }
    let start = Date()
    let result = Result { for _ in 0..<10 { try link.stepped() } }
    let seconds = Date().timeIntervalSince(start)
    Block.memory(flags).updateCount = 1000
    while Block.memory(flags).updateCount < 1000 + writerCount { usleep(1000) }
    try result.get()
    #expect(seconds < 60)
  }

  @Test(
    "a change that is not finite is not sent, and the node goes on without it",
    arguments: [
      Float.nan, .infinity, -.infinity,
    ])
  func notFinite(_ spoiled: Float) throws {
    let block = Block()
    let memory = Block.memory(block.address)
    let master = MasterInMemory(parameterCount: 4)
    let link = block.link(master, locks: true)
    memory.parameters[0] = 1
    try link.stepped()
    #expect(master.weights == [1, 0, 0, 0])
    memory.parameters[1] = 5
    memory.parameters[3] = spoiled
    // Another node's.
    master.weights[2] = 3
    try link.stepped()
    #expect(link.refusals == (1, 1))
    #expect(master.weights == [1, 0, 3, 0])
    #expect(Array(memory.parameters) == [1, 0, 0, 0])
    memory.parameters[0] = 2
    try link.stepped()
    #expect(link.refusals == (1, 0))
    #expect(master.weights == [2, 0, 3, 0])
    #expect(Array(memory.parameters) == [2, 0, 3, 0])
  }

  @Test(
    "a push is under way while the node trains on: no step waits, and what was done meanwhile stays"
  )
  func overlap() throws {
    let block = Block()
    let memory = Block.memory(block.address)
    let looks = 5
    let master = SlowMaster(parameterCount: 4, looks: looks)
    let link = block.link(master, locks: true)
    memory.parameters[0] = 1
    try link.stepped()
    #expect(master.pushCount == 1)
    // Another node's.
    master.weights[2] = 3
    for step in 1..<looks {
      memory.parameters[1] += 1
      try link.stepped()
      // One that waited would look until the answer is there.
      #expect(master.lookCount == step)
      #expect(master.pushCount == 1)
      #expect(Array(memory.parameters) == [1, Float(step), 0, 0])
    }
    try link.stepped()
    #expect(Array(memory.parameters) == [1, Float(looks - 1), 3, 0])
    // The next one has it.
    #expect(master.pushCount == 2)
    #expect(master.weights == [1, 0, 3, 0])
    for _ in 0..<looks { try link.stepped() }
    #expect(master.weights == [1, Float(looks - 1), 3, 0])
    #expect(Array(memory.parameters) == master.weights)
    #expect(!master.hasMet)
  }

  @Test(
    "an answer that is not finite is not taken, and ends the training",
    arguments: [Float.nan, .infinity])
  func spoiledAnswer(_ spoiled: Float) throws {
    let block = Block()
    let memory = Block.memory(block.address)
    let master = MasterInMemory(parameterCount: 4)
    let link = block.link(master, locks: false)
    master.weights[2] = spoiled
    memory.parameters[0] = 1
    try link.stepped()
    memory.parameters[1] = 5
    do {
      try link.stepped()
      Issue.record("the answer was taken")
    } catch let error as DistributedError {
      #expect(error.exitCode == 65)
      #expect("\(error)".contains("training diverged: the weights that the servers sent"))
    }
    #expect(Array(memory.parameters) == [1, 5, 0, 0])
  }

  @Test("what a message would make infinite, or a server refuses, is dropped and counted")
  func refused() throws {
    let block = Block()
    let memory = Block.memory(block.address)
    let master = MasterInMemory(parameterCount: 4)
    let link = block.link(master, locks: true)
    master.largest = 10
    memory.parameters[1] = 50
    try link.stepped()
    #expect(link.refusals == (1, 1))
    #expect(Array(memory.parameters) == [0, 0, 0, 0])
    master.refuses = true
    memory.parameters[0] = 2
    try link.stepped()
    // Taken here: the answer will tell.
    #expect(link.refusals == (1, 0))
    master.refuses = false
    memory.parameters[3] = 4
    try link.stepped()
    #expect(link.refusals == (2, 1))
    #expect(Array(memory.parameters) == [0, 0, 0, 4])
    try link.stepped()
    #expect(link.refusals == (2, 0))
    #expect(master.weights == [0, 0, 0, 4])
  }

  @Test(
    "what would spoil the other nodes is refused, told of and counted",
    arguments: [
      ["distribution.transport=messages"], ["distribution.transport=rma"],
      ["distribution.compression=int8"],
    ])
  func spoiled(_ way: [String]) throws {
    try withTemporaryFolder { folder in
      let job = try OverflowJob(in: folder)
      func run(_ settings: [String]) throws -> Program.Run {
        try Program("MPIProbe").run(
          ["train", job.file, "distribution.servers=1", "distribution.node_interval=1"] + way
            + settings, ranks: 3, environment: ["SOUNDER_NODE_RANKS": "1"])
      }
      let first = try run([])
      try #require(first.status == 0, "\(first.errors)\(first.output)")
      let trained = TrainedRun(result: try Value(json: first.output), text: first.output)
      #expect(trained.result["nodes"] == 2)
      // The row is one of one worker's in each epoch, which makes one step.
      #expect(trained.result["refused"]?.int == OverflowJob.epochCount, "\(trained.text)")
      #expect(
        trained.text.contains(
          "refused an update: what the node would send is not finite, or would not leave the weights finite in epoch 1"
        ),
        "\(trained.text)")
      #expect(trained.parameters.count == 2 && trained.parameters[1] == 0, "\(trained.text)")
      let output = trained.parameters[0] * Double(OverflowJob.feature)
      #expect(abs(output - 1) < 0.3, "\(trained.text)")
    }
  }
}

/// Memory of four parameters, and another one for flags.
private final class Block {
  private let arena = FloatArena()
  let address: UInt
  let flagAddress: UInt

  init() {
    let count = ParameterMemory.byteCount(parameterCount: 4, trainedCount: 4, slotCount: 0) / 4
    address = UInt(bitPattern: arena.allocate(count).baseAddress)
    flagAddress = UInt(bitPattern: arena.allocate(count).baseAddress)
  }

  static func memory(_ address: UInt) -> ParameterMemory {
    guard let base = UnsafeMutableRawPointer(bitPattern: address) else {
      preconditionFailure("an arena gave no memory")
    }
    return ParameterMemory(base: base, parameterCount: 4, trainedCount: 4, slotCount: 0)
  }

  func link(_ master: any MasterTransport, locks: Bool) -> NodeLink {
    NodeLink(Self.memory(address), master, interval: 1, scale: 1, locks: locks)
  }
}

/// The master's weights in this process.
private final class MasterInMemory: MasterTransport {
  var weights: [Float]
  /// The largest number that its messages can hold.
  var largest = Float.infinity
  /// Whether the pushes that come are refused.
  var refuses = false
  private(set) var isRefused = false
  private(set) var pushCount = 0
  let byteCount = 0

  init(parameterCount: Int) { weights = [Float](repeating: 0, count: parameterCount) }

  func takes(_ change: UnsafePointer<Float>) -> Bool {
    weights.indices.allSatisfy { abs(change[$0]) <= largest }
  }

  func push(
    _ change: UnsafeMutablePointer<Float>, whole: Bool, fetching result: UnsafeMutablePointer<Float>
  ) {
    pushCount += 1
    isRefused = refuses
    if !refuses { for index in weights.indices { weights[index] += change[index] } }
    pull(into: result)
  }

  func pull(into result: UnsafeMutablePointer<Float>) {
    for index in weights.indices { result[index] = weights[index] }
  }

  func isDone() -> Bool { true }
  func progress() {}
}

/// The same of a master that adds a change, and answers, when it has been looked at so often.
private final class SlowMaster: MasterTransport {
  var weights: [Float]
  private let looks: Int
  private(set) var lookCount = 0
  private(set) var pushCount = 0
  /// Whether a push began while another one was under way.
  private(set) var hasMet = false
  private var access: (change: UnsafeMutablePointer<Float>, result: UnsafeMutablePointer<Float>)?
  let byteCount = 0

  init(parameterCount: Int, looks: Int) {
    weights = [Float](repeating: 0, count: parameterCount)
    self.looks = looks
  }

  func push(
    _ change: UnsafeMutablePointer<Float>, whole: Bool, fetching result: UnsafeMutablePointer<Float>
  ) {
    hasMet = hasMet || access != nil
    access = (change, result)
    pushCount += 1
    lookCount = 0
  }

  func pull(into result: UnsafeMutablePointer<Float>) { Issue.record("nobody pulls here") }

  func isDone() -> Bool {
    guard let access else { return true }
    lookCount += 1
    guard lookCount >= looks else { return false }
    for index in weights.indices {
      weights[index] += access.change[index]
      access.result[index] = weights[index]
    }
    self.access = nil
    return true
  }

  func progress() {}
}

/// Rows (tiny, 0), and one of (0, huge) whose gradient is finite, but not the step that it makes.
///
/// A learning rate that suits the tiny ones makes more of it than a float can hold. A worker's rows are one step.
private struct OverflowJob: ProbedJob {
  static let epochCount = 6
  static let feature: Float = 6.7e-12
  let folder: URL

  init(in folder: URL) throws {
    self.folder = folder
    let (rowCount, data) = (24, folder.appendingPathComponent("data.h5").path)
    try File.replace(data) { file in
      let root = try file.root()
      var features: [Float] = []
      for row in 0..<rowCount { features += row == 7 ? [0, 1e18] : [Self.feature, 0] }
      try root.createDataset("x", shape: [rowCount, 2], of: Float.self).write(features)
      try root.createDataset("y", shape: [rowCount, 1], of: Float.self)
        .write([Float](repeating: 1, count: rowCount))
    }
    try """
    data:
      train: {file: \(data), features: x, target: y}
    network:
      layers:
        - dense: {units: 1, use_bias: false, kernel_initializer: zeros}
    training:
      loss: mean_squared_error
      optimizer: {sgd: {learning_rate: 1e22}}
      batch_size: -1
      epochs: \(Self.epochCount)
      refuse_beyond: 0
    output: {model: \(folder.appendingPathComponent("model.h5").path)}
    """.write(toFile: file, atomically: true, encoding: .utf8)
  }
}
