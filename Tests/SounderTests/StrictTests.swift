import Configuration
import Foundation
import TestSupport
import Testing

/// What `sounder train` says of updates that it refuses.
@Suite("Refused updates on the command line", .serialized)
struct StrictTests {
  private let sounder = Program()

  /// Row 50 has a feature that makes any loss or gradient overflow.
  private func spoil(_ job: SmallJob) throws {
    try job.writeData("spoiled.h5") { features, _ in features[50 * 4] = 3e38 }
    try job.edit("train: {file: data.h5", "train: {file: spoiled.h5")
    try job.edit("units: 8, activation: tanh", "units: 8")
  }

  @Test("the run goes on and tells of each, with --json as an object", arguments: [nil, 3])
  func told(ranks: Int?) throws {
    try withTemporaryFolder { folder in
      let job = try SmallJob(in: folder)
      try spoil(job)
      let launch = ranks.map { ["--ranks", "\($0)"] } ?? []
      let run = try sounder.run(["train", "job.yaml", "--json"] + launch, in: folder)
      #expect(run.status == 0, "\(run.errors)")
      let events = try run.output.split(separator: "\n").map { try Value(json: String($0)) }
      let refused = events.filter { $0["event"] == "refused" }
      // An epoch whose weights are certain of the row's class has a loss of 0, and no gradient.
      #expect((1...3).contains(refused.count), "\(run.output)")
      for event in refused {
        #expect((1...3).contains(event["epoch"]?.int ?? 0) && event["rows"] == 10, "\(event.json)")
        #expect(event["rank"]?.int ?? -1 >= (ranks == nil ? 0 : 1))
        let rows = (event["first_row"]?.int ?? 0, event["last_row"]?.int ?? 0)
        #expect(rows.0 <= 50 && rows.1 >= 50 && rows.1 < SmallJob.rowCount)
      }
      #expect(events.last?["refused_updates"]?.int == refused.count)
      #expect(run.errors.contains("refused an update: the "), "\(run.errors)")
      #expect(
        run.errors.contains(
          "\(refused.count) update\(refused.count == 1 ? " was" : "s were") refused"),
        "\(run.errors)")
      #expect((events.last?["val_accuracy"]?.number ?? 0) > 0.9, "\(run.output)")
    }
  }

  @Test("with --strict the first one ends the training", arguments: [nil, 3])
  func strict(ranks: Int?) throws {
    try withTemporaryFolder { folder in
      let job = try SmallJob(in: folder)
      try spoil(job)
      let launch = ranks.map { ["--ranks", "\($0)"] } ?? []
      let run = try sounder.run(["train", "job.yaml", "--strict"] + launch, in: folder)
      #expect(run.status == 65, "\(run.status) \(run.errors)")
      #expect(run.errors.contains(" in epoch "), "\(run.errors)")
      #expect(run.errors.contains("training diverged"), "\(run.errors)")
      #expect(!job.files.contains("model.h5"))
    }
  }

  @Test("check and train refuse a limit that would refuse everything")
  func limit() throws {
    try withTemporaryFolder { folder in
      let job = try SmallJob(in: folder)
      try job.edit("  batch_size: 10", "  refuse_beyond: 1.5\n  batch_size: 10")
      for command in ["check", "train"] {
        let run = try sounder.run([command, "job.yaml"], in: folder)
        #expect(run.status == 65 && run.errors.contains("refuse_beyond"), "\(run.errors)")
      }
    }
  }
}
