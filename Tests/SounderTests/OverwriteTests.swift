import Configuration
import Foundation
import TestSupport
import Testing

/// Which files `sounder train` replaces where a checkpoint is: those of the run that it resumes.
@Suite("Files beside a checkpoint", .serialized)
struct OverwriteTests {
  private let sounder = Program()
  private let files = [
    "--trace", "t.json", "--set", "output.history_csv=h.csv", "--set", "output.history_json=h.json",
  ]

  private func train(
    _ job: SmallJob, _ options: [String] = [], fault: String? = nil
  ) throws -> Program.Run {
    try sounder.run(
      ["train", "job.yaml"] + options, in: job.folder,
      environment: fault.map { ["SOUNDER_FAULT": $0] } ?? [:])
  }

  /// Stops a training in its third epoch, of 12 steps each: a checkpoint is there.
  private func stop(_ job: SmallJob, _ options: [String] = []) throws {
    let run = try train(job, options, fault: "rank=0,step=30,kind=signal")
    try #require(run.status == 75, "\(run.errors)")
  }

  /// Trains with `options`, which must be refused for the sake of `name`, and changes nothing.
  private func expectRefusal(_ job: SmallJob, _ key: String, _ name: String, _ options: [String])
    throws
  {
    let before = job.files.sorted().map { job.bytes($0) }
    let run = try train(job, options)
    #expect(run.status == ExitCode.inputOutput, "\(options): \(run.status) \(run.errors)")
    #expect(run.errorLines.count == 1, "\(run.errors)")
    #expect(
      run.errors.contains("\(key) \(name) is there already: pass --overwrite"), "\(run.errors)")
    #expect(job.files.sorted().map { job.bytes($0) } == before)
  }

  @Test("a trace takes no other file's place", arguments: [[], ["--fresh"]])
  func trace(options: [String]) throws {
    try withTemporaryFolder { folder in
      let job = try SmallJob(in: folder)
      try stop(job)
      for text in ["what I have found out", "{\"traceEvents\":[]}"] {
        try text.write(to: job.url("notes.json"), atomically: true, encoding: .utf8)
        try expectRefusal(job, "--trace", "notes.json", options + ["--trace", "notes.json"])
      }
      let run = try train(job, options + ["--overwrite", "--trace", "notes.json"])
      #expect(run.status == 0, "\(run.errors)")
      #expect(
        run.errors.contains("notes.json is there already and will be replaced"), "\(run.errors)")
    }
  }

  @Test(
    "a history takes no other history's place", arguments: ["csv", "json"], [[], ["--fresh"]])
  func history(kind: String, options: [String]) throws {
    try withTemporaryFolder { folder in
      let job = try SmallJob(in: folder)
      let key = "output.history_\(kind)"
      let set = ["--set", "\(key)=other"]
      // The same job: all but the seconds of its epochs are the same.
      let other = try train(job, set + ["--set", "output.model=other.h5"])
      try #require(other.status == 0, "\(other.errors)")
      try stop(job)
      try expectRefusal(job, key, "other", options + set)
      let table = job.bytes("other")
      for text in ["", "epoch,seconds,samples_per_second\n", "[]", "notes"] {
        try text.write(to: job.url("other"), atomically: true, encoding: .utf8)
        try expectRefusal(job, key, "other", options + set)
      }
      try table?.write(to: job.url("other"))
      let run = try train(job, options + set + ["--overwrite"])
      #expect(run.status == 0, "\(run.errors)")
      #expect(run.errors.contains("other is there already and will be replaced"), "\(run.errors)")
      #expect(job.bytes("other") != table)
    }
  }

  @Test("the run's own go on, also where a table has fewer epochs than the checkpoint")
  func own() throws {
    try withTemporaryFolder { folder in
      let job = try SmallJob(in: folder)
      try stop(job, files)
      let trace = try #require(job.bytes("t.json"))
      let table = try String(contentsOf: job.url("h.csv"), encoding: .utf8)
      #expect(table.split(separator: "\n").count == 3)
      try table.split(separator: "\n").prefix(2).map { $0 + "\n" }.joined()
        .write(to: job.url("h.csv"), atomically: true, encoding: .utf8)
      let check = try sounder.run(["check", "job.yaml"] + files.dropFirst(2), in: folder)
      for name in ["h.csv", "h.json"] {
        #expect(check.output.contains("\(name) is there already: train goes on with it"))
      }
      let run = try train(job, files)
      #expect(run.status == 0, "\(run.errors)")
      #expect(!run.errors.contains("will be replaced"), "\(run.errors)")
      let whole = try String(contentsOf: job.url("h.csv"), encoding: .utf8)
      #expect(whole.hasPrefix(table) && whole.split(separator: "\n").count == 4)
      guard case .list(let epochs) = try Value(json: text(job, "h.json")).kind else {
        Issue.record("no list")
        return
      }
      #expect(epochs.map { $0["epoch"]?.int } == [1, 2, 3])
      #expect(job.bytes("t.json") != trace)
      // The end took the checkpoint away: from here on they are results.
      try FileManager.default.removeItem(at: job.url("model.h5"))
      try expectRefusal(job, "output.history_csv", "h.csv", files)
    }
  }

  @Test("--fresh replaces the run's own, and says so")
  func fresh() throws {
    try withTemporaryFolder { folder in
      let job = try SmallJob(in: folder)
      try stop(job, files)
      let run = try train(job, files + ["--fresh"])
      #expect(run.status == 0, "\(run.errors)")
      for name in ["h.csv", "h.json", "t.json"] {
        #expect(
          run.errors.contains("\(name) is there already and will be replaced"), "\(run.errors)")
      }
    }
  }

  private func text(_ job: SmallJob, _ name: String) throws -> String {
    try String(contentsOf: job.url(name), encoding: .utf8)
  }
}
