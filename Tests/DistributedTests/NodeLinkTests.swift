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
    arguments: ["slow", "saturated", "count", "called", "long", "linked"])
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
    #expect(seconds < 10)
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
          "refused an update: what the node would send to the others is not finite in epoch 1"),
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

  func link(_ master: MasterInMemory, locks: Bool) -> NodeLink {
    NodeLink(Self.memory(address), master, interval: 1, scale: 1, locks: locks)
  }
}

/// The master's weights in this process.
private final class MasterInMemory: MasterTransport {
  var weights: [Float]
  private(set) var pushCount = 0
  let byteCount = 0

  init(parameterCount: Int) { weights = [Float](repeating: 0, count: parameterCount) }

  func push(
    _ change: UnsafeMutablePointer<Float>, whole: Bool, fetching result: UnsafeMutablePointer<Float>
  ) {
    pushCount += 1
    for index in weights.indices { weights[index] += change[index] }
    pull(into: result)
  }

  func pull(into result: UnsafeMutablePointer<Float>) {
    for index in weights.indices { result[index] = weights[index] }
  }

  func isDone() -> Bool { true }
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
