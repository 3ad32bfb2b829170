import Configuration
import Foundation
import HDF5
import TestSupport
import Testing

@Suite("Weights of rows", .serialized)
struct SampleWeightTests {
  /// Adds a data set to the job's data: for each of its 3000 rows a number, or several equal ones.
  private func add(
    _ name: String, to folder: URL, rowCount: Int = 3000, width: Int? = nil,
    _ weight: (Int) -> Float
  ) throws {
    let file = try File(
      opening: folder.appendingPathComponent("data.h5").path, access: .readWrite)
    try file.root()
      .createDataset(name, shape: [rowCount] + (width.map { [$0] } ?? []), of: Float.self)
      .write((0..<rowCount).flatMap { [Float](repeating: weight($0), count: width ?? 1) })
    try file.flush()
  }

  private let weighted = "data.train.weights=w"

  @Test("of 1 change nothing, and a row of weight 0 is not there", arguments: [0, 2])
  func zero(workers: Int) throws {
    try withTemporaryFolder { folder in
      let job = try CloudJob(in: folder)
      try add("w", to: folder) { _ in 1 }
      let settings = ["distribution.mode=sync", "training.epochs=3"]
      let plain = try job.train(workers: workers, settings)
      #expect(try job.train(workers: workers, settings + [weighted]).hash == plain.hash)
      // Class 1 has no weight: it is not learned.
      try add("none", to: folder) { $0 % 3 == 1 ? 0 : 1 }
      let without = try job.train(workers: workers, settings + ["data.train.weights=none"])
      #expect((without.result["val_accuracy"]?.number ?? 1) < 0.75, "\(without.text)")
    }
  }

  @Test(
    "train as the weights of classes do, to the bit, in every mode",
    arguments: [
      "hogwild", "locked", "sync",
    ])
  func classes(mode: String) throws {
    try withTemporaryFolder { folder in
      let job = try CloudJob(in: folder)
      try add("w", to: folder) { $0 % 3 == 1 ? 2.5 : 1 }
      let settings = ["distribution.mode=\(mode)"]
      let rows = try job.train(workers: 1, settings + [weighted])
      let classes = try job.train(workers: 1, settings + ["training.class_weight={1: 2.5}"])
      #expect(rows.hash == classes.hash)
      let plain = try job.train(workers: 1, settings)
      #expect(rows.hash != plain.hash)
    }
  }

  @Test("are read with their rows, whatever the order: a resumed training is the whole one")
  func resumed() throws {
    try withTemporaryFolder { folder in
      let job = try CloudJob(in: folder)
      try add("w", to: folder) { Float($0 % 7) / 3 }
      let whole = try job.train(workers: 0, [weighted])
      _ = try job.train(
        workers: 0, [weighted], fault: "rank=0,step=333,kind=signal", expecting: 75)
      #expect(try job.train(workers: 0, [weighted]).hash == whole.hash)
      // A file that windows cut into pieces: the same rows, the same weights.
      let small = try job.train(workers: 0, [weighted, "data.memory=1MiB"])
      #expect(small.result["samples"] == whole.result["samples"])
    }
  }

  @Test("of validation rows weigh val_loss, not the other figures", arguments: [0, 1, 2])
  func validation(workers: Int) throws {
    try withTemporaryFolder { folder in
      let job = try CloudJob(in: folder)
      try add("half", to: folder) { _ in 0.5 }
      let settings = ["training.epochs=2", "distribution.mode=sync"]
      let plain = try job.train(workers: workers, settings)
      let half = try job.train(workers: workers, settings + ["data.validation.weights=half"])
      #expect(half.hash == plain.hash, "the training is the same")
      for (a, b) in zip(half.losses, plain.losses) {
        // Each row's loss is halved: sums of the same numbers, rounded once more.
        #expect(abs(a - b / 2) < 1e-6 * b, "\(a) \(b)")
      }
      #expect(half.result["val_accuracy"] == plain.result["val_accuracy"])
    }
  }

  @Test("that cannot be are refused with row and data set")
  func refused() throws {
    try withTemporaryFolder { folder in
      let job = try CloudJob(in: folder)
      try add("w", to: folder) { $0 == 17 ? -1 : 1 }
      try add("nan", to: folder) { $0 == 5 ? .nan : 1 }
      try add("short", to: folder, rowCount: 10) { _ in 1 }
      try add("wide", to: folder, width: 4) { _ in 1 }
      for (name, words) in [
        ("w", "row 17 has the weight -1"), ("nan", "row 5"), ("short", "10"), ("wide", "4 numbers"),
        ("missing", "missing"),
      ] {
        let run = try job.run(workers: 0, ["data.train.weights=\(name)"])
        #expect(run.status != 0 && run.errorLines.count == 1, "\(name): \(run.errors)")
        #expect(run.errorLines.first?.contains(words) == true, "\(name): \(run.errors)")
      }
    }
  }
}
