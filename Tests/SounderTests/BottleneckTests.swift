import Configuration
import Distributed
import Foundation
import HyperOpt
import Testing
import sounder

/// The rules that name what a training loses its time to, on figures that are made up.
@Suite("Bottlenecks")
struct BottleneckTests {
  private func mode(_ yaml: String) throws -> any ExchangeMode {
    try ModeRegistry.mode(try Value(yaml: yaml, file: "test"), at: [])
  }

  /// A training that computes but for what `change` says.
  private func bottleneck(
    _ yaml: String, validations: Int = 1, nodes: NodeExchange? = nil,
    quickest: (seconds: Double, run: String)? = nil, _ change: (inout UsageShares) -> Void
  ) throws -> Bottleneck {
    var shares = UsageShares()
    (shares.cpu, shares.computePerStep, shares.workerCount) = (1, 0.001, 2)
    shares.stepCount = 3000
    change(&shares)
    shares.compute = 1 - shares.read - shares.communicate - shares.wait
    return Bottleneck(
      shares, mode: try mode(yaml), validationsPerEpoch: validations, nodes: nodes,
      quickest: quickest)
  }

  @Test("each share of the time has its cause and its advice")
  func causes() throws {
    func check(
      _ yaml: String, _ cause: Bottleneck.Cause, _ words: [String], validations: Int = 1,
      _ change: (inout UsageShares) -> Void
    ) throws {
      let found = try bottleneck(yaml, validations: validations, change)
      #expect(found.cause == cause, "\(found.sentence)")
      #expect(abs(found.share - 0.31) < 1e-9)
      for word in words + ["31 % of the time"] {
        #expect(found.sentence.contains(word), "'\(word)' is not in: \(found.sentence)")
      }
      #expect(!found.sentence.contains("\n"))
    }
    for name in ["hogwild", "locked", "sync", "localsgd", "easgd"] {
      try check(name, .reading, ["data.memory", "sounder convert"]) { $0.read = 0.31 }
      try check(name, .epochs, ["validations_per_epoch"], validations: 2) {
        $0.barrierWait = 0.31
      }
      // There is one at least.
      let once = try bottleneck(name) { $0.barrierWait = 0.31 }
      #expect(once.cause == .epochs && !once.sentence.contains("validations"), "\(once.sentence)")
    }
    // 9 · 0.31 / 0.69 = 4.04 times as rarely, so 8 times.
    try check("locked", .lock, ["hogwild", "push_interval: 8"]) { $0.lockWait = 0.31 }
    try check("downpour", .lock, ["push_interval: 8 in place of 1"]) { $0.lockWait = 0.31 }
    try check("easgd: {interval: 4}", .lock, ["interval: 32 in place of 4"]) { $0.lockWait = 0.31 }
    try check("sync", .others, ["localsgd", "hogwild"]) { $0.reductionWait = 0.31 }
    try check("localsgd", .others, ["interval: 400 in place of 50"]) { $0.reductionWait = 0.31 }
    try check("sync", .moving, ["localsgd with interval: 8", "batch_size", "1.0 MiB a step"]) {
      ($0.communicate, $0.bytesPerStep) = (0.31, 1_048_576)
    }
    try check("localsgd", .moving, ["interval: 400"]) { $0.communicate = 0.31 }
    try check("hogwild", .sharing, ["batch_size"]) { $0.communicate = 0.31 }
    try check("locked", .sharing, ["hogwild"]) { $0.communicate = 0.31 }
    try check("dynsgd", .sharing, ["interval: 40 in place of 5"]) { $0.communicate = 0.31 }
    // What is done most often: here pulls, and pushes and pulls alike.
    try check("downpour: {push_interval: 16}", .sharing, [": pull_interval: 8 in place of 1"]) {
      $0.communicate = 0.31
    }
    try check("downpour", .sharing, ["push_interval and pull_interval: 8 in place of 1"]) {
      $0.communicate = 0.31
    }
  }

  @Test("exchange between nodes is told from what workers do in shared memory")
  func nodes() throws {
    var nodes = NodeExchange()
    (nodes.nodeCount, nodes.byteCount) = (4, 6000 * 1_048_576)
    func sentence(_ change: (inout UsageShares) -> Void) throws -> String {
      let found = try bottleneck("hogwild", nodes: nodes, change)
      #expect(found.cause == .nodes && abs(found.share - 0.31) < 1e-9, "\(found.sentence)")
      return found.sentence
    }
    let place = "31 % of the time (1.0 MiB a step between 4 nodes): "
    // The server keeps up: what is left is the way of whole weights.
    #expect(
      try sentence { $0.serverWait = 0.31 }
        == "workers wait for the server \(place)distribution.servers: 2 in place of 1 would remove half of it"
    )
    nodes.reachedInterval = 7
    #expect(
      try sentence { $0.serverWait = 0.31 }
        == "workers wait for the server \(place)distribution.servers: 2 in place of 1 or "
        + "distribution.node_interval: 8 in place of 4 would remove most of it")
    #expect(
      try sentence { ($0.communicate, $0.nodes) = (0.31, 0.31) }
        == "exchange between the nodes takes \(place)distribution.node_interval: 32 in place of 4 would "
        + "remove most of it")
    // As many servers as nodes: another one would have no link of its own.
    (nodes.serverCount, nodes.reachedInterval) = (4, 4)
    let full = try sentence { $0.serverWait = 0.31 }
    #expect(full.contains("for the servers") && full.contains("longer epochs"), "\(full)")
    let shared = try bottleneck("hogwild", nodes: nodes) {
      ($0.communicate, $0.nodes) = (0.4, 0.05)
    }
    #expect(shared.cause == .sharing && abs(shared.share - 0.35) < 1e-9)
  }

  @Test("the largest loss is named, and one below a tenth is none")
  func largest() throws {
    let two = try bottleneck("locked") { ($0.read, $0.lockWait) = (0.2, 0.3) }
    #expect(two.cause == .lock)
    let none = try bottleneck("locked") { ($0.read, $0.lockWait) = (0.05, 0.09) }
    #expect(none.cause == .computing && abs(none.share - 0.86) < 1e-9)
    #expect(none.sentence.contains("compute 86 %") && none.sentence.contains("14 %"))
  }

  @Test("ranks that share cores are told from those that are slowed down by memory")
  func coresAndMemory() throws {
    let shared = try bottleneck("hogwild") { $0.busyCPU = 0.5 }
    #expect(shared.cause == .cores && shared.share == 0.5)
    #expect(shared.sentence.contains("50 %") && shared.sentence.contains("fewer ranks"))

    let quickest = (seconds: 0.0005, run: "locked, 2 ranks")
    let slow = try bottleneck("hogwild", quickest: quickest) { _ in }
    #expect(slow.cause == .memory && abs(slow.share - 0.5) < 1e-9)
    #expect(slow.sentence.contains("2.0 times as long as in locked, 2 ranks"))
    #expect(slow.sentence.contains("distribution.exchange: copy"))
    // Who has half of a core takes twice the time.
    let both = try bottleneck("hogwild", quickest: quickest) { $0.busyCPU = 0.5 }
    #expect(both.cause == .cores)
    let same = try bottleneck("hogwild", quickest: (0.001, "sync, 2 ranks")) { _ in }
    #expect(same.cause == .computing)
    // A cold start is no memory that others are in the way of.
    let short = try bottleneck("hogwild", quickest: quickest) { $0.stepCount = 1000 }
    #expect(short.cause == .computing)
    let few = try bottleneck("hogwild", quickest: (0.05, "sync, 2 ranks")) {
      ($0.computePerStep, $0.stepCount) = (0.1, 100)
    }
    #expect(few.cause == .computing)
    let alone = try bottleneck("hogwild", quickest: quickest) { $0.workerCount = 1 }
    #expect(alone.cause == .computing)
  }

  @Test("a comparison is read from what its trainings print")
  func comparison() throws {
    var usage = RankUsage()
    (usage.rank, usage.stepCount, usage.rowCount, usage.seconds) = (1, 100, 1000, 2.5)
    (usage.computeSeconds, usage.lockWaitSeconds, usage.validateSeconds) = (1.2, 0.8, 0.5)
    (usage.cpuSeconds, usage.byteCount) = (1.7, 51_200)
    let server = RankUsage(value: ["role": "server", "seconds": 2.5])
    var lines = (1...2).map { epoch -> Value in
      [
        "event": "epoch", "epoch": Value(.int(epoch)), "seconds": 1.25,
        "samples_per_second": 500.0, "loss": 0.5, "accuracy": 0.7, "val_loss": 0.6,
        "val_accuracy": Value(.number(0.25 * Double(epoch))),
      ]
    }
    lines.append([
      "event": "finished", "compute_seconds": 2.5, "samples": 1000, "exchange": "locked",
      "staleness_mean": 0.5, "staleness_p95": 2, "staleness_counts": [80, 0, 20], "loss": 0.5,
      "accuracy": 0.7, "val_loss": 0.6,
      "val_accuracy": 0.5, "ranks": Value(.list([server.value, usage.value])),
    ])
    var run = ComparedRun(mode: try mode("locked"), rankCount: 2)
    run.read(lines.map(\.json).joined(separator: "\n") + "\n")
    #expect(run.failure == nil && run.samplesPerSecond == 500)
    var failed = ComparedRun(mode: try mode("easgd: {interval: 3}"), rankCount: 3)
    failed.failure = "no room"
    failed.exitCode = 70
    #expect(failed.stem == "easgd-interval-3-3" && run.stem == "locked-2")

    run.droppedKeys = ["node_interval"]

    let comparison = Comparison([run, failed])
    #expect(comparison.figure == "val_accuracy")
    let text = comparison.text
    for words in [
      "locked, 2 ranks: workers wait for the lock 40 % of the time",
      "(without distribution.node_interval, which the mode refuses)",
      "easgd interval 3, 3 ranks: failed: no room", "512 bytes", "0.5000", "60.0",
    ] {
      #expect(text.contains(words), "'\(words)' is not in\n\(text)")
    }
    let value = comparison.value { "\($0.stem).trace.json" }
    guard case .list(let runs)? = value["runs"]?.kind, runs.count == 2 else {
      Issue.record("no runs in \(value.json)")
      return
    }
    #expect(runs[0]["without"]?.json == #"["node_interval"]"# && runs[1]["without"] == nil)
    #expect(runs[0]["bottleneck"] == "lock" && runs[0]["trace"] == "locked-2.trace.json")
    #expect(runs[1]["failure"] == "no room" && runs[1]["exit_code"] == 70)

    #expect(runs[0]["staleness_counts"]?.json == "[80,0,20]")
    // A server makes no steps; what a worker did adds up to the whole.
    #expect(comparison.rankRows.map { $0[3] } == ["server", "worker"])
    #expect(comparison.rankRows[0][4...7] == ["-", "-", "-", "-"])
    #expect(comparison.rankRows[1][4...7] == ["0.0", "60.0", "0.0", "40.0"])
    #expect(comparison.rankRows[1].last == "512 bytes")
    #expect(text.contains("computing %") && text.contains("server"), "\(text)")

    let page = comparison.page(title: "A <b> & c").html
    #expect(page.contains("<title>A &lt;b&gt; &amp; c</title>"))
    // Two pictures with one curve each, one of the ranks' time, one of staleness, and nothing from elsewhere.
    #expect(page.components(separatedBy: "<svg ").count == 5)
    #expect(page.contains("<title>locked, 2 ranks, rank 1: waiting 40.0 %</title>"))
    #expect(page.contains("<title>staleness 2: 20 % of the updates</title>"))
    #expect(page.contains("Figures of each rank") && !page.contains("Staleness between nodes"))
    #expect(page.components(separatedBy: "class=\"stroke wide c0\"").count == 3)
    #expect(!page.contains("http"))
  }

  @Test("what nodes exchange has columns where a training had several")
  func nodeColumns() throws {
    func run(_ more: [Value.Entry]) throws -> ComparedRun {
      var usage = RankUsage()
      (usage.stepCount, usage.rowCount, usage.seconds) = (100, 1000, 2.5)
      (usage.computeSeconds, usage.nodeSeconds, usage.communicateSeconds) = (1.5, 0.8, 1)
      usage.cpuSeconds = 2.5
      let server = RankUsage(value: ["role": "server", "seconds": 2.5])
      let ranks = [server.value, usage.value, usage.value]
      let entries: [Value.Entry] = [
        .init("event", "finished"), .init("compute_seconds", 2.5), .init("samples", 1000),
        .init("exchange", "hogwild"), .init("ranks", Value(.list(ranks))),
      ]
      var run = ComparedRun(mode: try mode("hogwild"), rankCount: 3)
      run.read(Value(.map(entries + more)).json)
      return run
    }
    let plain = Comparison([try run([])])
    #expect(!plain.header.contains("nodes") && plain.header.count == plain.rows[0].count)
    let linked = Comparison([
      try run([
        .init("nodes", 2), .init("exchanged_bytes", 409_600), .init("node_exchanges", 60),
        .init("node_staleness_mean", 0.25), .init("node_staleness_largest", 3),
        .init("node_staleness_counts", [50, 5, 4, 1]),
      ]), try run([]),
    ])
    let column = try #require(linked.header.firstIndex(of: "nodes"))
    #expect(linked.header[column...].prefix(4).last == "node bytes/step")
    #expect(Array(linked.rows[0][column...].prefix(4)) == ["2", "0.25", "3", "2.0 KiB"])
    #expect(Array(linked.rows[1][column...].prefix(4)) == ["1", "-", "-", "0"])
    #expect(linked.bottleneck(of: linked.runs[0])?.cause == .nodes)
    guard case .list(let runs)? = linked.value(traces: { _ in "" })["runs"]?.kind else {
      Issue.record("no runs")
      return
    }
    #expect(runs[0]["node_bytes_per_step"]?.number == 2048 && runs[1]["nodes"] == nil)
    #expect(runs[0]["node_staleness_counts"]?.json == "[50,5,4,1]")
    #expect(linked.page(title: "nodes").html.contains("Staleness between nodes"))
    // More ranks than a terminal has room for are in the page alone.
    let many = Comparison([ComparedRun](repeating: linked.runs[0], count: 6))
    #expect(many.rankRows.count == 18 && many.text.contains("the 18 ranks is in report.html"))
    #expect(!many.text.contains("role") && linked.text.contains("role"), "\(linked.text)")
  }
}
