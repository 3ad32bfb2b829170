import Configuration
import Foundation
import HDF5
import TestSupport
import Testing

@Suite("sounder evaluate, predict and transform")
struct ModelCommandTests {
  private let sounder = Program()

  private static let trained: Result<Data, any Error> = Result {
    try withTemporaryFolder { folder in
      let job = try SmallJob(in: folder, epochs: 20)
      try job.edit("metrics: [accuracy]", "metrics: [accuracy, roc_auc, f1_score]")
      let run = try Program().run(["train", "job.yaml"], in: folder)
      guard let bytes = job.bytes("model.h5") else {
        throw CocoaError(.fileNoSuchFile, userInfo: ["errors": run.errors])
      }
      return bytes
    }
  }

  /// A folder with data and a trained model.
  private func withModel(_ body: (SmallJob) throws -> Void) throws {
    try withTemporaryFolder { folder in
      let job = try SmallJob(in: folder)
      try Self.trained.get().write(to: job.url("model.h5"))
      try body(job)
    }
  }

  @Test("an evaluation shows loss, metrics, and a confusion matrix with the classes' names")
  func evaluate() throws {
    try withModel { job in
      let run = try sounder.run(["evaluate", "model.h5", "data.h5"], in: job.folder)
      #expect(run.status == 0, "\(run.errors)")
      for word in ["rows  120", "loss  ", "accuracy  ", "red", "green", "blue", "recall"] {
        #expect(run.output.contains(word), "\(run.output)")
      }
      #expect(run.errors == "these are rows that the model was trained on: the job's data.train\n")
      let part = try sounder.run(
        ["evaluate", "model.h5", "data.h5", "--rows", "0:9"], in: job.folder)
      #expect(part.errors.isEmpty, "rows of the user's choice need no remark")
    }
  }

  @Test("any number of ranks evaluates to the same figures")
  func evaluateOnRanks() throws {
    try withModel { job in
      let command = ["evaluate", "model.h5", "data.h5", "--json", "--rows", "5:118"]
      let alone = try Value(json: try sounder.run(command, in: job.folder).output)
      #expect(alone["rows"] == 113)
      for ranks in [2, 5] {
        let shared = try sounder.run(command + ["--ranks", "\(ranks)"], in: job.folder)
        #expect(shared.status == 0, "\(shared.errors)")
        let value = try Value(json: shared.output)
        #expect(value["confusion"] == alone["confusion"])
        #expect(value["accuracy"] == alone["accuracy"])
        // Counts of a histogram: equal to the bit.
        #expect(alone["roc_auc"] != nil && value["roc_auc"] == alone["roc_auc"])
        #expect(alone["f1_score"] != nil && value["f1_score"] == alone["f1_score"])
        let difference = (value["loss"]?.number ?? .nan) - (alone["loss"]?.number ?? .nan)
        #expect(abs(difference) < 1e-6)
      }
    }
  }

  @Test("predictions go to standard output row by row")
  func predictText() throws {
    try withModel { job in
      let run = try sounder.run(
        ["predict", "model.h5", "data.h5", "--rows", "3:9"], in: job.folder)
      #expect(run.status == 0, "\(run.errors)")
      let lines = run.output.split(separator: "\n").map { $0.split(separator: ",") }
      #expect(lines.first?.prefix(3) == ["row", "class", "output_0"])
      #expect(lines.dropFirst().map { Int($0[0]) } == [3, 4, 5, 6, 7, 8])
      #expect(lines.dropFirst().map { Int($0[1]) } == [0, 1, 2, 0, 1, 2])
      for line in lines.dropFirst() {
        let sum = line.dropFirst(2).reduce(0) { $0 + (Double($1) ?? .nan) }
        #expect(abs(sum - 1) < 1e-5)
      }
    }
  }

  @Test("any number of ranks writes the same file, which is replaced only when told to")
  func predictFile() throws {
    try withModel { job in
      func predictions(_ name: String) throws -> [Float] {
        let file = try File(opening: job.url(name).path)
        return try file.dataset("predictions").readAll(as: Float.self)
      }
      let command = ["predict", "model.h5", "data.h5", "--output"]
      #expect(try sounder.run(command + ["one.h5"], in: job.folder).status == 0)
      let one = try predictions("one.h5")
      #expect(one.count == 3 * SmallJob.rowCount)
      for ranks in [2, 3] {
        let name = "on\(ranks).h5"
        let run = try sounder.run(command + [name, "--ranks", "\(ranks)"], in: job.folder)
        #expect(run.status == 0, "\(run.errors)")
        #expect(try predictions(name) == one)
      }
      let bytes = job.bytes("one.h5")
      #expect(try sounder.run(command + ["one.h5"], in: job.folder).status == 74)
      #expect(job.bytes("one.h5") == bytes)
      let again = try sounder.run(
        command + ["one.h5", "--overwrite", "--rows", ":10"], in: job.folder)
      #expect(again.status == 0)
      #expect(try predictions("one.h5") == Array(one.prefix(30)))
    }
  }

  @Test("a layer's output is written for all rows, and another job trains on it")
  func transform() throws {
    try withModel { job in
      func run(_ words: [String]) throws -> Program.Run {
        try sounder.run(words, in: job.folder)
      }
      func values(_ file: String, _ name: String) throws -> [Float] {
        try File(opening: job.url(file).path).dataset(name).readAll(as: Float.self)
      }
      let command = ["transform", "model.h5", "data.h5", "--layer"]
      let hidden = try run(command + ["dense", "--output", "hidden.h5"])
      #expect(hidden.status == 0, "\(hidden.errors)")
      #expect(hidden.output == "wrote hidden.h5  rows 120  shape [8]\n")
      #expect(try values("hidden.h5", "features").count == SmallJob.rowCount * 8)
      #expect(try values("hidden.h5", "features").allSatisfy { abs($0) <= 1 })
      // The last layer's output is the prediction.
      #expect(try run(["predict", "model.h5", "data.h5", "--output", "out.h5"]).status == 0)
      let last = try run(command + ["dense_1", "--output", "last.h5", "--ranks", "3"])
      #expect(last.status == 0, "\(last.errors)")
      #expect(try values("last.h5", "features") == values("out.h5", "predictions"))

      // Labels beside the new features make them another job's rows.
      try job.change("hidden.h5") { root in
        try root.createDataset("labels", shape: [SmallJob.rowCount], of: UInt8.self)
          .write(SmallJob.labels())
      }
      try job.edit("file: data.h5", "file: hidden.h5")
      try job.edit("model: model.h5", "model: second.h5")
      let second = try run(["train", "job.yaml"])
      #expect(second.status == 0, "\(second.errors)")

      let unknown = try run(command + ["dens"])
      #expect(unknown.status == 65)
      #expect(unknown.errors.contains("no layer 'dens'") && unknown.errors.contains("dense"))
      #expect(try run(command + ["dense", "--output", "hidden.h5"]).status == 74)
    }
  }

  @Test("the only data set that fits is taken, and that is said")
  func onlyCandidate() throws {
    try withModel { job in
      try job.writeInputs("other.h5", width: 4)
      let run = try sounder.run(["predict", "model.h5", "other.h5"], in: job.folder)
      #expect(run.status == 0, "\(run.errors)")
      #expect(run.errors.contains("took 'inputs'"))
      let quiet = try sounder.run(["predict", "model.h5", "other.h5", "--quiet"], in: job.folder)
      #expect(quiet.errors.isEmpty)
      let evaluation = try sounder.run(["evaluate", "model.h5", "other.h5"], in: job.folder)
      #expect(evaluation.status == 66)
      #expect(evaluation.errors.contains("--target"))
    }
  }
}
