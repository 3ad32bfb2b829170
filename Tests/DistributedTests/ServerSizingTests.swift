import Distributed
import Foundation
import TestSupport
import Testing

/// `distribution.servers: auto`.
@Suite("Servers by measurement")
struct ServerSizingTests {
  private func count(
    step: Double, exchange: Double, latency: Double = 0, interval: Int = 4, nodes: Int = 64,
    ranks: Int = 256
  ) -> Int {
    ServerSizing(
      step: step, exchange: exchange, latency: latency, interval: interval, nodeCount: nodes,
      rankCount: ranks
    ).serverCount
  }

  @Test("an exchange of all nodes takes no longer than the interval")
  func interval() {
    // Four steps of 10 ms: 39 ms need one server, 41 ms two, 399 ms ten.
    #expect(count(step: 0.010, exchange: 0.039) == 1)
    #expect(count(step: 0.010, exchange: 0.041) == 2)
    #expect(count(step: 0.010, exchange: 0.399) == 10)
    #expect(count(step: 0.010, exchange: 0.399, interval: 8) == 5)
    // The latency is no server's: 389 ms in 30 ms each.
    #expect(count(step: 0.010, exchange: 0.399, latency: 0.010) == 13)
  }

  @Test("where a question takes longer than the interval, bytes take no longer than the question")
  func latency() {
    #expect(count(step: 0.001, exchange: 0.099, latency: 0.020) == 4)
    #expect(count(step: 0.001, exchange: 0.010, latency: 0.020) == 1)
    #expect(count(step: 0, exchange: 0) == 1)
  }

  @Test("there are no more servers than nodes, or than half of the ranks")
  func caps() {
    #expect(count(step: 0.001, exchange: 100) == 64)
    #expect(count(step: 0.001, exchange: 100, nodes: 1000) == 128)
    #expect(count(step: 0.001, exchange: 100, nodes: 3, ranks: 7) == 3)
    #expect(count(step: 0.001, exchange: 100, nodes: 3, ranks: 5) == 2)
    #expect(count(step: 0.001, exchange: 100, nodes: 2, ranks: 2) == 1)
    // A count that no integer holds.
    #expect(count(step: 0, exchange: 1e30) == 64)
  }

  @Test("the line has what was measured and what was chosen")
  func line() {
    let sizing = ServerSizing(
      step: 0.01, exchange: 0.4, latency: 0, interval: 4, nodeCount: 64, rankCount: 256)
    #expect(
      sizing.summary(9)
        == "servers: 9 (with one, an exchange of 64 nodes took 400.0 ms, and 4 steps take 40.0 ms)")
  }

  @Test("a training on several nodes measures and says how many servers it takes")
  func training() throws {
    try withTemporaryFolder { folder in
      let job = try CloudJob(in: folder)
      let run = try Program("MPIProbe").run(
        ["train", job.file, "distribution.servers=auto", "training.epochs=1"], ranks: 6,
        environment: ["SOUNDER_NODE_RANKS": "cyclic:3"])
      try #require(run.status == 0, "\(run.errors)")
      // One of the two ranks of each node may serve.
      let note =
        /servers: [1-3] \(with one, an exchange of 3 nodes took [0-9.]+ ms, and 4 steps take/
      #expect(run.output.contains(note), "\(run.output)")
    }
  }
}
