import Configuration
import Foundation
import TestSupport
import Testing

@Suite("Rows of an epoch", .serialized)
struct RowOrderTests {
  @Test(
    "rows that are dealt anew are each visited once in every epoch", arguments: [0, 1, 2, 3, 5])
  func redealt(workers: Int) throws {
    try withTemporaryFolder { folder in
      let job = try VisitJob(rows: 101, in: folder)
      let run = try job.train(workers: workers, ["training.epochs=4", "data.redeal=1"])
      #expect(run.visits == [Int](repeating: 4, count: 101), "\(run.text)")
    }
  }

  @Test(
    "an epoch of rows that were dealt anew goes on where it was, on any number of ranks",
    arguments: [(2, 2), (2, 3), (3, 1), (0, 2)])
  func redealtResumes(before: Int, after: Int) throws {
    try withTemporaryFolder { folder in
      let job = try VisitJob(rows: 101, in: folder)
      let settings = [
        "training.epochs=4", "data.redeal=1", "training.validations_per_epoch=4",
      ]
      _ = try job.train(workers: before, settings, lastStep: 10, expecting: 75)
      let resumed = try job.train(workers: after, settings)
      #expect(resumed.visits == [Int](repeating: 4, count: 101), "\(resumed.text)")
      #expect(resumed.steps.first == 11)
    }
  }

  @Test("the first deal is in file order, and another one gives workers other rows")
  func redealtOrder() throws {
    try withTemporaryFolder { folder in
      let job = try CloudJob(in: folder)
      let base = ["distribution.mode=sync", "training.epochs=3"]
      let runs = try job.trainAll(
        workers: 2,
        [base, base + ["data.redeal=1"], base + ["data.redeal=3"], base + ["data.redeal=1"]])
      #expect(runs[1].hash != runs[0].hash)
      #expect(runs[2].hash == runs[0].hash, "three epochs end before the second deal")
      #expect(runs[3].hash == runs[1].hash)
      let alone = try job.trainAll(
        workers: 0, [["training.epochs=3"], ["training.epochs=3", "data.redeal=1"]])
      #expect(alone[0].hash == alone[1].hash, "one worker has all rows")
      // How rows are dealt may change between a run and its resumption.
      _ = try job.train(workers: 2, base + ["data.redeal=1"], lastStep: 2, expecting: 75)
      let resumed = try job.train(workers: 2, base)
      #expect(resumed.result["epochs"] == 3 && resumed.text.contains("resuming"))
    }
  }

  @Test("rows in file order are each visited once an epoch, and a stopped epoch goes on")
  func unshuffled() throws {
    try withTemporaryFolder { folder in
      let job = try VisitJob(rows: 101, in: folder)
      let settings = [
        "training.epochs=3", "training.shuffle=false", "training.validations_per_epoch=4",
      ]
      _ = try job.train(workers: 2, settings, lastStep: 6, expecting: 75)
      let resumed = try job.train(workers: 3, settings)
      #expect(resumed.visits == [Int](repeating: 3, count: 101), "\(resumed.text)")
    }
    try withTemporaryFolder { folder in
      let job = try CloudJob(in: folder)
      let shuffled = try job.train(workers: 0, ["training.epochs=2"])
      let ordered = try job.train(workers: 0, ["training.epochs=2", "training.shuffle=false"])
      #expect(shuffled.hash != ordered.hash)
      let drawn = try job.run(
        workers: 0, ["training.shuffle=false", "training.steps_per_epoch=4"])
      #expect(drawn.status == 64 || drawn.status == 65)
      #expect(drawn.errors.contains("draws its batches at random"), "\(drawn.errors)")
    }
  }

  @Test("each worker draws the batches that were asked for", arguments: [0, 1, 2, 3, 5])
  func drawn(workers: Int) throws {
    try withTemporaryFolder { folder in
      let job = try VisitJob(rows: 101, in: folder)
      let run = try job.train(
        workers: workers,
        ["training.epochs=2", "training.steps_per_epoch=30", "training.validations_per_epoch=3"])
      let count = 2 * 30 * max(1, workers)
      #expect(run.result["samples"]?.int == count, "\(run.text)")
      #expect(run.visits.reduce(0, +) == count)
      // Slices of five workers have 20 rows: 30 batches are one and a half laps.
      #expect((run.visits.max() ?? 0) <= (workers == 5 ? 4 : 2), "\(run.visits)")
      #expect(run.steps == Array(1...6))
    }
  }

  @Test(
    "one worker that was stopped inside an epoch of drawn batches ends with the same bits",
    arguments: [0, 1])
  func drawnBits(workers: Int) throws {
    try withTemporaryFolder { folder in
      let job = try CloudJob(in: folder, layers: ["- dropout: {rate: 0.2}"])
      // 93 batches of 32 in a lap: the epoch begins a second one.
      let settings = ["training.epochs=3", "training.steps_per_epoch=120"]
      let whole = try job.train(workers: workers, settings)
      #expect(whole.result["samples"]?.int == 3 * 120 * 32)
      _ = try job.train(
        workers: workers, settings, fault: "rank=\(workers),step=230,kind=signal", expecting: 75)
      let resumed = try job.train(workers: workers, settings)
      #expect(resumed.hash == whole.hash)
      #expect(resumed.result["loss"] == whole.result["loss"])
      let parts = try job.train(
        workers: workers, settings + ["training.validations_per_epoch=4"])
      #expect(parts.hash == whole.hash)
    }
  }

  @Test(
    "batches that are left are drawn on other numbers of ranks",
    arguments: [(2, 3), (3, 1), (0, 2)])
  func drawnResumes(before: Int, after: Int) throws {
    try withTemporaryFolder { folder in
      let job = try VisitJob(rows: 101, in: folder)
      let settings = ["training.steps_per_epoch=30"]
      let stopped = try job.train(
        workers: before, settings, fault: "rank=\(before),step=6,kind=signal", expecting: 75)
      let done = stopped.result["samples"]?.int ?? 0
      let resumed = try job.train(workers: after, settings)
      let all = 30 * max(1, before)
      #expect(resumed.result["samples"]?.int == all - done, "\(done): \(resumed.text)")
      #expect(resumed.visits.reduce(0, +) == all)
      #expect(resumed.visits.max() == 1, "\(resumed.visits)")
    }
  }

  @Test("a schedule over the whole training counts the batches that are drawn")
  func drawnSchedule() throws {
    try withTemporaryFolder { folder in
      let job = try VisitJob(rows: 100, in: folder)
      let rate =
        "training.optimizer={sgd: {learning_rate: {cosine_decay: "
        + "{initial_learning_rate: 0.25}}}}"
      // k visits at rates r take a weight from 0 to 1 - product of (1 - 2 r): the sum of the logarithms
      // over all rows tells the rates of all steps, in whatever order.
      func sum(_ settings: [String]) throws -> Double {
        let run = try job.train(workers: 1, [rate] + settings)
        return run.parameters.map { log(1 - $0) }.reduce(0, +)
      }
      let plain = try sum(["training.epochs=1"])
      let drawn = try sum(["training.epochs=2", "training.steps_per_epoch=50"])
      // Float rounding of 100 weights.
      #expect(abs(plain - drawn) < 1e-4, "\(plain) \(drawn)")
    }
  }

  @Test("the number of batches of an epoch is part of what a checkpoint means")
  func drawnIdentity() throws {
    try withTemporaryFolder { folder in
      let job = try VisitJob(rows: 20, in: folder)
      let settings = ["training.epochs=2", "training.steps_per_epoch=3"]
      _ = try job.train(workers: 0, settings, lastStep: 1, expecting: 75)
      let run = try job.run(workers: 0, ["training.epochs=2"])
      #expect(run.status == 65, "\(run.errors)")
      #expect(run.errors.contains("training.steps_per_epoch"), "\(run.errors)")
    }
  }

  @Test("a whole slice is one step of each worker", arguments: [0, 1, 2, 3, 5])
  func wholeSlice(workers: Int) throws {
    try withTemporaryFolder { folder in
      let job = try VisitJob(rows: 101, in: folder)
      let run = try job.train(workers: workers, ["training.batch_size=-1"])
      let count = max(1, workers)
      #expect(run.result["samples"]?.int == 101)
      #expect(run.result["staleness_updates"]?.int == count, "\(run.text)")
      // One step over n rows takes a weight from 0 to 2 rate / n.
      let slices = [101 / count, 101 / count + 1].map { 2 * VisitJob.rate / Double($0) }
      for weight in run.parameters {
        #expect(slices.contains { abs($0 - weight) < 1e-6 }, "\(weight) \(slices)")
      }
    }
  }

  @Test("synchronous workers with their whole slices make the step of one worker with all rows")
  func wholeSliceMean() throws {
    try withTemporaryFolder { folder in
      let job = try CloudJob(in: folder)
      let settings = [
        "training.batch_size=-1", "training.optimizer={sgd: {learning_rate: 0.5}}",
        "training.epochs=3", "distribution.mode=sync",
      ]
      let alone = try job.train(workers: 0, settings)
      let together = try job.train(workers: 3, settings + ["data.redeal=1"])
      #expect(alone.parameters.count == together.parameters.count)
      for (a, b) in zip(alone.parameters, together.parameters) {
        // The sums over rows are taken in another order: float rounding.
        #expect(abs(a - b) < 1e-4, "\(a) \(b)")
      }
    }
  }

  @Test(
    "whole slices go on with the workers that there are, behind an epoch and inside one",
    arguments: [(2, 3), (3, 1), (0, 2), (2, 2)])
  func wholeSliceResumes(before: Int, after: Int) throws {
    try withTemporaryFolder { folder in
      let job = try VisitJob(rows: 101, in: folder)
      let settings = [
        "training.batch_size=-1", "training.epochs=3", "training.steps_per_epoch=4",
        "data.redeal=1",
        "training.validations_per_epoch=2",
      ]
      // A stop behind the first epoch, and one in the middle of the second.
      for (lastStep, rows) in [(2, 404), (3, 202)] {
        let stopped = try job.train(
          workers: before, settings, lastStep: lastStep, expecting: 75)
        #expect(stopped.result["samples"]?.int == rows, "\(stopped.text)")
      }
      let resumed = try job.train(workers: after, settings)
      #expect(resumed.result["samples"]?.int == 202 + 404, "\(resumed.text)")
      #expect(resumed.result["epochs"] == 3)
    }
  }

  @Test("whole slices are drawn, too: each epoch has as many steps as it is asked for")
  func wholeSliceDrawn() throws {
    try withTemporaryFolder { folder in
      let job = try VisitJob(rows: 101, in: folder)
      let run = try job.train(
        workers: 2, ["training.batch_size=-1", "training.steps_per_epoch=3"])
      #expect(run.result["samples"]?.int == 303, "\(run.text)")
      #expect(run.result["staleness_updates"]?.int == 6, "\(run.text)")
    }
  }
}
