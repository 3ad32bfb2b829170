import Configuration
import Foundation
import TestSupport
import Testing

/// What `sounder check` and `sounder train` make of a job file with searched values.
@Suite("sounder check of a search")
struct SearchCheckTests {
  private let sounder = Program()

  @Test("the space is shown as a table, with what can be counted")
  func table() throws {
    try withTemporaryFolder { folder in
      let job = try SmallJob.search(in: folder)
      let before = job.files
      let run = try sounder.run(["check", "job.yaml"], in: folder)
      #expect(run.status == 0, "\(run.output) \(run.errors)")
      for word in [
        "training.batch_size", "log-int", "5 ... 40 (log)", "maximize val_accuracy",
        "training.optimizer = sgd", "all can run",
      ] { #expect(run.output.contains(word), "'\(word)' is not in\n\(run.output)") }
      #expect(job.files == before, "a check leaves nothing behind")
      let json = try sounder.run(["check", "job.yaml", "--json"], in: folder)
      guard case .list(let rows)? = try Value(json: json.output)["space"]?.kind else {
        Issue.record("no space in \(json.output)")
        return
      }
      #expect(rows.first?["name"] == "units" && rows.count == 4)
    }
  }

  @Test("combinations that cannot be trained are found, with an example of each kind")
  func impossible() throws {
    try withTemporaryFolder { folder in
      let job = try SmallJob.search(in: folder)
      try job.edit(
        "output:",
        "distribution:\n  mode: {search: categorical, choices: [hogwild, sync]}\n"
          + "  exchange: {search: categorical, choices: [auto, in_place]}\noutput:")
      let run = try sounder.run(["check", "job.yaml"], in: folder)
      #expect(run.status == 65)
      #expect(run.errorLines.count == 1)
      let failed = run.output.split(separator: "\n").filter { $0.hasPrefix("failed") }
      #expect(failed.count == 1)
      for word in ["'in_place' is a choice of mode hogwild", "distribution.mode=sync"] {
        #expect(failed.first?.contains(word) == true, "'\(word)' is not in\n\(run.output)")
      }
      try job.edit(
        "  trials: 5\n",
        "  trials: 5\n  forbid: [{distribution.mode: sync, distribution.exchange: in_place}]\n")
      #expect(try sounder.run(["check", "job.yaml"], in: folder).status == 0)
    }
  }

  @Test("a fold is trained on the other rows, and a checkpoint of another fold is refused")
  func folds() throws {
    try withTemporaryFolder { folder in
      let job = try SmallJob(in: folder)
      try job.edit(
        "validation: {file: data.h5, features: features, target: labels}",
        "validation: {fold: 1, folds: 4}")
      let fault = ["SOUNDER_FAULT": "rank=0,step=13"]
      // 90 of 120 rows are trained on: 9 steps an epoch.
      #expect(try sounder.run(["train", "job.yaml"], in: folder, environment: fault).status == 70)
      #expect(try sounder.run(["check", "job.yaml"], in: folder).status == 0)
      try job.edit("fold: 1", "fold: 2")
      let run = try sounder.run(["train", "job.yaml"], in: folder)
      #expect(run.status == 65, "\(run.status) \(run.errors)")
      #expect(run.errors.contains("data.validation.fold"), "\(run.errors)")
    }
  }

  @Test("a search of a command needs no data, and --seed is the study's")
  func command() throws {
    try withTemporaryFolder { folder in
      let text = """
        search:
          command: echo --dt {dt}
          parameters:
            dt: {search: float, low: 0, high: 1, step: 0.25}
          objective: {metric: error, direction: minimize}
        """
      try Data(text.utf8).write(to: folder.appendingPathComponent("solver.yaml"))
      let run = try sounder.run(["check", "solver.yaml", "--seed", "3"], in: folder)
      #expect(run.status == 0, "\(run.output) \(run.errors)")
      #expect(run.output.contains("1 parameter, 5 combinations, minimize error"), "\(run.output)")
      let train = try sounder.run(["train", "solver.yaml"], in: folder)
      #expect(train.status == 65 && train.errors.contains("sounder search"), "\(train.errors)")
    }
  }

  @Test("constraints that leave nothing are a failure, others a note")
  func constraints() throws {
    try withTemporaryFolder { folder in
      let job = try SmallJob.search(in: folder)
      try job.edit("  trials: 5\n", "  trials: 5\n  constraints: [parameters < 60]\n")
      let some = try sounder.run(["check", "job.yaml"], in: folder)
      #expect(some.status == 0 && some.output.contains("search.constraints"), "\(some.output)")
      try job.edit("parameters < 60", "parameters < 6")
      let none = try sounder.run(["check", "job.yaml"], in: folder)
      #expect(none.status == 65 && none.errors.contains("loosen"), "\(none.errors)")
    }
  }

  @Test("a training takes the defaults, and --set fixes what has none")
  func training() throws {
    try withTemporaryFolder { folder in
      let job = try SmallJob.search(in: folder)
      let run = try sounder.run(["train", "job.yaml"], in: folder)
      #expect(run.status == 0, "\(run.errors)")
      #expect(run.errors.contains("sounder search"), "\(run.errors)")
      try job.edit(", default: 10}", "}")
      let open = try sounder.run(["train", "job.yaml", "--overwrite"], in: folder)
      #expect(open.status == 65 && open.errors.contains("training.batch_size"), "\(open.errors)")
      let fixed = try sounder.run(
        [
          "train", "job.yaml", "--overwrite", "--fresh", "--set", "training.batch_size=20", "--set",
          "training.optimizer.adam.learning_rate=0.02",
        ], in: folder)
      #expect(fixed.status == 0, "\(fixed.errors)")
    }
  }
}

extension SmallJob {
  /// The same job with four searched values.
  static func search(in folder: URL) throws -> SmallJob {
    let job = try SmallJob(in: folder)
    try job.edit("units: 8", "units: {search: int, low: 4, high: 8, name: units, default: 8}")
    try job.edit(
      "    adam: {learning_rate: 0.05}",
      """
          search: categorical
          default: adam
          choices: [adam: {learning_rate: 0.05}, sgd: {learning_rate: {search: log-float, low: 1e-3, high: 1}}]
      """)
    try job.edit(
      "batch_size: 10", "batch_size: {search: log-int, low: 5, high: 40, default: 10}")
    try job.edit("output:", "search:\n  objective: val_accuracy\n  trials: 5\noutput:")
    return job
  }
}
