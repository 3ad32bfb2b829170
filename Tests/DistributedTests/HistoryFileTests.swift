import Configuration
import Foundation
import TestSupport
import Testing

@Suite("History files", .serialized)
struct HistoryFileTests {
  private func settings(_ folder: URL) -> [String] {
    [
      "output.history_csv=\(folder.path)/epochs.csv",
      "output.history_json=\(folder.path)/epochs.json",
    ]
  }

  private func lines(_ folder: URL) throws -> [[String]] {
    try String(contentsOf: folder.appendingPathComponent("epochs.csv"), encoding: .utf8)
      .split(separator: "\n").map { $0.split(separator: ",").map(String.init) }
  }

  private func objects(_ folder: URL) throws -> [Value] {
    let text = try String(
      contentsOf: folder.appendingPathComponent("epochs.json"), encoding: .utf8)
    guard case .list(let items) = try Value(json: text).kind else { return [] }
    return items
  }

  @Test("have one line for each epoch, as the report has them", arguments: [0, 1, 2])
  func whole(workers: Int) throws {
    try withTemporaryFolder { folder in
      let job = try CloudJob(in: folder)
      let run = try job.train(workers: workers, settings(folder))
      let lines = try lines(folder)
      #expect(
        lines.first == [
          "epoch", "seconds", "samples_per_second", "loss", "accuracy", "val_loss", "val_accuracy",
        ])
      #expect(lines.dropFirst().map { $0[0] } == (1...6).map(String.init))
      #expect(lines.dropFirst().map { Double($0[5]) } == run.losses)
      let objects = try objects(folder)
      #expect(objects.map { $0["epoch"]?.int } == [1, 2, 3, 4, 5, 6])
      #expect(objects.compactMap { $0["val_loss"]?.number } == run.losses)
      #expect(objects.last?["val_accuracy"] == run.result["val_accuracy"])
    }
  }

  @Test("of a killed and resumed training have no epoch twice", arguments: [0, 1, 2])
  func resumed(workers: Int) throws {
    try withTemporaryFolder { folder in
      let job = try CloudJob(in: folder)
      let killed = try job.run(
        workers: workers, settings(folder),
        fault: "rank=\(workers),step=\(250 / max(1, workers)),kind=kill")
      #expect(killed.status != 0)
      let before = try lines(folder).count - 1
      #expect(before >= 1 && before < 6, "\(before) epochs before it was killed")
      let run = try job.train(workers: workers, settings(folder))
      #expect(try lines(folder).dropFirst().map { $0[0] } == (1...6).map(String.init))
      #expect(try objects(folder).count == 6)
      #expect(try lines(folder).dropFirst().map { Double($0[5]) } == run.losses)
    }
  }

  @Test("are no input, and no other output")
  func distinct() throws {
    try withTemporaryFolder { folder in
      let job = try CloudJob(in: folder)
      for name in ["data.h5", "model.h5", "model.checkpoint.h5", "job.yaml"] {
        let run = try job.run(workers: 0, ["output.history_csv=\(folder.path)/\(name)"])
        #expect(run.status == 65, "\(name): \(run.errors)")
        #expect(
          run.errorLines.first?.contains("output.history_csv") == true
            || run.errorLines.first?.contains("same file") == true, "\(run.errors)")
      }
    }
  }
}
