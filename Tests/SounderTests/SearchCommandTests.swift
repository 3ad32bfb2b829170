import Configuration
import Foundation
import HDF5
import TestSupport
import Testing

/// `sounder search` as a user runs it, on rank groups.
@Suite("A search on rank groups", .serialized)
struct SearchCommandTests {
  private let sounder = Program()

  /// A job whose data are three clouds of points, with two searched values.
  private func job(in folder: URL, _ search: String = "trials: 6", epochs: Int = 3) throws {
    try File.replace(folder.appendingPathComponent("data.h5").path) { file in
      let root = try file.root()
      var points: [Float] = []
      for row in 0..<900 {
        let angle = Float(row) * 2.399963
        let centre = Float(row % 3) * 2.0944
        let radius = Float(row % 97) / 97
        points += [2 * cos(centre) + radius * cos(angle), 2 * sin(centre) + radius * sin(angle)]
      }
      try root.createDataset("points", shape: [900, 2], of: Float.self).write(points)
      try root.createDataset("labels", shape: [900], of: UInt8.self)
        .write((0..<900).map { UInt8($0 % 3) })
    }
    try """
    data:
      train: {file: data.h5, features: points, target: labels}
      validation: {fraction: 0.3}
    network:
      layers:
        - dense: {units: {search: int, low: 2, high: 16, default: 4, name: width}, activation: relu}
        - dense: {units: 3, activation: softmax}
    training:
      loss: sparse_categorical_crossentropy
      optimizer: {adam: {learning_rate: {search: log-float, low: 1e-4, high: 0.1, default: 1e-3, name: rate}}}
      metrics: [accuracy]
      batch_size: 32
      epochs: \(epochs)
    output: {model: best.h5}
    search:
      objective: val_accuracy
      pruner: none
      \(search)
    """.write(
      to: folder.appendingPathComponent("job.yaml"), atomically: true, encoding: .utf8)
  }

  @Test(
    "ends with model, journal, table and report, and replays bit for bit",
    arguments: [nil, 2, 3, 5]
  )
  func whole(ranks: Int?) throws {
    try withTemporaryFolder { folder in
      try job(in: folder, ranks == 5 ? "trials: 6\n  ranks_per_trial: 2" : "trials: 6")
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

  @Test("a rank that fails in the middle of a group costs that trial, and no rank hangs")
  func failure() throws {
    try withTemporaryFolder { folder in
      try job(in: folder, "trials: 6\n  ranks_per_trial: 3\n  retries: 0")
      let run = try sounder.run(
        ["search", "job.yaml"], ranks: 4, in: folder,
        environment: ["SOUNDER_FAULT": "rank=2,step=4"])
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
      try job(in: folder, "trials: 3\n  folds: 3")
      let run = try sounder.run(["search", "job.yaml", "--json"], ranks: 3, in: folder)
      try #require(run.status == 0, "\(run.errors)")
      let last = try Value(json: run.output.split(separator: "\n").last.map(String.init) ?? "")
      #expect(last["complete"]?.int == 3)
      #expect(last["model"] == "best.h5")
    }
  }
}
