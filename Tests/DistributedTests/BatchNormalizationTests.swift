import Configuration
import Foundation
import TestSupport
import Testing

/// Moving averages that workers share.
@Suite("Batch normalization on ranks", .serialized)
struct BatchNormalizationTests {
  // The job standardizes its points: mean 0, variance 1. An average with momentum 0.9 over batches of
  // 32 looks back on about 600 rows: its mean is off by 0.04, its variance by 4 %; four times that is
  // allowed.
  @Test(
    "The moving mean and variance are those of the data, with any number of workers",
    arguments: [(0, "hogwild"), (1, "hogwild")] + modeNames.map { (3, $0) })
  func moments(_ workers: Int, _ mode: String) throws {
    try withTemporaryFolder { folder in
      let job = try CloudJob(in: folder)
      let run = try job.train(
        workers: workers,
        [
          "network.layers=[{batch_normalization: {momentum: 0.9}}, {dense: {units: 16, activation: "
            + "relu}}, {dense: {units: 3, activation: softmax}}]",
          "distribution.mode=\(mode)", "distribution.timeout=60",
          "training.optimizer={adam: {learning_rate: 0.01}}",
        ])
      let averages = run.parameters.suffix(4)
      for mean in averages.prefix(2) { #expect(abs(mean) < 0.16, "\(averages)") }
      for variance in averages.suffix(2) {
        #expect(abs(variance - 1) < 0.16, "\(averages)")
      }
      #expect((run.result["val_accuracy"]?.number ?? 0) > 0.9, "\(run.text)")
    }
  }

  @Test("A resumed training has the averages of the whole one, to the bit")
  func resumes() throws {
    try withTemporaryFolder { folder in
      let job = try CloudJob(in: folder)
      let settings = [
        "network.layers=[{dense: {units: 8, activation: relu}}, batch_normalization, {dense: {units: "
          + "3, activation: softmax}}]", "training.optimizer=adam",
      ]
      let whole = try job.train(workers: 0, settings)
      try FileManager.default.removeItem(atPath: job.model)
      _ = try job.train(
        workers: 0, settings, fault: "rank=0,step=333,kind=signal", expecting: 75)
      #expect(try job.train(workers: 0, settings).hash == whole.hash)
    }
  }

  @Test("A class whose weight is 0 is not learned, and one of weight 1 is as without weights")
  func classWeights() throws {
    try withTemporaryFolder { folder in
      let job = try CloudJob(in: folder)
      let plain = try job.train(workers: 0, [])
      try FileManager.default.removeItem(atPath: job.model)
      let same = try job.train(workers: 0, ["training.class_weight={0: 1, 2: 1}"])
      #expect(same.result["val_accuracy"] == plain.result["val_accuracy"])
      try FileManager.default.removeItem(atPath: job.model)
      let without = try job.train(workers: 0, ["training.class_weight={1: 0}"])
      // A third of the points are of class 1, and nearly all of them are taken for others.
      #expect((without.result["val_accuracy"]?.number ?? 1) < 0.75, "\(without.text)")
    }
  }
}
