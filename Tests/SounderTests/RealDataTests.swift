import Foundation
import TestSupport
import Testing

/// Raw CSV to figures, beside scikit-learn's networks of the same architecture.
///
/// The jobs are those of `jobs/tables`, as they stand; `Tests/Reference/real_data.py` wrote rows and figures.
/// SOUNDER_DATA names a folder with more of MNIST as CSV than there is among the fixtures: `mnist_train_10000.csv.gz`
/// and `mnist_test_1000.csv.gz`, lines of a label and 784 bytes.
@Suite("Real data")
struct RealDataTests {
  private static let project = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
  private static let dataFolder = ProcessInfo.processInfo.environment["SOUNDER_DATA"]
  private static let hasMNIST =
    dataFolder.map {
      FileManager.default.fileExists(atPath: $0 + "/mnist_train_10000.csv.gz")
    } ?? false
  private let sounder = Program()

  private func run(
    _ words: [String], ranks: Int, in folder: URL
  ) throws -> String {
    let run = try sounder.run(
      words, ranks: ranks == 1 ? nil : ranks, in: folder, timeoutSeconds: 120)
    try #require(run.status == 0, "\(words): \(run.errors)")
    return run.output
  }

  /// The mean of what scikit-learn's networks reach from five seeds.
  private func reference(_ name: String) throws -> Double {
    let data = try Data(contentsOf: fixture("real/scikit-learn.json"))
    let tree = try JSONSerialization.jsonObject(with: data) as? [String: Any]
    return try #require((tree?[name] as? [String: Any])?["mean"] as? Double)
  }

  /// Trains a job, with these settings changed, on each of the seeds and measures it on the rows of `test`; the mean
  /// of the figures.
  private func mean(
    of figure: String, job: String, test: String, ranks: Int, seeds: ClosedRange<Int> = 1...3,
    settings: [String] = [], in folder: URL
  ) throws -> Double {
    let links = [("Tests", Self.project.appendingPathComponent("Tests").path)]
    for (name, target) in links + (Self.dataFolder.map { [("data", $0)] } ?? []) {
      try FileManager.default.createSymbolicLink(
        atPath: folder.appendingPathComponent(name).path, withDestinationPath: target)
    }
    let path = Self.project.appendingPathComponent("jobs/tables/\(job).yaml").path
    var sum = 0.0
    for seed in seeds {
      _ = try run(
        [
          "train", path, "--quiet", "--overwrite", "--seed", "\(seed)", "--set",
          "output.model=model.h5",
        ] + settings.flatMap { ["--set", $0] }, ranks: ranks, in: folder)
      let output = try run(["evaluate", "model.h5", test, "--json"], ranks: 1, in: folder)
      let tree = try JSONSerialization.jsonObject(with: Data(output.utf8)) as? [String: Any]
      sum += try #require(tree?[figure] as? Double, "\(output)")
    }
    return sum / Double(seeds.count)
  }

  /// Of one rank, a server with a worker, and a server with two.
  @Test("iris, digits and housing come within a point of scikit-learn's network", arguments: 1...3)
  func tables(ranks: Int) throws {
    for (name, figure, ending) in [
      ("iris", "accuracy", "csv"), ("digits", "accuracy", "csv.gz"),
      ("housing", "r2_score", "csv.gz"),
    ] {
      try withTemporaryFolder { folder in
        let mean = try mean(
          of: figure, job: name, test: "Tests/Fixtures/real/\(name)-test.\(ending)", ranks: ranks,
          in: folder)
        let reference = try reference(name)
        #expect(mean >= reference - 0.01, "\(name): \(figure) \(mean), scikit-learn \(reference)")
      }
    }
  }

  @Test("the predictions of raw CSV are the names that its rows have")
  func names() throws {
    try withTemporaryFolder { folder in
      let test = "Tests/Fixtures/real/iris-test.csv"
      let accuracy = try mean(
        of: "accuracy", job: "iris", test: test, ranks: 1, seeds: 1...1, in: folder)
      let lines = try run(
        ["predict", "model.h5", test, "--keep", "species", "--quiet"], ranks: 2, in: folder
      ).split(separator: "\n").map { $0.split(separator: ",").map(String.init) }
      try #require(lines.count == 76 && lines[0].prefix(3) == ["row", "species", "class"])
      let hits = lines.dropFirst().count { $0[1] == $0[2] }
      #expect(abs(Double(hits) / 75 - accuracy) < 1e-6, "\(hits) of 75, \(accuracy)")
    }
  }

  @Test(
    "the first images of MNIST's CSV come within a point of scikit-learn's network",
    arguments: [1, 3])
  func mnistPart(ranks: Int) throws {
    try withTemporaryFolder { folder in
      let (train, test) = (
        "Tests/Fixtures/real/mnist-train.csv.gz", "Tests/Fixtures/real/mnist-test.csv.gz"
      )
      let mean = try mean(
        of: "accuracy", job: "mnist-csv", test: test, ranks: ranks,
        settings: [
          "data.train.file=\(train)", "data.validation.file=\(test)", "training.epochs=20",
        ], in: folder)
      let reference = try reference("mnist_part")
      #expect(mean >= reference - 0.01, "\(mean), scikit-learn \(reference)")
    }
  }

  @Test(
    "ten thousand images of MNIST's CSV come within a point of scikit-learn's network",
    .enabled(
      if: RealDataTests.hasMNIST,
      "SOUNDER_DATA names no folder with mnist_train_10000.csv.gz and mnist_test_1000.csv.gz"),
    arguments: [1, 3])
  func mnist(ranks: Int) throws {
    try withTemporaryFolder { folder in
      let mean = try mean(
        of: "accuracy", job: "mnist-csv", test: "data/mnist_test_1000.csv.gz", ranks: ranks,
        in: folder)
      let reference = try reference("mnist")
      #expect(mean >= reference - 0.01, "\(mean), scikit-learn \(reference)")
    }
  }
}
