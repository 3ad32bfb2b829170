import Configuration
import Foundation
import TestSupport
import Testing

/// Updates that would spoil the parameters, in every mode, on ranks.
@Suite("Updates that are refused", .serialized)
struct RefusalTests {
  @Test("a loss that is not finite spoils nothing, in any mode", arguments: modeNames)
  func loss(_ mode: String) throws {
    try withTemporaryFolder { folder in
      let job = try SpoiledJob(1, target: 3e38, in: folder)
      let run = try job.train(workers: 2, ["distribution.mode=\(mode)"])
      try expectHealthy(run, refused: SpoiledJob.epochCount)
      let text = run.text
      #expect(text.contains("refused an update: the loss is inf in epoch 1, rank "), "\(text)")
      #expect(text.contains("(row \(SpoiledJob.spoiled) of data.train, from 0)"), "\(text)")
    }
  }

  @Test("a gradient that overflows spoils nothing though the loss is finite", arguments: modeNames)
  func overflow(_ mode: String) throws {
    try withTemporaryFolder { folder in
      let job = try SpoiledJob(3e38, in: folder)
      let run = try job.train(workers: 2, ["distribution.mode=\(mode)"])
      try expectHealthy(run, refused: SpoiledJob.epochCount)
      // As it lies in memory, or as its factors say before it is computed.
      let words = ["is not finite", "too long for single precision"]
      #expect(run.text.contains("the gradient of layer 'dense'"), "\(run.text)")
      #expect(words.contains { run.text.contains($0) }, "\(run.text)")
    }
  }

  @Test("a gradient that explodes is refused unless told otherwise", arguments: [0, 2])
  func explosion(workers: Int) throws {
    try withTemporaryFolder { folder in
      let job = try SpoiledJob(1e8, in: folder)
      let run = try job.train(workers: workers)
      try expectHealthy(run, refused: SpoiledJob.epochCount)
      #expect(run.text.contains("times the mean"), "\(run.text)")
      // At a second visit of the row its gradient would be too long in any case.
      let free = try job.train(workers: workers, ["training.refuse_beyond=0", "training.epochs=1"])
      #expect(free.result["refused"] == 0)
      #expect(abs(free.parameters[1]) > 1, "\(free.text)")
    }
  }

  @Test("only the first refusals of a rank are told one by one, and all are counted")
  func count() throws {
    try withTemporaryFolder { folder in
      let job = try SpoiledJob(1, target: 3e38, in: folder)
      let run = try job.train(workers: 0, ["training.epochs=9"])
      #expect(run.result["refused"] == 9)
      #expect(run.text.components(separatedBy: "refused an update").count - 1 == 5, "\(run.text)")
    }
  }

  @Test("a training that cannot learn any more is ended", arguments: [0, 2])
  func diverged(workers: Int) throws {
    try withTemporaryFolder { folder in
      let job = try SpoiledJob(0, in: folder)
      let rate = "training.optimizer={sgd: {learning_rate: 1e30}}"
      let run = try job.run(workers: workers, [rate, "training.refuse_beyond=0"])
      #expect(run.status == 65, "\(run.status) \(run.errors)")
      #expect(run.errors.contains("training diverged"), "\(run.errors)")
      #expect(run.errors.contains("updates in a row"), "\(run.errors)")
    }
  }

  /// The second weight belongs to the spoiled row alone.
  private func expectHealthy(_ run: TrainedRun, refused: Int) throws {
    #expect(run.result["refused"]?.int == refused, "\(run.text)")
    #expect(run.result["epochs"]?.int == SpoiledJob.epochCount)
    #expect(run.parameters.count == 2 && run.parameters[1] == 0, "\(run.text)")
    #expect(abs(run.parameters[0] - 1) < 0.2, "\(run.text)")
  }
}

/// Rows (1, 0) with the target 1, and one of (0, something), on which the outputs do not depend while its
/// weight is 0; its target is another one.
private struct SpoiledJob: ProbedJob {
  static let rowCount = 240
  static let spoiled = 77
  static let epochCount = 3
  let folder: URL

  init(_ value: Float, target: Float = 1, in folder: URL) throws {
    self.folder = folder
    let rows = 0..<Self.rowCount
    try writeLinear(
      features: rows.flatMap { $0 == Self.spoiled ? [0, value] : [1, 0] },
      targets: rows.map { $0 == Self.spoiled ? target : 1 }, rate: 0.02,
      more: "epochs: \(Self.epochCount)")
  }
}
