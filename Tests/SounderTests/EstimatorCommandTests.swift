import Configuration
import Foundation
import HDF5
import TestSupport
import Testing

/// `sounder train` from a table, without a job file.
@Suite("Training from a table", .serialized)
struct EstimatorCommandTests: CommandTests {
  private static let houses = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("jobs/tables/houses.csv").path
  private let sounder = Program()

  /// Three kinds of flowers, which their size and colour tell apart; a cell is missing here and there.
  private func writeFlowers(_ folder: URL) throws {
    var text = "size,width,colour,kind\n"
    for row in 0..<300 {
      let kind = row % 3
      let size = Double(kind) + Double(row * 7 % 11) / 20
      let colour = row % 13 == 0 ? "" : ["red", "white", "red"][kind]
      text += "\(row % 10 == 0 ? "" : "\(size)"),\(Double(row * 5 % 17) / 4),\(colour),"
      text += ["aster", "daisy", "rose"][kind] + "\n"
    }
    try text.write(
      to: folder.appendingPathComponent("flowers.csv"), atomically: true, encoding: .utf8)
  }

  private func figure(_ name: String, _ run: Program.Run) throws -> Double {
    let line = try #require(run.output.split(separator: "\n").last)
    return try #require(try Value(json: String(line))[name]?.number, "\(run.output)")
  }

  @Test(
    "classes are learnt from CSV on 1, 2 and 3 ranks, and the job that was shown can be trained",
    arguments: [1, 2, 3])
  func classify(ranks: Int) throws {
    try withTemporaryFolder { folder in
      try writeFlowers(folder)
      let words = [
        "train", "--classify", "kind", "--from", "flowers.csv", "--job", "job.yaml", "--set",
        "training.optimizer.adam.learning_rate=0.01",
      ]
      let first = try run(words, ranks: ranks, in: folder)
      let text = try String(
        contentsOf: folder.appendingPathComponent("job.yaml"), encoding: .utf8)
      #expect(first.output.hasPrefix(text), "\(first.output)")
      #expect(text.hasPrefix("# Proposed by sounder train --classify kind --from flowers.csv"))
      let job = try Value(yaml: text, file: "job.yaml")
      #expect(
        job["data"]?["train"] == ["file": "flowers.csv", "table": "flowers", "target": "kind"])
      #expect(job["training"]?["optimizer"]?["adam"]?["learning_rate"] == 0.01)
      #expect(job["output"]?["model"] == "flowers-model.h5")

      let evaluation = try run(
        ["evaluate", "flowers-model.h5", "flowers.csv", "--json"], in: folder)
      #expect(try figure("rows", evaluation) == 300)
      #expect(try figure("accuracy", evaluation) > 0.9)
      // It is a job file like others.
      try run(
        ["train", "job.yaml", "--overwrite", "--quiet", "--set", "training.epochs=1"], in: folder)
      // The same again would replace the model; with leave it does.
      let again = try run(words, in: folder, status: 74)
      #expect(again.errorLines.count == 1 && again.errors.contains("flowers-model.h5"))
      try run(words + ["--overwrite", "--set", "training.epochs=1"], in: folder)
      // What was made of the CSV file for the time being is gone.
      let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
      #expect(
        names.allSatisfy { !$0.hasSuffix(".h5") || $0.hasPrefix("flowers-model.") }, "\(names)")
    }
  }

  @Test("a training from CSV that was stopped is resumed by the same command", arguments: [1, 2])
  func resume(ranks: Int) throws {
    try withTemporaryFolder { folder in
      try writeFlowers(folder)
      let words = [
        "train", "--classify", "kind", "--from", "flowers.csv", "--table", "plants", "--set",
        "training.epochs=20",
      ]
      let stopped = try sounder.run(
        words, ranks: ranks, in: folder,
        environment: ["SOUNDER_FAULT": "rank=\(ranks - 1),step=30,kind=signal"])
      try #require(stopped.status == 75, "\(stopped.status) \(stopped.errors)")
      let resumed = try run(words, ranks: ranks, in: folder)
      #expect(
        (resumed.output + resumed.errors).contains(
          "resuming from flowers-model.checkpoint.h5"), "\(resumed.output) \(resumed.errors)")
      #expect(resumed.output.contains("table: plants"), "\(resumed.output)")
      // The model says what it was trained on, and the rows are found again.
      let evaluation = try run(
        ["evaluate", "flowers-model.h5", "flowers.csv", "--json"], in: folder)
      #expect(try figure("rows", evaluation) == 300)
    }
  }

  @Test("numbers are learnt from a table of mixed columns, and predicted in their units")
  func regress() throws {
    try withTemporaryFolder { folder in
      let trained = try run(
        [
          "train", "--regress", "price", "--from", Self.houses, "--drop", "remarks", "--json",
          "--seed", "4",
        ], ranks: 2, in: folder)
      let event = try Value(
        json: String(try #require(trained.output.split(separator: "\n").first)))
      #expect(event["event"] == "job" && event["job"]?["training"]?["seed"] == 4)
      let evaluation = try run(
        ["evaluate", "houses-model.h5", Self.houses, "--json", "--quiet"], in: folder)
      #expect(try figure("r2_score", evaluation) > 0.6)
      try run(["convert", "--table", Self.houses, "houses.h5", "--quiet"], in: folder)
      try run(
        ["predict", "houses-model.h5", "houses.h5", "--output", "p.h5", "--quiet"], in: folder)
      let predicted = try File(opening: folder.appendingPathComponent("p.h5").path)
        .dataset("predictions").readAll(as: Float.self)
      let prices = try File(opening: folder.appendingPathComponent("houses.h5").path)
        .dataset("houses/price").readAll(as: Float.self)
      #expect(predicted.count == prices.count)
      let mean = prices.reduce(0, +) / Float(prices.count)
      let (own, plain) = zip(predicted, prices).reduce((Float(0), Float(0))) { sums, pair in
        (sums.0 + abs(pair.0 - pair.1), sums.1 + abs(mean - pair.1))
      }
      #expect(own < 0.6 * plain, "\(own) of \(plain)")
    }
  }

  @Test("an autoencoder's bottleneck says the columns of numbers in fewer, also from HDF5")
  func autoencode() throws {
    try withTemporaryFolder { folder in
      try run(["convert", "--table", Self.houses, "t.h5", "--quiet"], in: folder)
      try run(
        [
          "train", "--autoencode", "--from", "t.h5", "--drop", "price", "--set",
          "training.epochs=20",
        ], ranks: 2, in: folder)
      #expect(
        FileManager.default.fileExists(atPath: folder.appendingPathComponent("t-model.h5").path))
      try run(
        [
          "transform", "t-model.h5", "t.h5", "--layer", "bottleneck", "--output", "c.h5", "--quiet",
        ],
        in: folder)
      let codes = try File(opening: folder.appendingPathComponent("c.h5").path).dataset("features")
      #expect(codes.shape == [240, 2])
    }
  }

  @Test(
    "a command line that says too much or too little is refused",
    arguments: [
      (["--classify", "kind"], 64, "--from"), (["--from", "flowers.csv"], 64, "--classify"),
      (["--job", "j.yaml"], 64, "--classify"), ([], 64, "--classify"),
      (
        ["--classify", "a", "--regress", "b", "--from", "flowers.csv"], 64,
        "--classify and --regress"
      ),
      (["job.yaml", "--autoencode", "--from", "flowers.csv"], 64, "job.yaml"),
      (
        ["--classify", "kind", "--from", "flowers.csv", "--ranks", "2", "--max-restarts", "1"], 64,
        "--job"
      ),
      (["--classify", "kind", "--from", "none.csv"], 66, "none.csv"),
      (["--classify", "kinds", "--from", "flowers.csv"], 66, "did you mean 'kind'?"),
      (
        ["--classify", "kind", "--from", "flowers.csv", "--drop", "siz"], 66, "did you mean 'size'?"
      ),
      (["--regress", "kind", "--from", "flowers.csv"], 65, "--classify"),
      (["--classify", "kind", "--from", "flowers.csv", "--set", "training.epoch=3"], 64, "epochs"),
    ] as [([String], Int32, String)])
  func refused(words: [String], status: Int32, text: String) throws {
    try withTemporaryFolder { folder in
      try writeFlowers(folder)
      let result = try run(["train"] + words, in: folder, status: status)
      #expect(
        result.errorLines.count == 1 && result.errors.contains(text), "\(result.errors)")
      let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
      #expect(!names.contains { $0.contains("model") }, "\(names)")
    }
  }

  @Test("files of others are left alone")
  func files() throws {
    try withTemporaryFolder { folder in
      let words = ["train", "--classify", "kind", "--from", "flowers.csv", "--job", "job.yaml"]
      try writeFlowers(folder)
      let job = folder.appendingPathComponent("job.yaml")
      try Data("mine: 1\n".utf8).write(to: job)
      #expect(try run(words, in: folder, status: 74).errors.contains("--job job.yaml"))
      #expect(try Data(contentsOf: job) == Data("mine: 1\n".utf8))
      // Told before the table is looked at.
      let early = try run(
        words.map { $0 == "flowers.csv" ? "job.yaml" : $0 }, in: folder, status: 74)
      #expect(early.errors.contains("--job job.yaml"), "\(early.errors)")
      // Nothing but the model and the job is written, whatever may be replaced.
      let other = folder.appendingPathComponent("flowers.h5")
      try Data("mine".utf8).write(to: other)
      try run(words + ["--overwrite", "--set", "training.epochs=1"], in: folder)
      #expect(try Data(contentsOf: other) == Data("mine".utf8))
    }
  }
}
