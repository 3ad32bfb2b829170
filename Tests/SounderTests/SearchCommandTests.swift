import Configuration
import Foundation
import TestSupport
import Testing

/// `sounder search` as a user runs it, on rank groups.
@Suite("A search on rank groups", .serialized)
struct SearchCommandTests {
  private let sounder = Program()

  private func job(in folder: URL, _ search: String = "trials: 6", epochs: Int = 3) throws {
    _ = try CloudSearch(in: folder, search, epochs: "\(epochs)")
  }

  @Test(
    "ends with model, journal, table and report, and replays bit for bit",
    arguments: [nil, 2, 3, 5]
  )
  func whole(ranks: Int?) throws {
    try withTemporaryFolder { folder in
      try job(in: folder, ranks == 5 ? "trials: 6\nranks_per_trial: 2" : "trials: 6")
      let run = try sounder.run(["search", "job.yaml", "--json"], ranks: ranks, in: folder)
      try #require(run.status == 0, "\(run.errors)")
      let last = try Value(json: run.output.split(separator: "\n").last.map(String.init) ?? "")
      #expect(last["complete"]?.int == 6)
      #expect(last["model"] == "best.h5")
      for name in ["best.h5", "best.study.log", "best.trials.csv", "best.report.html"] {
        #expect(FileManager.default.fileExists(atPath: folder.appendingPathComponent(name).path))
      }
      let table = try String(
        contentsOf: folder.appendingPathComponent("best.trials.csv"), encoding: .utf8)
      #expect(table.split(whereSeparator: \.isNewline).count == 7)
      let replay = try sounder.run(["search", "--replay", "best.study.log"], in: folder)
      #expect(replay.status == 0, "\(replay.errors)")
      #expect(replay.output.contains("5 proposals came out the same"))
      let model = try sounder.run(
        ["evaluate", "best.h5", "data.h5", "--features", "points", "--target", "labels"],
        in: folder)
      #expect(model.status == 0, "\(model.errors)")
    }
  }

  @Test("the same command again changes nothing, and --add-trials goes on")
  func again() throws {
    try withTemporaryFolder { folder in
      try job(in: folder)
      for (arguments, count) in [([], 6), ([], 6), (["--add-trials", "2"], 8), ([], 8)] {
        let run = try sounder.run(
          ["search", "job.yaml", "--json"] + arguments, ranks: 3, in: folder)
        try #require(run.status == 0, "\(run.errors)")
        let last = try Value(json: run.output.split(separator: "\n").last.map(String.init) ?? "")
        #expect(last["complete"]?.int == count)
      }
    }
  }

  // Synchronous workers wait for the one that fails, with buckets on their way.
  @Test(
    "a rank that fails in the middle of a group costs that trial, and no rank hangs",
    arguments: ["hogwild", "{sync: {bucket: 1 KiB}}"])
  func failure(mode: String) throws {
    try withTemporaryFolder { folder in
      _ = try CloudSearch(
        in: folder, "trials: 3\nranks_per_trial: 3\nretries: 0", width: "200")
      let run = try sounder.run(
        ["search", "job.yaml", "--set", "distribution.mode=\(mode)"], ranks: 4, in: folder,
        environment: ["SOUNDER_FAULT": "rank=2,step=4"], timeoutSeconds: 120)
      #expect(!run.timedOut)
      #expect(run.status == 65)
      #expect(run.errorLines.count == 1, "\(run.errors)")
      #expect(run.errors.contains("rank 2 of its group"))
      let journal = try String(
        contentsOf: folder.appendingPathComponent("best.study.log"), encoding: .utf8)
      #expect(journal.contains("SOUNDER_FAULT"))
    }
  }

  @Test("a job that differs from the journal's is refused, and nothing is changed")
  func otherStudy() throws {
    try withTemporaryFolder { folder in
      try job(in: folder)
      #expect(try sounder.run(["search", "job.yaml"], in: folder).status == 0)
      let journal = folder.appendingPathComponent("best.study.log")
      let before = try Data(contentsOf: journal)
      let run = try sounder.run(
        ["search", "job.yaml", "--set", "training.epochs=5"], in: folder)
      #expect(run.status == 65)
      #expect(run.errorLines.first?.contains("epochs") == true, "\(run.errors)")
      #expect(try Data(contentsOf: journal) == before)
    }
  }

  @Test("folds and repeats: the winner is trained on all data")
  func folds() throws {
    try withTemporaryFolder { folder in
      try job(in: folder, "trials: 3\nfolds: 3")
      let run = try sounder.run(["search", "job.yaml", "--json"], ranks: 3, in: folder)
      try #require(run.status == 0, "\(run.errors)")
      let last = try Value(json: run.output.split(separator: "\n").last.map(String.init) ?? "")
      #expect(last["complete"]?.int == 3)
      #expect(last["model"] == "best.h5")
    }
  }
}
