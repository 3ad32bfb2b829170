import Configuration
import Foundation
import TestSupport
import Testing

/// Which rows are trained on where a part of them is held out by class or in time.
@Suite("Training on a part of the rows", .serialized)
struct SplitTrainingTests {
  /// Row i is the i-th unit vector, and each third row has the target 2, the others 1.
  ///
  /// A visit takes weight i from 0 to half of the target.
  private struct ClassJob: ProbedJob {
    static let rowCount = 101
    let folder: URL

    init(in folder: URL) throws {
      self.folder = folder
      let rows = Self.rowCount
      var unit = [Float](repeating: 0, count: rows * rows)
      for row in 0..<rows { unit[row * rows + row] = 1 }
      try writeLinear(
        features: unit, targets: (0..<rows).map { $0 % 3 == 0 ? 2 : 1 }, chunkRows: 4, rate: 0.25,
        distribution: "{mode: locked}")
    }

    /// The rows that were visited once; fails for others that were.
    func trained(_ run: TrainedRun) -> [Int] {
      var rows: [Int] = []
      for (row, weight) in run.parameters.enumerated() where weight != 0 {
        #expect(abs(weight - (row % 3 == 0 ? 1 : 0.5)) < 1e-6, "row \(row): \(weight)")
        rows.append(row)
      }
      return rows
    }
  }

  @Test(
    "any number of ranks holds out the same rows, of each class its share",
    arguments: [
      // Of 34 rows of class 2 and 67 of class 1; the loss of a row that was held out is its target's square.
      ("{fraction: 0.2, stratify: true}", 7, 13), ("{fold: 0, folds: 3, stratify: true}", 12, 22),
      ("{fold: 1, folds: 3, stratify: true, seed: 9}", 11, 23),
    ])
  func stratified(validation: String, second: Int, first: Int) throws {
    try withTemporaryFolder { folder in
      let job = try ClassJob(in: folder)
      var parts: [[Int]] = []
      for workers in [0, 2, 3] {
        let run = try job.train(workers: workers, ["data.validation=\(validation)"])
        let rows = job.trained(run)
        #expect(rows.count { $0 % 3 == 0 } == 34 - second)
        #expect(rows.count { $0 % 3 != 0 } == 67 - first)
        let loss = Double(4 * second + first) / Double(second + first)
        #expect(run.losses.count == 1 && abs((run.losses.first ?? 0) - loss) < 1e-5, "\(run.text)")
        parts.append(rows)
      }
      #expect(parts[0] == parts[1] && parts[0] == parts[2])
    }
  }

  @Test("rows behind a gap at the end are held out, and those in it are in neither part")
  func inTime() throws {
    try withTemporaryFolder { folder in
      let job = try ClassJob(in: folder)
      for (validation, training, held) in [
        ("{fraction: 0.2, time: true, gap: 5}", 76, 81..<101),
        ("{fold: 1, folds: 4, time: true}", 41, 41..<61),
      ] {
        for workers in [0, 2] {
          let run = try job.train(workers: workers, ["data.validation=\(validation)"])
          #expect(job.trained(run) == Array(0..<training))
          let squares = held.reduce(0) { $0 + ($1 % 3 == 0 ? 4 : 1) }
          let loss = Double(squares) / Double(held.count)
          #expect(
            run.losses.count == 1 && abs((run.losses.first ?? 0) - loss) < 1e-5, "\(run.text)")
        }
      }
    }
  }

  @Test("a training is not resumed with another split of its rows")
  func identity() throws {
    try withTemporaryFolder { folder in
      let job = try ClassJob(in: folder)
      func settings(_ split: String) -> [String] {
        ["training.epochs=2", "data.validation={fraction: 0.2\(split)}"]
      }
      _ = try job.train(
        workers: 0, settings(", stratify: true"), lastStep: 1, expecting: 75)
      for other in ["", ", time: true"] {
        let run = try job.run(workers: 0, settings(other))
        #expect(run.status == 65, "\(run.errors)")
        #expect(run.errors.contains("data.validation."), "\(run.errors)")
      }
    }
  }

  @Test("targets that are no classes, and keys that do not go together, are told of once")
  func refusals() throws {
    try withTemporaryFolder { folder in
      let job = try ClassJob(in: folder)
      try job.writeLinear(features: [1, 2, 3, 4], targets: [1, 0, 0.25, 1], rate: 0.1)
      let run = try job.run(workers: 2, ["data.validation={fraction: 0.5, stratify: true}"])
      #expect(run.status == 65)
      let told = run.errors.components(separatedBy: "row 2 is 0.25").count - 1
      #expect(told == 1, "\(run.errors)")
      for (validation, word) in [
        ("{fraction: 0.5, stratify: true, time: true}", "remove stratify"),
        ("{fraction: 0.5, time: true, seed: 1}", "remove seed"),
        ("{fraction: 0.5, gap: 2}", "time: true"),
        ("{fraction: 0.5, time: true, gap: 2}", "gap of 2"),
      ] {
        let run = try job.run(workers: 0, ["data.validation=\(validation)"])
        // What the setting itself says is a wrong use, what the data say of it wrong data.
        #expect(run.status == (word == "gap of 2" ? 65 : 64), "\(validation): \(run.errors)")
        #expect(run.errors.contains(word), "\(run.errors)")
      }
    }
  }
}
