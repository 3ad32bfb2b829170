import Configuration
import Foundation
import TestSupport
import Testing

/// What a search leaves behind, and what it says when there is nothing to leave.
@Suite("The outcome of a search", .serialized)
struct SearchOutcomeTests {
  private let sounder = Program()

  /// The small job with a searched batch size and a section `search`.
  private func job(in folder: URL, _ search: String) throws -> SmallJob {
    let job = try SmallJob(in: folder)
    try job.edit("batch_size: 10", "batch_size: {search: int, low: 5, high: 40, default: 10}")
    try job.edit("output:", "search:\n  pruner: none\n  \(search)\noutput:")
    return job
  }

  private func search(_ arguments: [String] = [], in folder: URL) throws -> Program.Run {
    try sounder.run(["search", "job.yaml"] + arguments, ranks: 3, in: folder)
  }

  @Test(
    "the best model is kept, whatever the objectives are",
    arguments: [
      "objective: seconds", "objectives: [val_accuracy, parameters]",
      "objectives: [val_accuracy, val_loss]", "objectives: [val_accuracy, seconds]",
    ])
  func models(objectives: String) throws {
    try withTemporaryFolder { folder in
      let job = try job(in: folder, "\(objectives)\n  trials: 6")
      let run = try search(in: folder)
      try #require(run.status == 0, "\(run.errors)")
      let model = try sounder.run(["evaluate", "model.h5", "data.h5"], in: job.folder)
      #expect(model.status == 0, "\(model.errors)")
    }
  }

  @Test("a resumed search keeps the best feasible model beside a better infeasible one")
  func feasible() throws {
    try withTemporaryFolder { folder in
      // Small batches make more steps: the better trials break the constraint.
      let job = try job(
        in: folder, "objective: val_loss\n  trials: 8\n  constraints: [\"batch_size > 20\"]")
      #expect(try search(["--set", "training.epochs=6"], in: folder).status == 0)
      let more = try search(
        ["--set", "training.epochs=6", "--add-trials", "1"], in: folder)
      try #require(more.status == 0, "\(more.errors)")
      #expect(job.files.contains("model.h5"))
      let models = try FileManager.default.contentsOfDirectory(
        atPath: folder.appendingPathComponent("model.trials").path)
      #expect(models.contains { $0.hasSuffix(".h5") })
    }
  }

  @Test("of repeated trials the models of the best `top` stay, with all their runs")
  func repeats() throws {
    try withTemporaryFolder { folder in
      let job = try job(in: folder, "objective: val_loss\n  trials: 4\n  repeats: 2\n  top: 2")
      let run = try search(in: folder)
      try #require(run.status == 0, "\(run.errors)")
      #expect(job.files.contains("model.h5"))
      let models = try FileManager.default.contentsOfDirectory(
        atPath: folder.appendingPathComponent("model.trials").path)
      #expect(models.count == 4, "\(models)")
    }
  }

  @Test("a search of which nothing works ends with 65 and the reason, few trials or many")
  func nothing() throws {
    try withTemporaryFolder { folder in
      try """
      search:
        command: "echo value {dt}"
        objective: {metric: error, direction: minimize}
        trials: 2
        parameters: {dt: {search: float, low: 0, high: 1}}
        report: {pattern: 'value (?<value>x)'}
      output: {model: none.h5}
      """.write(to: folder.appendingPathComponent("job.yaml"), atomically: true, encoding: .utf8)
      let run = try sounder.run(["search", "job.yaml"], in: folder)
      #expect(run.status == 65, "\(run.output)")
      #expect(run.errors.contains("none of the 2 trials") && run.errors.contains("error"))
    }
  }

  @Test("a wrong name of the data or of the program leaves no journal")
  func wrongName() throws {
    try withTemporaryFolder { folder in
      let job = try job(in: folder, "objective: val_loss\n  trials: 2")
      let run = try search(["--set", "data.train.file=dta.h5"], in: folder)
      #expect(run.status == 66)
      #expect(run.errorLines.count == 1, "\(run.errors)")
      #expect(!job.files.contains("model.study.log"))
      #expect(try search(in: folder).status == 0)
    }
    try withTemporaryFolder { folder in
      try """
      search:
        command: ./nosuch {dt}
        objective: {metric: error, direction: minimize}
        trials: 2
        parameters: {dt: {search: float, low: 0, high: 1}}
      output: {model: none.h5}
      """.write(to: folder.appendingPathComponent("job.yaml"), atomically: true, encoding: .utf8)
      for command in ["search", "check"] {
        let run = try sounder.run([command, "job.yaml"], in: folder)
        #expect(run.status == 66)
        #expect((run.errors + run.output).contains("nosuch"))
      }
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["job.yaml"])
    }
  }

  @Test(
    "bad input to the search itself is one line with 65 or 66",
    arguments: [
      ("search.journal=nowhere/x.log", 66, "nowhere"), ("search.journal=/proc/x.log", 65, "/proc"),
      ("search.table=nowhere/x.csv", 66, "nowhere"), ("search.ranks_per_trial=9", 65, "9 ranks"),
      ("search.sampler={gp: {strat: 3}}", 65, "start"),
    ])
  func badInput(setting: String, code: Int32, word: String) throws {
    try withTemporaryFolder { folder in
      let job = try job(in: folder, "objective: val_loss\n  trials: 2")
      let before = job.files
      let run = try search(["--set", setting], in: folder)
      #expect([code, 64].contains(run.status), "\(run.status)")
      #expect(run.status == code || setting.contains("strat"))
      #expect(run.errorLines.count == 1 && run.errors.contains(word), "\(run.errors)")
      #expect(
        job.files.subtracting(before).allSatisfy {
          $0.hasPrefix("model.study.log") || $0 == "model.trials"
        })
    }
  }

  @Test("a lower limit of trials holds when a search is resumed, and added ones stay added")
  func limit() throws {
    try withTemporaryFolder { folder in
      _ = try job(in: folder, "objective: val_loss\n  trials: 3")
      func count(_ arguments: [String]) throws -> Int? {
        let run = try search(["--json"] + arguments, in: folder)
        let last = try Value(json: run.output.split(separator: "\n").last.map(String.init) ?? "")
        return last["complete"]?.int
      }
      #expect(try count(["--add-trials", "1"]) == 4)
      #expect(try count(["--set", "search.trials=2"]) == 4)
      #expect(try count(["--set", "search.trials=4"]) == 5)
    }
  }

  @Test("ask refuses a pruner for a study that has one, and shows the front of several objectives")
  func askTell() throws {
    try withTemporaryFolder { folder in
      try "x: {search: float, low: 0, high: 1}\n".write(
        to: folder.appendingPathComponent("space.yaml"), atomically: true, encoding: .utf8)
      #expect(try sounder.run(["ask", "s.log", "--space", "space.yaml"], in: folder).status == 0)
      let run = try sounder.run(["ask", "s.log", "--pruner", "median"], in: folder)
      #expect(run.status == 64)
      #expect(run.errors.contains("--space"))
      let requests = [
        #"{"ask": 2}"#, #"{"tell": 0, "values": [1, 2]}"#, #"{"tell": 1, "values": [2, 1]}"#,
        #"{"best": true}"#,
      ]
      try requests.joined(separator: "\n").write(
        to: folder.appendingPathComponent("requests"), atomically: true, encoding: .utf8)
      let loop = try Program("/bin/sh").run(
        [
          "-c",
          "'\(sounder.path)' ask-tell space.yaml --direction minimize --direction minimize <requests",
        ], in: folder)
      let last = try Value(json: loop.output.split(separator: "\n").last.map(String.init) ?? "")
      guard case .list(let front)? = last["front"]?.kind else {
        Issue.record("\(loop.output)")
        return
      }
      #expect(front.compactMap { $0["trial"]?.int } == [0, 1])
    }
  }
}
