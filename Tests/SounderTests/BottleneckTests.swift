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
    _ yaml: String, quickest: (seconds: Double, run: String)? = nil,
    _ change: (inout UsageShares) -> Void
  ) throws -> Bottleneck {
    var shares = UsageShares()
    (shares.cpu, shares.computePerStep, shares.workerCount) = (1, 0.001, 2)
    change(&shares)
    shares.compute = 1 - shares.read - shares.communicate - shares.wait
    return Bottleneck(shares, mode: try mode(yaml), quickest: quickest)
  }

  @Test("each share of the time has its cause and its advice")
  func causes() throws {
    func check(
      _ yaml: String, _ cause: Bottleneck.Cause, _ words: [String],
      _ change: (inout UsageShares) -> Void
    ) throws {
      let found = try bottleneck(yaml, change)
      #expect(found.cause == cause, "\(found.sentence)")
      #expect(abs(found.share - 0.31) < 1e-9)
      for word in words + ["31 % of the time"] {
        #expect(found.sentence.contains(word), "'\(word)' is not in: \(found.sentence)")
      }
      #expect(!found.sentence.contains("\n"))
    }
    for name in ["hogwild", "locked", "sync", "localsgd", "easgd"] {
      try check(name, .reading, ["data.memory", "sounder convert"]) { $0.read = 0.31 }
      try check(name, .epochs, ["validations_per_epoch"]) { $0.barrierWait = 0.31 }
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
      "staleness_mean": 0.5, "staleness_p95": 2, "loss": 0.5, "accuracy": 0.7, "val_loss": 0.6,
      "val_accuracy": 0.5, "ranks": Value(.list([server.value, usage.value])),
    ])
    var run = ComparedRun(mode: try mode("locked"), rankCount: 2)
    run.read(lines.map(\.json).joined(separator: "\n") + "\n")
    #expect(run.failure == nil && run.samplesPerSecond == 500)
    var failed = ComparedRun(mode: try mode("easgd: {interval: 3}"), rankCount: 3)
    failed.failure = "no room"
    failed.exitCode = 70
    #expect(failed.stem == "easgd-interval-3-3" && run.stem == "locked-2")

    let comparison = Comparison([run, failed])
    #expect(comparison.figure == "val_accuracy")
    let text = comparison.text
    for words in [
      "locked, 2 ranks: workers wait for the lock 40 % of the time",
      "easgd interval 3, 3 ranks: failed: no room", "512 bytes", "0.5000", "60.0",
    ] {
      #expect(text.contains(words), "'\(words)' is not in\n\(text)")
    }
    let value = comparison.value { "\($0.stem).trace.json" }
    guard case .list(let runs)? = value["runs"]?.kind, runs.count == 2 else {
      Issue.record("no runs in \(value.json)")
      return
    }
    #expect(runs[0]["bottleneck"] == "lock" && runs[0]["trace"] == "locked-2.trace.json")
    #expect(runs[1]["failure"] == "no room" && runs[1]["exit_code"] == 70)

    let page = comparison.page(title: "A <b> & c").html
    #expect(page.contains("<title>A &lt;b&gt; &amp; c</title>"))
    // Two pictures with one curve each, and nothing from elsewhere.
    #expect(page.components(separatedBy: "<svg ").count == 3)
    #expect(page.components(separatedBy: "class=\"stroke wide c0\"").count == 3)
    #expect(!page.contains("http"))
  }
}
