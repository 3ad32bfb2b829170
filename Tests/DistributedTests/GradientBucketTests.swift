import Configuration
import Foundation
import TestSupport
import Testing

/// Trainings in mode `sync` whose gradients go in several buckets.
@Suite("Synchronous training with gradient buckets", .serialized)
struct GradientBucketTests {
  /// 1545 trained parameters, 6 KiB.
  private static let layers = [
    "- dense: {units: 40, activation: relu}", "- batch_normalization", "- dropout: {rate: 0.2}",
  ]

  private static func bucket(_ size: String) -> String {
    "distribution.mode={sync: {bucket: \(size)}}"
  }

  // 1001 rows in batches of 32: the last step of an epoch has a part of a batch on one worker, and none on
  // another one.
  @Test("two workers end with the same bits, whatever the size of the buckets")
  func sizes() throws {
    try withTemporaryFolder { folder in
      let job = try CloudJob(in: folder, layers: Self.layers, rows: 1001)
      let runs = try job.trainAll(
        workers: 2, ["1 GiB", "3 KiB", "1 KiB"].map { [Self.bucket($0)] })
      for run in runs {
        #expect(run.hash == runs[0].hash)
        #expect(run.result["samples"]?.int == 6 * 1001)
        #expect(run.result["val_loss"] == runs[0].result["val_loss"])
      }
    }
  }

  @Test("three workers end with the same bits each time")
  func reproducible() throws {
    try withTemporaryFolder { folder in
      let job = try CloudJob(in: folder, layers: Self.layers, rows: 1001)
      let runs = try job.trainAll(
        workers: 3, [[Self.bucket("1 KiB")], [Self.bucket("1 KiB")], [Self.bucket("1 GiB")]])
      #expect(runs[0].hash == runs[1].hash)
      // Three numbers are added in another order: float rounding over 66 steps.
      for (a, b) in zip(runs[0].parameters, runs[2].parameters) { #expect(abs(a - b) < 1e-2) }
    }
  }

  @Test("a stop is heard by all in the same step, and the training goes on to the same bits")
  func stops() throws {
    try withTemporaryFolder { folder in
      let job = try CloudJob(in: folder, layers: Array(Self.layers.prefix(2)))
      let whole = try job.train(workers: 2, [Self.bucket("1 KiB")])
      try FileManager.default.removeItem(atPath: job.model)
      let stopped = try job.train(
        workers: 2, [Self.bucket("1 KiB")], fault: "rank=2,step=151,kind=signal", expecting: 75)
      let done = stopped.result["samples"]?.int ?? 0
      #expect(done > 3 * 3000 && done < 5 * 3000, "\(stopped.text)")
      let resumed = try job.train(workers: 2, [Self.bucket("2 KiB")])
      #expect(resumed.result["samples"]?.int == 6 * 3000 - done, "\(resumed.text)")
      #expect(resumed.hash == whole.hash)
    }
  }

  @Test(
    "a worker that throws or dies while buckets are on their way ends the job",
    arguments: [
      "throw", "kill",
    ])
  func fault(kind: String) throws {
    try withTemporaryFolder { folder in
      let job = try CloudJob(in: folder, layers: Self.layers)
      let run = try job.run(
        workers: 2, [Self.bucket("1 KiB")], fault: "rank=1,step=20,kind=\(kind)",
        timeoutSeconds: 30)
      #expect(!run.timedOut && run.status != 0, "\(run.errors)")
    }
  }
}
