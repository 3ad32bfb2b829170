import Configuration
import Foundation
import TestSupport
import Testing

@Suite("Validation inside an epoch", .serialized)
struct PartialEpochTests {
  @Test(
    "it changes neither the parameters nor the rows, with and without a server",
    arguments: [0, 1])
  func sameTraining(workers: Int) throws {
    try withTemporaryFolder { folder in
      let job = try CloudJob(in: folder, layers: ["- dropout: {rate: 0.2}"])
      let plain = try job.train(workers: workers, ["training.epochs=2"])
      let parts = try job.train(
        workers: workers, ["training.epochs=2", "training.validations_per_epoch=4"])
      #expect(parts.hash == plain.hash)
      #expect(parts.result["loss"] == plain.result["loss"])
      #expect(parts.result["val_accuracy"] == plain.result["val_accuracy"])
      #expect(plain.steps == [1, 2])
      #expect(parts.steps == Array(1...8))
      #expect(parts.result["epochs"] == 2, "the history has whole epochs only")
    }
  }

  @Test(
    "every row is visited once in an epoch, also with more parts than batches",
    arguments: [0, 1, 2, 3, 5], [1, 3, 101])
  func visits(workers: Int, rows: Int) throws {
    try withTemporaryFolder { folder in
      let job = try VisitJob(rows: rows, in: folder)
      for mode in ["locked", "sync"] {
        let run = try job.train(
          workers: workers, ["training.validations_per_epoch=4", "distribution.mode=\(mode)"])
        if mode == "locked" { #expect(run.visits == [Int](repeating: 1, count: rows)) }
        #expect(run.result["samples"]?.int == rows)
        #expect(run.steps.last == 4, "\(run.steps)")
        if rows == 101 { #expect(run.steps == [1, 2, 3, 4]) }
        #expect(run.steps == run.steps.sorted() && Set(run.steps).count == run.steps.count)
      }
    }
  }

  @Test(
    "a verdict stops all ranks inside an epoch, which goes on there, on any number of ranks",
    arguments: [(0, 0), (1, 1), (2, 2), (2, 3), (3, 1)])
  func stoppedInside(before: Int, after: Int) throws {
    try withTemporaryFolder { folder in
      let job = try VisitJob(rows: 101, in: folder)
      let settings = ["training.validations_per_epoch=4", "training.epochs=2"]
      let stopped = try job.train(workers: before, settings, lastStep: 6, expecting: 75)
      #expect(stopped.result["outcome"] == "stopped_early")
      #expect(stopped.steps == Array(1...6))
      let done = (stopped.result["samples"]?.int ?? 0) - 101
      // Half of the second epoch, and each worker at the end of a batch of one row.
      #expect((50...50 + max(1, before)).contains(done), "\(done) rows")
      let resumed = try job.train(workers: after, settings)
      #expect(resumed.visits == [Int](repeating: 2, count: 101), "\(resumed.text)")
      #expect(resumed.steps == [7, 8])
    }
  }

  @Test("one worker that was stopped inside an epoch ends with the same bits")
  func resumedBits() throws {
    try withTemporaryFolder { folder in
      let job = try CloudJob(in: folder, layers: ["- dropout: {rate: 0.2}"])
      let settings = ["training.epochs=2", "training.validations_per_epoch=3"]
      let whole = try job.train(workers: 0, settings)
      _ = try job.train(workers: 0, settings, lastStep: 2, expecting: 75)
      let resumed = try job.train(workers: 0, settings)
      #expect(resumed.hash == whole.hash)
      #expect(resumed.result["loss"] == whole.result["loss"])
      #expect(resumed.steps == [3, 4, 5, 6])
    }
  }
}
