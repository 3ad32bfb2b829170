import Configuration
import Foundation
import HDF5
import TestSupport
import Testing

/// The jobs of `jobs/sparkflow`, as they stand, on few rows.
@Suite("SparkFlow's examples")
struct SparkFlowTests {
  private static let jobs = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("jobs/sparkflow")
  private let sounder = Program()

  /// A label and 784 bytes a line, without names: a bright square whose place is the label.
  private func writeCSV(_ folder: URL) throws {
    var text = ""
    for row in 0..<150 {
      let label = row % 10
      let pixels = (0..<784).map { pixel in
        let (y, x) = (pixel / 28, pixel % 28)
        let isBright = y / 6 == label / 4 && x / 7 == label % 4
        return "\(isBright ? 200 + (row + pixel) % 50 : (row * pixel) % 9)"
      }
      text += ([String(label)] + pixels).joined(separator: ",") + "\n"
    }
    try text.write(to: folder.appendingPathComponent("rows.csv"), atomically: true, encoding: .utf8)
  }

  private func run(_ words: [String], in folder: URL) throws -> String {
    let run = try sounder.run(words, in: folder)
    try #require(run.status == 0, "\(words): \(run.errors)")
    return run.output
  }

  /// Converts the rows and trains a job on them; returns the names of what it predicts with.
  private func train(_ name: String, epochs: Int, in folder: URL) throws {
    try writeCSV(folder)
    _ = try run(["convert", "--target", "0", "--no-header", "rows.csv", "rows.h5"], in: folder)
    let job = Self.jobs.appendingPathComponent("\(name).yaml").path
    let values = [
      "data.train.file=rows.h5", "training.epochs=\(epochs)", "training.batch_size=10",
      "output.model=model.h5",
    ]
    _ = try run(
      ["train", job, "--ranks", "3", "--quiet"] + values.flatMap { ["--set", $0] }, in: folder)
  }

  /// What SparkFlow's examples say; 50 iterations of one batch on four partitions are one epoch.
  private static let examples:
    [(name: String, batch: Int, epochs: Int, rate: Double, loss: String, layers: [String])] = [
      (
        "dnn", 300, 1, 0.001, "categorical_crossentropy",
        ["dense 256 relu", "dense 256 relu", "dense 10 softmax"]
      ),
      (
        "cnn", 300, 50, 0.0001, "categorical_crossentropy",
        [
          "reshape [28, 28, 1]", "conv2d 32 5 relu", "max_pooling2d 2 2", "conv2d 64 3 relu",
          "max_pooling2d 2 2", "flatten", "dense 10 softmax",
        ]
      ),
      (
        "autoencoder", 256, 10, 0.001, "mean_squared_error",
        ["dense 256 relu", "dense 128 sigmoid", "dense 256 relu", "dense 784 sigmoid"]
      ),
    ]

  @Test("the jobs are SparkFlow's examples to the letter", arguments: examples.indices)
  func settings(_ index: Int) throws {
    let expected = Self.examples[index]
    let path = Self.jobs.appendingPathComponent("\(expected.name).yaml").path
    let job = try Value(yaml: try String(contentsOfFile: path, encoding: .utf8), file: path)
    let training = try #require(job["training"])
    #expect(training["batch_size"]?.int == expected.batch)
    #expect(training["epochs"]?.int == expected.epochs)
    #expect(training["loss"] == Value(.string(expected.loss)))
    #expect(training["optimizer"]?["adam"]?["learning_rate"]?.number == expected.rate)
    #expect(job["distribution"]?["mode"] == "hogwild")
    let layers = (job["network"]?["layers"]?.list ?? []).map { layer -> String in
      guard case .map(let entries) = layer.kind, let only = entries.first else {
        return layer.summary
      }
      let words = [
        "units", "target_shape", "filters", "kernel_size", "pool_size", "strides", "activation",
      ].compactMap { only.value[$0].map(\.json) }
      return ([only.key] + words).joined(separator: " ")
        .replacingOccurrences(of: "\"", with: "").replacingOccurrences(of: ",", with: ", ")
    }
    #expect(layers.map { $0.replacingOccurrences(of: "'", with: "") } == expected.layers)
    if expected.name == "autoencoder" {
      for part in ["features", "target"] {
        #expect(job["pipeline"]?[part]?.list?.first?["normalize"]?["p"]?.number == 1)
      }
      #expect(job["network"]?["layers"]?.list?[1]["dense"]?["name"] == "out")
    } else {
      #expect(job["pipeline"]?["target"]?.list?.first?["one_hot"]?["classes"]?.int == 10)
    }
  }

  @Test("the classifiers learn to tell the labels", arguments: ["dnn", "cnn"])
  func classifier(_ name: String) throws {
    try withTemporaryFolder { folder in
      try train(name, epochs: 12, in: folder)
      let figures = try run(["evaluate", "model.h5", "rows.h5", "--json"], in: folder)
      let value = try JSONSerialization.jsonObject(with: Data(figures.utf8)) as? [String: Any]
      #expect(((value?["accuracy"] as? Double) ?? 0) > 0.9, "\(figures)")
    }
  }

  @Test("the autoencoder's bottleneck of the first row is 128 numbers between 0 and 1")
  func bottleneck() throws {
    try withTemporaryFolder { folder in
      try train("autoencoder", epochs: 1, in: folder)
      let text = try run(
        ["transform", "model.h5", "rows.h5", "--layer", "out", "--rows", "0:1"], in: folder)
      let lines = text.split(separator: "\n").map { $0.split(separator: ",") }
      #expect(lines.count == 2 && lines[1].count == 129, "\(text)")
      #expect(lines.last?.dropFirst().allSatisfy { (0...1).contains(Float($0) ?? -1) } == true)
      let whole = try run(
        ["predict", "model.h5", "rows.h5", "--rows", "0:1"], in: folder)
      #expect(whole.split(separator: "\n").last?.split(separator: ",").count == 785)
    }
  }
}

extension Value {
  fileprivate var list: [Value]? {
    guard case .list(let items) = kind else { return nil }
    return items
  }
}
