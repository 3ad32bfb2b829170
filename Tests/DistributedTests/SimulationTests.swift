import Configuration
import Distributed
import Foundation
import Testing

/// What the simulation must come to where the result can be written down.
@Suite("Simulated clusters")
struct SimulationTests {
  /// A cluster on which nothing is shared but what a test says: 10 ms a step, no spread, no memory traffic.
  private static func plain(parameters: Int = 1_000_000) -> ClusterModel {
    var model = ClusterModel(parameterCount: parameters, computeSeconds: 0.01)
    model.stepSpread = 0
    model.coreCount = 4
    model.coreBandwidth = 1e15
    model.nodeBandwidth = 1e18
    model.localBandwidth = 1e15
    model.localLatency = 0
    model.nodeSecondsPerByte = 0
    return model
  }

  private static func mode(_ text: String) throws -> any ExchangeMode {
    try ModeRegistry.mode(try Value(yaml: text, file: "test"), at: [])
  }

  private static func run(
    _ model: ClusterModel, _ mode: String, workers: Int, nodes: Int = 1, servers: Int = 1,
    interval: Int = 16, compression: String = "none", seed: UInt64 = 1
  ) throws -> SimulatedFigures {
    try ClusterSimulation(model, seed: seed).run(
      SimulatedTraining(
        mode: try Self.mode(mode), workerCount: workers, nodeCount: nodes, serverCount: servers,
        nodeInterval: interval, compression: try PushCompression(compression, at: ["test"])))
  }

  /// Whether two numbers differ by less than `part` of the second.
  private static func near(_ a: Double, _ b: Double, within part: Double) -> Bool {
    abs(a - b) <= part * abs(b)
  }

  @Test(
    "every mode of the registry is simulated, on one node and on several",
    arguments: modeNames)
  func registry(_ mode: String) throws {
    for nodes in [1, 3] {
      let figures = try Self.run(Self.plain(), mode, workers: 6, nodes: nodes)
      #expect(figures.samplesPerSecond > 0 && figures.efficiency > 0.3 && figures.efficiency < 1.01)
      #expect((figures.interval != nil) == (nodes > 1 && !["sync", "localsgd"].contains(mode)))
    }
  }

  @Test("workers that share nothing are as many times as fast as one", arguments: [1, 2, 3, 4])
  func independent(workers: Int) throws {
    let figures = try Self.run(Self.plain(), "hogwild", workers: workers)
    #expect(Self.near(figures.samplesPerSecond, Double(workers) * 12_800, within: 1e-5))
    #expect(figures.limit == .compute)
  }

  @Test(
    "cores are slower the more of a node work, in the modes with and without steps together",
    arguments: ["hogwild", "sync"])
  func busyCores(mode: String) throws {
    var model = Self.plain()
    // Of 4 cores, all busy: 0.7; two: 1 - 0.3 / 3.
    model.busyCoreSpeed = 0.7
    for (workers, rate) in [(1, 1.0), (2, 2 * 0.9), (4, 4 * 0.7), (8, 4 * 0.7)] {
      let figures = try Self.run(model, mode, workers: workers)
      #expect(
        Self.near(figures.samplesPerSecond, rate * 12_800, within: 1e-3), "\(workers): \(figures)")
    }
  }

  @Test("more workers than cores share them: no more steps than the cores can make")
  func cores() throws {
    let figures = try Self.run(Self.plain(), "hogwild", workers: 10)
    #expect(Self.near(figures.samplesPerSecond, 4 * 12_800, within: 1e-5))
    #expect(figures.limit == .cores)
    #expect(Self.near(figures.limitShare, 0.6, within: 1e-5))
    let together = try Self.run(Self.plain(), "sync", workers: 10)
    #expect(Self.near(together.samplesPerSecond, 4 * 12_800, within: 1e-5))
    #expect(together.limit == .cores)
  }

  @Test("a node's memory lets no more updates through than its bandwidth")
  func memory() throws {
    var model = Self.plain()
    model.coreCount = 64
    model.coreBandwidth = 10e9
    model.nodeBandwidth = 20e9
    model.computeSeconds = 1e-5
    // Adam reads and writes 24 bytes for each of a million parameters.
    let figures = try Self.run(model, "hogwild", workers: 32)
    #expect(Self.near(figures.samplesPerSecond / 128, 20e9 / 24e6, within: 0.01))
    #expect(figures.limit == .memory)
  }

  @Test("updates under the lock are one at a time")
  func lock() throws {
    var model = Self.plain()
    model.coreCount = 64
    model.coreBandwidth = 10e9
    model.computeSeconds = 1e-3
    // 28 bytes a parameter under the lock, alone: 2.8 ms, beside which readers wait, 0.8 ms.
    let figures = try Self.run(model, "locked", workers: 32)
    let rate = figures.samplesPerSecond / 128
    #expect(rate <= 1 / 2.8e-3 && rate >= 1 / 3.7e-3, "\(rate)")
    #expect(figures.limit == .lock)
    // Without readers the lock is never free.
    let downpour = try Self.run(model, "downpour", workers: 32)
    #expect(Self.near(downpour.samplesPerSecond / 128, 1 / 2.8e-3, within: 0.01))
    // An eighth of the pushes, in a lock that is then no limit.
    let rare = try Self.run(model, "{downpour: {push_interval: 64}}", workers: 4)
    #expect(rare.samplesPerSecond > 3 * downpour.samplesPerSecond)
  }

  /// A push every step of 10 ms: 4 MB in each direction of 1 GB/s, a server that computes nothing.
  private static func network() -> ClusterModel {
    var model = Self.plain()
    model.coreCount = 1
    model.linkBandwidth = 1e9
    model.latency = 1e-4
    model.serverSecondsPerMessage = 0
    model.serverSecondsPerByte = 0
    model.applySecondsPerParameter = 0
    return model
  }

  @Test("a server answers one push in the time of its bytes, however many nodes push")
  func saturation() throws {
    let model = Self.network()
    let figures = try Self.run(model, "hogwild", workers: 100, nodes: 100, interval: 1)
    // 100 steps a second on each node, of which 250 pushes in all get through.
    #expect(Self.near(figures.exchanged, 250.0 / 10_000, within: 0.01))
    #expect(figures.limit == .serverLink && figures.exchangeLimit == .serverLink)
    // Workers do not wait for it.
    #expect(Self.near(figures.efficiency, 1, within: 0.001))
    var slow = model
    slow.applySecondsPerParameter = 8e-9
    let applied = try Self.run(slow, "hogwild", workers: 100, nodes: 100, interval: 1)
    #expect(Self.near(applied.exchanged, 125.0 / 10_000, within: 0.01))
    #expect(applied.limit == .serverCore)
  }

  @Test("a server that is not busy keeps up, and answers after the way there and back")
  func unloaded() throws {
    let figures = try Self.run(Self.network(), "hogwild", workers: 2, nodes: 2, interval: 64)
    #expect(figures.exchanged > 0.999)
    let answer = try #require(figures.answerSeconds)
    // Twice the latency and twice the 4 ms of the bytes, now and then behind the other node's.
    #expect(answer >= 0.0082 - 1e-9 && answer < 0.0092, "\(answer)")
  }

  @Test("servers that share cores take theirs from the workers of their node alone")
  func sharedCores() throws {
    // Two nodes of one worker and one core, 100 steps a second each, of which every fourth is a push: 50 in all.
    var model = Self.network()
    model.linkBandwidth = 1e12
    model.applySecondsPerParameter = 4e-9
    func rate(workers: Int, nodes: Int) throws -> Double {
      try Self.run(model, "hogwild", workers: workers, nodes: nodes, interval: 4).samplesPerSecond
        / 128
    }
    #expect(Self.near(try rate(workers: 2, nodes: 2), 200, within: 1e-3))
    model.serversShareCores = true
    // A push takes 4 ms of the server's core, and with s steps a second of its node's worker there are
    // (s + 100) / 4: 1 - 0.004 (s + 100) / 4 of the core remain for s / 100.
    let shared = (1 - 0.1) / (0.01 + 0.001)
    #expect(Self.near(try rate(workers: 2, nodes: 2), 100 + shared, within: 0.01))
    // More cores than ranks: nothing to share.
    model.coreCount = 2
    #expect(Self.near(try rate(workers: 2, nodes: 2), 200, within: 1e-3))
    // A server that is always busy has half of a core that it shares with one worker.
    model.coreCount = 1
    model.applySecondsPerParameter = 1e-6
    #expect(Self.near(try rate(workers: 2, nodes: 2), 150, within: 0.01))
    // One node exchanges nothing.
    #expect(Self.near(try rate(workers: 1, nodes: 1), 100, within: 1e-3))
  }

  @Test("what a node's first worker sends and receives takes time of its core")
  func nodeBytes() throws {
    var model = Self.network()
    model.nodeSecondsPerByte = 1e-9
    // 4 MB there and 4 MB back every eighth step: 8 ms in 80.
    let figures = try Self.run(model, "hogwild", workers: 2, nodes: 2, interval: 8)
    #expect(Self.near(figures.samplesPerSecond, 2 * 12_800 * 80 / 88, within: 1e-3))
    let compressed = try Self.run(
      model, "hogwild", workers: 2, nodes: 2, interval: 8, compression: "int8")
    #expect(compressed.samplesPerSecond > 1.05 * figures.samplesPerSecond)
  }

  @Test("k servers saturate at k times as many nodes", arguments: [2, 4, 8])
  func servers(count: Int) throws {
    let one = try Self.run(Self.network(), "hogwild", workers: 200, nodes: 200, interval: 4)
    let several = try Self.run(
      Self.network(), "hogwild", workers: 200, nodes: 200, servers: count, interval: 4)
    #expect(Self.near(several.exchanged, Double(count) * one.exchanged, within: 0.02))
    var shared = Self.network()
    shared.serverNodeCount = 1
    let together = try Self.run(
      shared, "hogwild", workers: 200, nodes: 200, servers: count, interval: 4)
    #expect(Self.near(together.exchanged, one.exchanged, within: 0.02))
  }

  @Test("servers that are more than the nodes share their links")
  func sharedLinks() throws {
    var model = Self.network()
    model.computeSeconds = 1e-3
    let spread = try Self.run(model, "hogwild", workers: 12, nodes: 3, servers: 9, interval: 1)
    model.serverNodeCount = 3
    let three = try Self.run(model, "hogwild", workers: 12, nodes: 3, servers: 9, interval: 1)
    model.serverNodeCount = 1
    let one = try Self.run(model, "hogwild", workers: 12, nodes: 3, servers: 9, interval: 1)
    #expect(spread == three && one.exchanged < 0.6 * three.exchanged)
  }

  @Test("interval and compression move the point of saturation by what they save")
  func savings() throws {
    func exchanged(_ interval: Int, _ compression: String) throws -> Double {
      try Self.run(
        Self.network(), "hogwild", workers: 400, nodes: 400, interval: interval,
        compression: compression
      ).exchangedSamplesPerSecond
    }
    let plain = try exchanged(2, "none")
    #expect(Self.near(try exchanged(8, "none"), 4 * plain, within: 0.02))
    #expect(Self.near(try exchanged(2, "bf16"), 2 * plain, within: 0.02))
    #expect(Self.near(try exchanged(2, "{push: int8, pull: bf16}"), 2 * plain, within: 0.02))
    #expect(Self.near(try exchanged(2, "push: topk"), plain, within: 0.02))
    #expect(Self.near(try exchanged(2, "{push: topk, pull: bf16}"), 2 * plain, within: 0.02))
    // Both directions, as in a job file; the server's core looks for the largest ones, 4 ns a parameter.
    #expect(Self.near(try exchanged(2, "topk"), plain, within: 0.02))
    #expect(try exchanged(2, "{topk: {fraction: 0.001}}") < 1.02 * plain)
  }

  /// Compressions, with the bytes of a parameter in a push and in an answer.
  private static let compressions: [(text: String, push: Double, pull: Double)] = [
    ("none", 4, 4), ("bf16", 2, 2), ("int8", 1.015625, 1.015625),
    ("{int8: {block: 64}}", 1.0625, 1.0625), ("topk", 0.06, 0.06),
    ("{push: {topk: {fraction: 0.1}}, pull: bf16}", 0.6, 2), ("push: int8", 1.015625, 4),
  ]

  @Test("a parameter takes as many bytes as in the messages of a training", arguments: compressions)
  func bytes(text: String, push: Double, pull: Double) throws {
    let compression = try PushCompression(text, at: ["test"])
    // A message of top-k has four bytes for each 65,536 numbers besides.
    #expect(abs(compression.pushBytes - push) < 1e-4 && abs(compression.pullBytes - pull) < 1e-4)
  }

  @Test("equal workers in sync take their compute and the reduction's formula")
  func sync() throws {
    var model = Self.network()
    // Seven eighths of 4 ms go out and come back, or all of it in each of three rounds.
    let ring = 0.0014 + 0.007
    let expected: [(AllReduceAlgorithm, Double)] = [
      (.ring, ring), (.doubling, 0.0123), (.halving, 0.0006 + 0.007), (.automatic, ring),
    ]
    for (algorithm, seconds) in expected {
      model.allReduce = algorithm
      let figures = try Self.run(model, "sync", workers: 8, nodes: 8)
      // Memory and adding are a millionth of it here.
      #expect(Self.near(figures.samplesPerSecond, 8 * 128 / (0.01 + seconds), within: 1e-4))
      #expect(figures.limit == .reduction)
    }
    // With more than 16 ranks a ring would have too many messages: eight latencies and 15/16 of 4 ms twice.
    let many = try Self.run(model, "sync", workers: 16, nodes: 16)
    let halving = 8 * 0.0001 + 2 * 0.004 * 15 / 16
    #expect(Self.near(many.samplesPerSecond, 16 * 128 / (0.01 + halving), within: 1e-4))
    model.overlap = 1
    let hidden = try Self.run(model, "sync", workers: 8, nodes: 8)
    #expect(Self.near(hidden.samplesPerSecond, 8 * 12_800, within: 1e-4))
    // One reduction for fifty steps.
    let local = try Self.run(model, "localsgd", workers: 8, nodes: 8)
    #expect(Self.near(local.samplesPerSecond, 8 * 128 / (0.01 + ring / 50), within: 1e-4))
  }

  @Test("compressed sums take their bytes there and back, and nothing hides them")
  func compressedSync() throws {
    var model = Self.network()
    model.overlap = 1
    model.coreCount = 8
    func seconds(_ compression: String, nodes: Int) throws -> Double {
      let figures = try Self.run(
        model, "sync", workers: 8, nodes: nodes, compression: compression)
      return 8 * 128 / figures.samplesPerSecond - 0.01
    }
    // Seven eighths of 2 MB go out and come back, 1 ms each with their latency, and a core has 2 ns for a number.
    #expect(Self.near(try seconds("bf16", nodes: 8), 0.0002 + 0.0035 + 0.002, within: 1e-3))
    // Half of 1 MB and half of 2 MB between two nodes; within them nothing takes time here.
    let mixed = 0.0002 + (0.5 * (1 + 4.0 / 256) + 0.5 * 2) * 1e-3 + 0.0025
    #expect(Self.near(try seconds("{push: int8, pull: bf16}", nodes: 2), mixed, within: 1e-3))
    // On one node, too, numbers are encoded; the way costs nothing here.
    #expect(Self.near(try seconds("bf16", nodes: 1), 0.002, within: 1e-3))
    #expect(abs(try seconds("none", nodes: 8)) < 1e-5)
  }

  @Test("in sync the slowest worker is the barrier, and the more workers the slower it is")
  func barrier() throws {
    var model = Self.network()
    model.parameterCount = 1
    model.latency = 0
    model.stepSpread = 0.2
    var last = 1.0
    for workers in [2, 16, 256, 4096] {
      let figures = try Self.run(model, "sync", workers: workers, nodes: workers)
      #expect(figures.efficiency < last)
      #expect(workers == 2 || figures.limit == .barrier)
      last = figures.efficiency
    }
    let free = try Self.run(model, "hogwild", workers: 256, nodes: 256, interval: 100)
    #expect(Self.near(free.efficiency, 1, within: 0.02))
    // Over fifty steps a worker is nearly as fast as the others.
    let local = try Self.run(model, "localsgd", workers: 256, nodes: 256)
    #expect(local.efficiency > 0.9)
  }

  @Test("the same seed gives the same figures, another one nearly the same")
  func seeds() throws {
    var model = Self.network()
    model.stepSpread = 0.3
    model.coreCount = 8
    for mode in ["hogwild", "locked", "sync"] {
      let first = try Self.run(model, mode, workers: 64, nodes: 8, seed: 5)
      #expect(try Self.run(model, mode, workers: 64, nodes: 8, seed: 5) == first)
      let other = try Self.run(model, mode, workers: 64, nodes: 8, seed: 6)
      #expect(other != first)
      // Half a percent of standard error on each side.
      #expect(Self.near(other.samplesPerSecond, first.samplesPerSecond, within: 0.03))
    }
  }

  @Test("more of anything that helps never harms", arguments: modeNames)
  func monotone(_ mode: String) throws {
    var model = ClusterModel(parameterCount: 2_000_000, computeSeconds: 0.002)
    model.coreCount = 8
    model.nodeBandwidth = 30e9
    let base = try Self.run(model, mode, workers: 256, nodes: 32)
    func better(_ change: (inout ClusterModel) -> Void) throws -> SimulatedFigures {
      var other = model
      change(&other)
      return try Self.run(other, mode, workers: 256, nodes: 32)
    }
    let others = [
      try better { $0.linkBandwidth *= 10 }, try better { $0.latency = 0 },
      try better { $0.nodeBandwidth *= 2 }, try better { $0.coreCount = 16 },
      try Self.run(model, mode, workers: 256, nodes: 32, servers: 4),
      try Self.run(model, mode, workers: 512, nodes: 64),
    ]
    for other in others {
      #expect(
        // A quicker first worker pushes for fewer steps of the others.
        other.exchangedSamplesPerSecond > 0.96 * base.exchangedSamplesPerSecond,
        "\(other) \(base)")
    }
  }

  @Test("numbers that no cluster has are errors of the command line")
  func numbers() throws {
    func fails(_ change: (inout ClusterModel) -> Void) {
      var model = Self.plain()
      change(&model)
      #expect { try ClusterSimulation(model) } throws: { ($0 as? DistributedError)?.exitCode == 64 }
    }
    fails { $0.linkBandwidth = 0 }
    fails { $0.computeSeconds = -1 }
    fails { $0.parameterCount = 0 }
    fails { $0.coreCount = 0 }
    fails { $0.busyCoreSpeed = 0 }
    fails { $0.busyCoreSpeed = 1.1 }
    fails { $0.latency = .nan }
    fails { $0.stepSpread = .infinity }
    fails { $0.overlap = 1.5 }
    for (workers, nodes, servers, interval) in [
      (0, 1, 1, 1), (4, 0, 1, 1), (4, 5, 1, 1), (4, 2, 5, 1), (4, 2, 0, 1), (4, 2, 1, 0),
      (100_000, 1, 1, 1),
    ] {
      #expect {
        try Self.run(
          Self.plain(), "hogwild", workers: workers, nodes: nodes, servers: servers,
          interval: interval)
      } throws: {
        ($0 as? DistributedError)?.exitCode == 64
      }
    }
    for text in [
      "int9", "", "topk: {fraction: 0}", "topk: {fraction: 2}", "topk: {part: 1}", "int8/bf16",
      "{psuh: int8}", "[int8]",
    ] {
      #expect(throws: ConfigurationError.self) { try PushCompression(text, at: ["test"]) }
    }
  }
}
