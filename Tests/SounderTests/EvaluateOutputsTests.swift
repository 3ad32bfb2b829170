import Foundation
import HDF5
import NN
import TestSupport
import Testing

/// Models without a job: networks that give back what they read, so that the data say what is predicted.
@Suite("Evaluations of labels, time axes, several outputs, and of Keras' files")
struct EvaluateOutputsTests: CommandTests {
  /// Writes a model whose layers change nothing, and a file with what it predicts and what is true.
  private func write(
    _ network: Network, outputs: [Float], targets: [Float], targetShape: [Int], in folder: URL
  ) throws {
    let model = folder.appendingPathComponent("model.h5").path
    try [Float]().withUnsafeBufferPointer {
      try ModelFile.write(model, network: network, parameters: $0, training: nil)
    }
    try File.replace(folder.appendingPathComponent("data.h5").path) { file in
      let root = try file.root()
      let rowCount = outputs.count / network.inputCount
      try root.createDataset("x", shape: [rowCount] + network.inputShape, of: Float.self)
        .write(outputs)
      try root.createDataset("y", shape: [rowCount] + targetShape, of: Float.self).write(targets)
    }
  }

  private let words = ["evaluate", "model.h5", "data.h5", "--features", "x", "--target", "y"]

  @Test("labels have counts of their own", arguments: [nil, 2])
  func labels(ranks: Int?) throws {
    try withTemporaryFolder { folder in
      try write(
        Network(inputShape: [2], layers: [NamedLayer("same", ActivationConfiguration(.linear))]),
        outputs: [0.9, 0.2, 0.4, 0.7, 0.6, 0.1], targets: [1, 0, 1, 0, 0, 0], targetShape: [2],
        in: folder)
      let asked = words + ["--loss", "binary_crossentropy", "--per-class"]
      let value = try tree(run(asked + ["--json"], ranks: ranks, in: folder).output)
      #expect(value["confusion"] as? [[[Int]]] == [[[0, 1], [1, 1]], [[2, 1], [0, 0]]])
      let classes = try #require(value["per_class"] as? [[String: Any]])
      #expect(classes[0]["precision"] as? Double == 0.5 && classes[0]["recall"] as? Double == 0.5)
      let accuracies = classes.map { $0["accuracy"] as? Double ?? -1 }
      #expect(abs(accuracies[0] - 1.0 / 3) < 1e-9 && abs(accuracies[1] - 2.0 / 3) < 1e-9)
      #expect(classes[0]["roc_auc"] as? Double == 0.5)
      let entropy = try #require(value["macro"] as? [String: Any])["crossentropy"] as? Double
      // The loss is the mean over labels and rows, in floats.
      #expect(abs((entropy ?? -1) - (value["loss"] as? Double ?? 9)) < 1e-5)
      let text = try run(asked, ranks: ranks, in: folder).output
      #expect(text.contains("true_positive") && text.contains("specificity"), "\(text)")
    }
  }

  @Test("each step of a time axis counts", arguments: [nil, 2])
  func steps(ranks: Int?) throws {
    try withTemporaryFolder { folder in
      try write(
        Network(
          inputShape: [3, 2], layers: [NamedLayer("same", ActivationConfiguration(.linear))]),
        outputs: [0.9, 0.1, 0.4, 0.6, 0.2, 0.8, 0.5, 0.5, 0.7, 0.3, 0.1, 0.9],
        targets: [0, 0, 1, 1, 0, 1], targetShape: [3], in: folder)
      let value = try tree(
        run(
          words + ["--loss", "sparse_categorical_crossentropy", "--metrics", "accuracy", "--json"],
          ranks: ranks, in: folder
        ).output)
      #expect(value["confusion"] as? [[Int]] == [[2, 1], [1, 2]])
      #expect(abs((value["accuracy"] as? Double ?? -1) - 4.0 / 6) < 1e-9)
    }
  }

  @Test("several outputs have their own confusion, classes and metrics", arguments: [nil, 2])
  func outputs(ranks: Int?) throws {
    try withTemporaryFolder { folder in
      try write(
        Network(
          inputs: [NetworkInput("p", shape: [3]), NetworkInput("q", shape: [1])],
          layers: [
            NamedLayer("digit", ActivationConfiguration(.linear), inputs: ["p"]),
            NamedLayer("size", ActivationConfiguration(.linear), inputs: ["q"]),
          ], outputs: ["digit", "size"]),
        outputs: [0.7, 0.2, 0.1, 5, 0.2, 0.5, 0.3, 7, 0.6, 0.3, 0.1, 1, 0.1, 0.1, 0.8, 2],
        targets: [0, 5, 1, 6, 2, 2, 2, 2], targetShape: [2], in: folder)
      let asked = words + ["--loss", "digit: sparse_categorical_crossentropy, size: mse"]
      func value(_ more: [String]) throws -> [String: Any] {
        try tree(run(asked + more + ["--json"], ranks: ranks, in: folder).output)
      }
      let found = try value(["--per-class", "--metrics", "accuracy,size: [mae]"])
      #expect(found["digit_accuracy"] as? Double == 0.75 && found["size_accuracy"] == nil)
      #expect(found["size_mean_absolute_error"] as? Double == 0.5)
      let outputs = try #require(found["outputs"] as? [String: Any])
      #expect(outputs.keys.sorted() == ["digit"])
      let digit = try #require(outputs["digit"] as? [String: Any])
      #expect(digit["confusion"] as? [[Int]] == [[1, 0, 0], [0, 1, 0], [1, 0, 1]])
      let classes = try #require(digit["per_class"] as? [[String: Any]])
      #expect(classes.map { $0["recall"] as? Double } == [1, 1, 0.5])
      #expect(classes[0]["roc_auc"] as? Double == 1)
      #expect(found.keys.allSatisfy { !$0.contains("of_class") }, "\(found.keys)")
      let all = try value(["--metrics", "all"])
      #expect(all["digit_perplexity"] != nil && all["size_r2_score"] != nil)
      #expect(all["size_precision"] == nil)
      let text = try run(asked + ["--per-class"], ranks: ranks, in: folder).output
      #expect(text.contains("\n\ndigit:\n") && text.contains("macro mean"), "\(text)")
      for (metrics, status) in [("acuracy", 65), ("size: [acuracy]", 65)] as [(String, Int32)] {
        let failed = try run(asked + ["--metrics", metrics], in: folder, status: status)
        #expect(failed.errors.contains("acuracy"), "\(failed.errors)")
      }
    }
  }

  @Test("a model of Keras' is measured by the loss that it was compiled with, or that is named")
  func keras() throws {
    try withTemporaryFolder { folder in
      let golden = try File(opening: fixture("keras/golden/k3/ae.io.h5").path)
      let rows = try golden.dataset("inputs/0").readAll(as: Float.self)
      let outputs = try golden.dataset("outputs/0").readAll(as: Float.self)
      try File.replace(folder.appendingPathComponent("data.h5").path) { file in
        try file.root().createDataset("x", shape: [rows.count / 64, 64], of: Float.self).write(rows)
      }
      let error = zip(rows, outputs).reduce(0.0) {
        $0 + Double($1.0 - $1.1) * Double($1.0 - $1.1) / Double(rows.count)
      }
      let asked = ["data.h5", "--features", "x", "--target", "x", "--json"]
      for name in ["ae.keras", "ae.h5"] {
        let model = fixture("keras/golden/k3/\(name)").path
        let compiled = try tree(run(["evaluate", model] + asked, in: folder).output)
        // Outputs are those of Keras to 1e-5.
        #expect(abs((compiled["loss"] as? Double ?? -1) - error) < 1e-4, "\(compiled) \(error)")
        let named = try tree(
          run(["evaluate", model] + asked + ["--loss", "mae"], ranks: 2, in: folder).output)
        #expect(named["loss"] as? Double != compiled["loss"] as? Double)
      }
      let conv = fixture("keras/golden/k3/conv1d.keras").path
      let none = try run(["evaluate", conv] + asked, in: folder, status: 64)
      #expect(none.errors.contains("--loss"), "\(none.errors)")
      let model = fixture("keras/golden/k3/ae.keras").path
      let wrong = try run(
        ["evaluate", model] + asked + ["--loss", "sparse_categorical_crossentropy"], in: folder,
        status: 65)
      #expect(wrong.errors.contains("compares"), "\(wrong.errors)")
    }
    try withTemporaryFolder { folder in
      _ = try SmallJob(in: folder)
      try run(["train", "job.yaml", "--quiet"], in: folder)
      let refused = try run(
        ["evaluate", "model.h5", "data.h5", "--loss", "mse"], in: folder, status: 64)
      #expect(refused.errors.contains("has its job's"), "\(refused.errors)")
    }
  }

  @Test(
    "losses as Keras writes them",
    arguments: [
      (#""mse""#, Loss(.meanSquaredError)),
      (#"["mse"]"#, Loss(.meanSquaredError)),
      (#"{"out": "mae"}"#, Loss(.meanAbsoluteError)),
      (
        #"{"class_name": "BinaryCrossentropy", "config": {"name": "b", "from_logits": true}}"#,
        Loss(.binaryCrossentropy, fromLogits: true)
      ),
      (
        #"{"module": "builtins", "class_name": "function", "config": "kl_divergence"}"#,
        Loss(.klDivergence)
      ),
      (#""my_loss""#, nil), (#"{"class_name": "Mine", "config": {}}"#, nil), ("null", nil),
    ] as [(String, Loss?)])
  func written(text: String, loss: Loss?) throws {
    try withTemporaryFolder { folder in
      let path = folder.appendingPathComponent("model.h5").path
      try File.replace(path) {
        try $0.writeAttribute("training_config", #"{"loss": \#(text), "metrics": ["acc"]}"#)
      }
      let found = try ModelFile.compiled(path, outputs: ["out"])
      #expect(found?.loss == loss?.value)
    }
  }
}
