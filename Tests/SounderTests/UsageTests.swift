import Configuration
import Distributed
import Foundation
import TestSupport
import Testing

/// The part of a trace that the tests look at.
private struct TraceDocument: Decodable {
  struct Event: Decodable {
    var name: String
    var ph: String
    var pid: Int
    var ts: Double?
    var dur: Double?
    var args: Arguments?
  }
  struct Arguments: Decodable {
    var rows: Int?
    var mean: Double?
    var value: Double?
  }
  var traceEvents: [Event]
}

/// What `sounder train` tells about time, memory and bytes, and the trace that it writes.
@Suite("Usage and traces of a training")
struct UsageTests {
  private let sounder = Program()
  /// 4 · 8 + 8 and 8 · 3 + 3 weights.
  private let parameterCount = 67

  private func train(
    _ job: SmallJob, _ mode: String, ranks: Int?, _ more: [String] = [],
    environment: [String: String] = [:]
  ) throws -> (run: Program.Run, last: Value) {
    let launch = ranks.map { ["--ranks", "\($0)"] } ?? []
    let run = try sounder.run(
      ["train", "job.yaml", "--json", "--overwrite", "--set", "distribution.mode=\(mode)"] + launch
        + more, in: job.folder, environment: environment)
    try #require(run.status == 0, "\(run.errors)")
    let line = try #require(run.output.split(separator: "\n").last)
    return (run, try Value(json: String(line)))
  }

  private func usages(_ value: Value) throws -> [RankUsage] {
    guard case .list(let items)? = value["ranks"]?.kind else {
      Issue.record("no ranks in \(value.json)")
      return []
    }
    return items.map(RankUsage.init)
  }

  @Test(
    "every second of every rank is in one phase, and steps and rows are counted",
    arguments: ["hogwild", "locked", "easgd", "sync", "localsgd"])
  func phases(mode: String) throws {
    try withTemporaryFolder { folder in
      let job = try SmallJob(in: folder)
      let (run, last) = try train(job, mode, ranks: 3)
      #expect(run.errors.contains("time of 2 workers: "), "\(run.errors)")
      let ranks = try usages(last)
      #expect(ranks.map(\.rank) == [0, 1, 2] && ranks.map(\.isServer) == [true, false, false])
      #expect(ranks[0].stepCount == 0 && ranks[0].trainSeconds == 0)
      // 120 rows in batches of 10, three epochs.
      #expect(ranks.map(\.rowCount).reduce(0, +) == 360)
      #expect(ranks.map(\.stepCount).reduce(0, +) == 36)
      for rank in ranks {
        let sum =
          rank.trainSeconds + rank.validateSeconds + rank.checkpointSeconds + rank.otherSeconds
        #expect(abs(sum - rank.seconds) < 1e-6, "\(sum) of \(rank.seconds) s")
        #expect(rank.cpuSeconds > 0 && rank.residentByteCount > 1 << 20)
        #expect(rank.peakByteCount >= rank.residentByteCount)
      }
      for rank in ranks.dropFirst() {
        #expect(rank.computeSeconds > 0 && rank.readSeconds > 0 && rank.validateSeconds > 0)
        // Only those wait in reductions that make them.
        #expect(rank.reductionWaitSeconds == 0 || mode == "sync" || mode == "localsgd")
        #expect(rank.lockWaitSeconds == 0 || mode == "locked" || mode == "easgd")
      }
    }
  }

  @Test("in place nothing is copied; copies, pushes and reductions are counted to the byte")
  func bytes() throws {
    try withTemporaryFolder { folder in
      let job = try SmallJob(in: folder)
      func bytesPerStep(_ mode: String, _ more: [String] = []) throws -> Double {
        let (_, last) = try train(job, mode, ranks: 3, more)
        return try #require(last["bytes_per_step"]?.number)
      }
      let size = Double(4 * parameterCount)
      #expect(try bytesPerStep("hogwild", ["--set", "distribution.exchange=in_place"]) == 0)
      let copying = ["--set", "distribution.exchange=copy"]
      #expect(try bytesPerStep("hogwild", copying) == 2 * size)
      #expect(try bytesPerStep("locked") == 2 * size)
      // The reduction carries the rows and the wish to stop, too.
      #expect(try bytesPerStep("sync") == size + 8)
      let bytes = try bytesPerStep("sync", ["--set", "distribution.compression=int8"])
      // A byte a number; there and back a float for each 256 and a header; the rows and the wish as floats.
      #expect(bytes == Double(parameterCount + 2 * (4 + 40) + 8), "\(bytes) of \(size)")
      // A meeting reads and writes the weights; a worker's last step may be without one.
      let meetings = try bytesPerStep("{easgd: {interval: 2}}")
      #expect(meetings > size / 2 && meetings <= size)
    }
  }

  @Test(
    "updates of a worker's own weights are computing",
    arguments: [
      "{easgd: {interval: 1000}}", "{downpour: {push_interval: 1000, pull_interval: 1000}}",
    ])
  func ownWeights(mode: String) throws {
    try withTemporaryFolder { folder in
      let job = try SmallJob(in: folder)
      // An update of 130,000 weights is much beside one row, and clipping makes it a pass of its own.
      try job.edit("units: 8,", "units: 16384,")
      try job.edit("{learning_rate: 0.05}", "{learning_rate: 0.001, clipnorm: 1}")
      let (_, last) = try train(job, mode, ranks: nil, ["--set", "training.batch_size=1"])
      let worker = try #require(try usages(last).first)
      // It was 0.15 and more while the update counted as exchange.
      #expect(worker.communicateSeconds < 0.08 * worker.computeSeconds, "\(worker)")
    }
  }

  @Test("a checkpoint takes the time of all workers, and is no waiting for each other")
  func checkpoints() throws {
    try withTemporaryFolder { folder in
      let job = try SmallJob(in: folder, epochs: 8)
      // Some megabytes, synced.
      try job.edit("units: 8,", "units: 40000,")
      let (_, last) = try train(job, "hogwild", ranks: 3)
      let ranks = try usages(last)
      #expect(ranks[1].checkpointSeconds > 0)
      #expect(
        ranks[2].checkpointSeconds > 0.5 * ranks[1].checkpointSeconds, "\(ranks[1]) \(ranks[2])")
    }
  }

  @Test("exchange with other nodes is told from that in shared memory, and so is waiting for it")
  func nodes() throws {
    try withTemporaryFolder { folder in
      let job = try SmallJob(in: folder)
      let (_, last) = try train(
        job, "easgd", ranks: 3,
        ["--set", "distribution.node_interval=1", "--set", "distribution.transport=messages"],
        environment: ["SOUNDER_NODE_RANKS": "1"])
      #expect(last["nodes"] == 2 && (last["node_exchanges"]?.int ?? 0) >= 6, "\(last.json)")
      guard case .list(let counts)? = last["node_staleness_counts"]?.kind else {
        Issue.record("no histogram of staleness between nodes in \(last.json)")
        return
      }
      #expect(counts.compactMap(\.int).reduce(0, +) == last["node_exchanges"]?.int)
      for rank in try usages(last).dropFirst() {
        #expect(rank.nodeSeconds > 0 && rank.nodeSeconds <= rank.communicateSeconds)
        #expect(rank.serverWaitSeconds > 0 && rank.serverWaitSeconds <= rank.waitSeconds)
        let sum =
          rank.trainSeconds + rank.validateSeconds + rank.checkpointSeconds + rank.otherSeconds
        #expect(abs(sum - rank.seconds) < 1e-6, "\(sum) of \(rank.seconds) s")
      }
      let (_, one) = try train(job, "easgd", ranks: 3)
      for rank in try usages(one) {
        #expect(rank.nodeSeconds == 0 && rank.serverWaitSeconds == 0)
      }
    }
  }

  @Test(
    "the batch size in a trace is that of the steps, whatever the job asks for",
    arguments: [
      (["training.batch_size=-1"], 60),
      (["training.batch_size=4000", "training.steps_per_epoch=3"], 60),
      (["training.batch_size=7"], 7),
    ])
  func batchSize(settings: [String], size: Int) throws {
    try withTemporaryFolder { folder in
      let job = try SmallJob(in: folder)
      _ = try train(
        job, "hogwild", ranks: 3,
        ["--trace", "t.json"] + settings.flatMap { ["--set", $0] })
      let trace = try MeasuredTrace(reading: job.url("t.json").path)
      #expect(trace.batchSize == size && trace.stateFloats == 2)
    }
  }

  @Test(
    "a training that goes on keeps no more of the network than one that begins",
    arguments: ["hogwild", "sync"])
  func resumedMemory(mode: String) throws {
    try withTemporaryFolder { folder in
      let job = try SmallJob(in: folder)
      // 2.0 million weights, with adam 24 MB in a checkpoint.
      try job.edit(
        "    - dense: {units: 8, activation: tanh}\n",
        String(repeating: "    - dense: {units: 1400, activation: tanh}\n", count: 2))
      let fresh = try usages(train(job, mode, ranks: 3).last)
      let stopped = try sounder.run(
        [
          "train", "job.yaml", "--overwrite", "--ranks", "3", "--set", "distribution.mode=\(mode)",
        ], in: folder, environment: ["SOUNDER_FAULT": "rank=1,step=9,kind=signal"])
      try #require(stopped.status == 75, "\(stopped.errors)")
      let (run, last) = try train(job, mode, ranks: 3)
      #expect(run.errors.contains("resuming from"), "\(run.errors)")
      let resumed = try usages(last)
      try #require(fresh.count == 3 && resumed.count == 3)
      // The server, and the worker that writes nothing. When each rank read the checkpoint whole it was 24 and 32 MB
      // more; a worker's comes and goes by 9 with what the libraries give back.
      for (rank, most) in [(0, 5), (2, 18)] {
        let more = (resumed[rank].residentByteCount - fresh[rank].residentByteCount) / 1_000_000
        #expect(more < most, "rank \(rank): \(more) MB")
      }
    }
  }

  @Test("a process alone has one worker and waits for nobody")
  func alone() throws {
    try withTemporaryFolder { folder in
      let job = try SmallJob(in: folder)
      let (run, last) = try train(job, "hogwild", ranks: nil)
      let ranks = try usages(last)
      #expect(ranks.count == 1 && ranks.first?.stepCount == 36)
      #expect((ranks.first?.lockWaitSeconds ?? 1) == 0)
      #expect(run.errors.contains("time of the worker: "), "\(run.errors)")
    }
  }

  @Test(
    "the trace is JSON with the events of every rank", arguments: ["hogwild", "locked", "sync"])
  func trace(mode: String) throws {
    try withTemporaryFolder { folder in
      let job = try SmallJob(in: folder, epochs: 60)
      let (_, last) = try train(job, mode, ranks: 3, ["--trace", "t.json"])
      let text = try String(contentsOf: job.url("t.json"), encoding: .utf8)
      // A parser that is not ours.
      let all = try JSONDecoder().decode(TraceDocument.self, from: Data(text.utf8)).traceEvents
      func events(_ phase: String, _ rank: Int) -> [TraceDocument.Event] {
        all.filter { $0.ph == phase && $0.pid == rank }
      }
      #expect(events("X", 0).isEmpty)
      for rank in 0...2 {
        #expect(events("M", rank).contains { $0.name == "process_name" })
      }
      var stepCount = 0
      for rank in 1...2 {
        let work = events("X", rank)
        let names = Set(work.map(\.name))
        #expect(
          names.isSuperset(of: ["read", "compute", "wait", "validate", "checkpoint"]), "\(names)")
        #expect(
          names.isSubset(of: ["read", "compute", "communicate", "wait", "validate", "checkpoint"]))
        if mode != "hogwild" { #expect(names.contains("communicate")) }
        // Nothing of a rank happens at the same time, and what took the steps' time is all there.
        let spans = work.compactMap { event -> (start: Double, end: Double)? in
          guard let start = event.ts, let length = event.dur else { return nil }
          return (start, start + length)
        }.sorted { $0.start < $1.start }
        #expect(spans.count == work.count)
        // Times are rounded to nanoseconds.
        #expect(zip(spans, spans.dropFirst()).allSatisfy { $0.end <= $1.start + 0.01 })
        #expect((spans.first?.start ?? -1) >= 0)
        for event in work where event.name == "read" {
          stepCount += 1
          #expect(event.args?.rows == 10)
        }
        let counters = events("C", rank)
        let stale = counters.filter { $0.name == "staleness" }.map { $0.args?.mean ?? -1 }
        // Where all step together there is none.
        if mode == "sync" {
          #expect(stale == [])
        } else {
          #expect(stale.count > 0 && stale.allSatisfy { $0 >= 0 }, "\(Set(counters.map(\.name)))")
        }
        // The first worker knows what came of an epoch.
        let accuracies = counters.filter { $0.name == "val_accuracy" }
        #expect(accuracies.count == (rank == 1 ? 60 : 0))
        if rank == 1 {
          #expect(accuracies.last?.args?.value == last["val_accuracy"]?.number)
          #expect(zip(accuracies, accuracies.dropFirst()).allSatisfy { $0.ts ?? 0 < $1.ts ?? 0 })
        }
        let figures = ["loss", "accuracy", "val_loss", "val_accuracy"]
        let rest = Set(counters.map(\.name)).subtracting(["staleness"] + figures)
        #expect(rest == ["CPU share", "resident memory"])
      }
      #expect(stepCount == 60 * 12)
      // The events have been read: the rest is short.
      let rest = try #require(text.components(separatedBy: "\"otherData\":").last)
      let facts = try #require(try Value(json: String(rest.dropLast(2)))["sounder"])
      #expect(facts["format"] == 1 && facts["workers"] == 2 && facts["batch_size"] == 10)
      #expect(facts["mode"]?.json == "\"\(mode)\"")
      #expect(facts["parameters"]?.int == parameterCount)
      #expect((facts["samples_per_second"]?.number ?? 0) > 0 && facts["state_floats"] == 2)
      // Where Hogwild's update is hangs on what the start has measured.
      let places = [
        "hogwild": ["backward", "exchange"], "locked": ["exchange"], "sync": ["compute"],
      ]
      #expect(places[mode]?.contains { facts["update"]?.json == "\"\($0)\"" } == true)
      #expect(facts["ranks"] == last["ranks"])
    }
  }

  @Test("a trace takes no other file's place, and is there also when training is stopped")
  func files() throws {
    try withTemporaryFolder { folder in
      let job = try SmallJob(in: folder)
      try Data().write(to: job.url("old.json"))
      for (name, words) in [
        ("old.json", "is there already"), ("nowhere/t.json", "does not exist"),
        (".", "is a folder"),
      ] {
        let run = try sounder.run(["train", "job.yaml", "--trace", name], in: job.folder)
        #expect(run.status == 74 && run.errorLines.count == 1, "\(run.errors)")
        #expect(run.errors.contains(words), "\(run.errors)")
      }
      let same = try sounder.run(
        ["train", "job.yaml", "--overwrite", "--trace", "data.h5"], in: job.folder)
      #expect(same.status != 0 && same.errors.contains("same file"), "\(same.errors)")
      #expect(!job.files.contains("model.h5"))

      let stopped = try sounder.run(
        ["train", "job.yaml", "--trace", "t.json", "--set", "training.epochs=1000"], in: job.folder,
        environment: ["SOUNDER_FAULT": "rank=0,step=20,kind=signal"])
      #expect(stopped.status == 75, "\(stopped.errors)")
      let text = try String(contentsOf: job.url("t.json"), encoding: .utf8)
      #expect(try Value(json: text)["otherData"]?["sounder"]?["format"] == 1)
    }
  }
}
