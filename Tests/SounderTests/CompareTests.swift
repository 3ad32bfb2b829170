import Configuration
import Foundation
import TestSupport
import Testing

@Suite("sounder compare", .serialized)
struct CompareTests {
  private let sounder = Program()

  private func compare(
    _ job: SmallJob, _ arguments: [String], environment: [String: String] = [:]
  ) throws -> Program.Run {
    try sounder.run(
      ["compare", "job.yaml", "--output", "out"] + arguments, in: job.folder,
      environment: environment)
  }

  private func runs(_ value: Value) throws -> [Value] {
    guard case .list(let runs)? = value["runs"]?.kind else {
      Issue.record("no runs in \(value.json)")
      return []
    }
    return runs
  }

  @Test("trains each mode on each number of ranks, and leaves report, figures and traces")
  func compares() throws {
    try withTemporaryFolder { folder in
      let job = try SmallJob(in: folder)
      let list = ["--modes", "hogwild, easgd: {interval: 2}", "--ranks", "1,3"]
      let first = try compare(job, list)
      #expect(first.status == 0, "\(first.errors)")
      for words in [
        "hogwild, 1 rank: ", "easgd interval 2, 3 ranks: ", "samples/s", "val_accuracy",
      ] {
        #expect(first.output.contains(words), "'\(words)' is not in\n\(first.output)")
      }
      for stem in ["hogwild-1", "hogwild-3", "easgd-interval-2-1", "easgd-interval-2-3"] {
        let trace = try String(contentsOf: job.url("out/\(stem).trace.json"), encoding: .utf8)
        #expect(try Value(json: trace)["otherData"]?["sounder"]?["format"] == 1)
      }
      let page = try String(contentsOf: job.url("out/report.html"), encoding: .utf8)
      #expect(page.contains("val_accuracy against samples") && page.contains("<svg "))
      #expect(page.contains("Time of each rank") && page.contains("hogwild, 3 ranks, rank 2: "))
      #expect(page.contains("% of the updates by staleness"))

      // What is done is kept, unless it is asked for anew.
      let again = try compare(job, list + ["--json"])
      #expect(again.status == 0, "\(again.errors)")
      #expect(
        again.errors.components(separatedBy: "kept from before").count == 5, "\(again.errors)")
      let stored = try String(contentsOf: job.url("out/compare.json"), encoding: .utf8)
      let runs = try runs(try Value(json: stored))
      #expect(try self.runs(try Value(json: again.output)).count == 4)
      #expect(runs.map { $0["ranks"]?.int } == [1, 3, 1, 3])
      for run in runs {
        #expect(run["samples"] == 360 && run["bottleneck_text"] != nil)
        #expect((run["figures"]?["val_accuracy"]?.number ?? 0) > 0.3)
      }
      guard case .list(let counts)? = runs[1]["staleness_counts"]?.kind else {
        Issue.record("no histogram of staleness in \(runs[1].json)")
        return
      }
      // 120 rows in batches of 10, three epochs.
      #expect(counts.compactMap(\.int).reduce(0, +) == 36)
      let fresh = try compare(job, ["--modes", "hogwild", "--ranks", "1", "--fresh"])
      #expect(fresh.status == 0 && !fresh.errors.contains("kept"), "\(fresh.errors)")
      // Another budget is another training.
      let other = try compare(
        job, ["--modes", "hogwild", "--ranks", "1", "--set", "training.epochs=2"])
      #expect(other.status == 0 && !other.errors.contains("kept"), "\(other.errors)")
      // The job's own files are not touched.
      #expect(job.files == ["data.h5", "job.yaml", "out"])
    }
  }

  @Test("a training that fails is told of, and the others go on")
  func failure() throws {
    try withTemporaryFolder { folder in
      let job = try SmallJob(in: folder)
      try job.edit("adam: {learning_rate: 0.05}", "ftrl: {learning_rate: 0.05}")
      let run = try compare(job, ["--modes", "easgd,sync", "--ranks", "2"])
      #expect(run.status == 65, "\(run.status): \(run.errors)")
      #expect(run.output.contains("easgd, 2 ranks: failed: "), "\(run.output)")
      // It was clear before anything was started.
      #expect(run.errors.contains("easgd, 2 ranks (1 of 2): cannot be trained"), "\(run.errors)")
      #expect(job.bytes("out/easgd-2.job.yaml") == nil)
      #expect(run.output.contains("sync, 2 ranks: "), "\(run.output)")
      #expect(!run.output.contains("sync, 2 ranks: failed"), "\(run.output)")
      #expect(run.errorLines.last?.contains("1 of 2 trainings failed") == true, "\(run.errors)")
      let stored = try String(contentsOf: job.url("out/compare.json"), encoding: .utf8)
      let runs = try runs(try Value(json: stored))
      #expect(runs.first?["exit_code"] == 65 && runs.last?["failure"] == nil)
      let fault = try compare(
        job, ["--modes", "hogwild", "--ranks", "1"],
        environment: ["SOUNDER_FAULT": "rank=0,step=3"])
      #expect(fault.status == 70, "\(fault.status): \(fault.errors)")
      #expect(fault.output.contains("hogwild, 1 rank: failed: "), "\(fault.output)")
    }
  }

  @Test("a key that a mode refuses is left out, which its line says")
  func refusedKeys() throws {
    try withTemporaryFolder { folder in
      let job = try SmallJob(in: folder)
      try job.edit(
        "output:", "distribution: {exchange: copy, staleness_bound: 8, node_interval: 2}\noutput:")
      let run = try compare(job, ["--modes", "hogwild,dynsgd,sync", "--ranks", "3", "--json"])
      #expect(run.status == 0, "\(run.status): \(run.errors)")
      let runs = try runs(try Value(json: run.output))
      #expect(runs[0]["without"] == nil)
      #expect(runs[1]["without"]?.json == #"["exchange"]"#, "\(run.output)")
      guard case .list(let dropped)? = runs[2]["without"]?.kind else {
        Issue.record("nothing was left out: \(run.output)")
        return
      }
      #expect(
        Set(dropped.map(\.json)) == [#""exchange""#, #""staleness_bound""#, #""node_interval""#])
    }
  }

  @Test("what nodes exchange is in the table")
  func nodes() throws {
    try withTemporaryFolder { folder in
      let job = try SmallJob(in: folder)
      let run = try compare(
        job, ["--modes", "hogwild", "--ranks", "3"], environment: ["SOUNDER_NODE_RANKS": "1"])
      #expect(run.status == 0, "\(run.errors)")
      #expect(run.output.contains("node bytes/step"), "\(run.output)")
      let stored = try String(contentsOf: job.url("out/compare.json"), encoding: .utf8)
      let result = try #require(try runs(try Value(json: stored)).first)
      #expect(result["nodes"] == 2 && (result["node_bytes_per_step"]?.number ?? 0) > 0, "\(stored)")
      #expect(result["node_staleness_counts"] != nil, "\(stored)")
    }
  }

  @Test("a stop leaves what is done, and the same command goes on")
  func stop() throws {
    try withTemporaryFolder { folder in
      let job = try SmallJob(in: folder)
      let list = ["--modes", "hogwild,sync", "--ranks", "1"]
      #expect(try compare(job, ["--modes", "hogwild", "--ranks", "1"]).status == 0)
      try job.edit("epochs: 3", "epochs: 1000000")
      // The first training is another one now, and never ends.
      let running = try sounder.start(
        ["compare", "job.yaml", "--output", "out"] + list, in: job.folder)
      #expect(running.waitForErrors(containing: "epoch 1/"), "\(running.errorsSoFar)")
      running.send(SIGTERM)
      let run = running.wait(timeoutSeconds: 60)
      #expect(run.status == 75 && !run.timedOut, "\(run.status): \(run.errors)")
      #expect(run.errors.contains("0 of 2 trainings are done"), "\(run.errors)")
      try job.edit("epochs: 1000000", "epochs: 3")
      #expect(try compare(job, list).status == 0)
    }
  }

  @Test(
    "what cannot be compared is a mistake in the command line",
    arguments: [
      (["--modes", "hogwild,nothing"], "nothing"),
      (["--modes", "sync: {interval: 3}"], "interval"),
      (["--modes", ""], "list of modes"), (["--ranks", "2,x"], "--ranks"),
      (["--ranks", "0"], "--ranks"),
      (["--modes", "sync,sync"], "twice"),
    ])
  func mistakes(arguments: [String], words: String) throws {
    try withTemporaryFolder { folder in
      let job = try SmallJob(in: folder)
      let run = try compare(job, arguments)
      #expect(run.status == 64, "\(run.status): \(run.errors)")
      #expect(run.errorLines.count == 1 && run.errors.contains(words), "\(run.errors)")
      #expect(job.files == ["data.h5", "job.yaml"])
    }
  }
}
