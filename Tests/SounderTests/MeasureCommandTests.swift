import Foundation
import HDF5
import TestSupport
import Testing

/// Figures of classes, other metrics than the job's, and folds.
@Suite("Measures in commands")
struct MeasureCommandTests: CommandTests {
  @Test("figures of each class follow from the confusion matrix", arguments: [nil, 2, 3])
  func perClass(ranks: Int?) throws {
    try withTemporaryFolder { folder in
      // After one epoch the model still errs.
      _ = try SmallJob(in: folder, epochs: 1)
      try run(
        ["train", "job.yaml", "--quiet", "--set", "training.optimizer.adam.learning_rate=0.002"],
        in: folder)
      let output = try run(
        ["evaluate", "model.h5", "data.h5", "--per-class", "--json"], ranks: ranks, in: folder
      ).output
      let value = try tree(output[...])
      let counts = try #require(value["confusion"] as? [[Int]])
      let classes = try #require(value["per_class"] as? [[String: Any]])
      try #require(classes.count == 3)
      var macro = 0.0, weighted = 0.0
      for (label, entry) in classes.enumerated() {
        let truth = counts[label].reduce(0, +)
        var predicted = 0
        for row in counts { predicted += row[label] }
        let right = Double(counts[label][label])
        let precision = predicted > 0 ? right / Double(predicted) : 0
        let f1 = 2 * right / Double(truth + predicted)
        #expect(entry["class"] as? String == ["red", "green", "blue"][label])
        #expect(entry["rows"] as? Int == truth)
        #expect(abs((entry["precision"] as? Double ?? -1) - precision) < 1e-9, "\(output)")
        #expect(abs((entry["recall"] as? Double ?? -1) - right / Double(truth)) < 1e-9)
        #expect(abs((entry["f1_score"] as? Double ?? -1) - f1) < 1e-9)
        let area = try #require(entry["roc_auc"] as? Double)
        #expect(area > 0 && area <= 1)
        macro += f1 / 3
        weighted += f1 * Double(truth) / 120
      }
      let means = (value["macro"] as? [String: Any], value["weighted"] as? [String: Any])
      #expect(abs((means.0?["f1_score"] as? Double ?? -1) - macro) < 1e-9)
      #expect(abs((means.1?["f1_score"] as? Double ?? -1) - weighted) < 1e-9)
      let text = try run(
        ["evaluate", "model.h5", "data.h5", "--per-class"], ranks: ranks, in: folder
      ).output
      for words in ["class ", "precision", "roc_auc", "green", "macro mean", "weighted mean"] {
        #expect(text.contains(words), "\(words): \(text)")
      }
      #expect(!text.contains("of_class"), "\(text)")
    }
  }

  @Test("all metrics that fit are measured, or those that are named")
  func metrics() throws {
    try withTemporaryFolder { folder in
      _ = try SmallJob(in: folder)
      try run(["train", "job.yaml", "--quiet"], in: folder)
      func value(_ metrics: String) throws -> [String: Any] {
        try tree(
          run(["evaluate", "model.h5", "data.h5", "--metrics", metrics, "--json"], in: folder)
            .output[...])
      }
      let all = try value("all")
      for name in ["loss", "accuracy", "precision", "f1_score", "roc_auc", "perplexity"] {
        #expect(all[name] as? Double != nil, "\(name): \(all)")
      }
      #expect(all["binary_accuracy"] == nil && all["r2_score"] == nil)
      let some = try value("roc_auc,f1_score: {average: micro, name: micro}")
      #expect(some["roc_auc"] as? Double == all["roc_auc"] as? Double && some["micro"] != nil)
      #expect(some["accuracy"] == nil)
      for (metrics, status) in [("acuracy", 65), ("[", 64), ("r2_score", 65)] as [(String, Int32)] {
        let failed = try run(
          ["evaluate", "model.h5", "data.h5", "--metrics", metrics], in: folder, status: status)
        #expect(
          failed.errors.contains(metrics == "[" ? "is no list" : "metrics"), "\(failed.errors)")
      }
    }
  }

  @Test("an output that is a yes or no has two classes")
  func binary() throws {
    try withTemporaryFolder { folder in
      let small = try SmallJob(in: folder)
      try small.writeData("data.h5") { _, labels in
        for index in labels.indices { labels[index] = labels[index] == 0 ? 1 : 0 }
      }
      try small.edit("units: 3, activation: softmax", "units: 1, activation: sigmoid")
      try small.edit("sparse_categorical_crossentropy", "binary_crossentropy")
      try run(["train", "job.yaml", "--quiet"], in: folder)
      let value = try tree(
        run(["evaluate", "model.h5", "data.h5", "--per-class", "--json"], in: folder).output[...])
      let counts = try #require(value["confusion"] as? [[Int]])
      #expect(counts.count == 2 && counts[0].reduce(0, +) == 80 && counts[1].reduce(0, +) == 40)
      let right = Double(counts[0][0] + counts[1][1])
      #expect(abs((value["accuracy"] as? Double ?? -1) - right / 120) < 1e-6)
      let plain = try run(["evaluate", "model.h5", "data.h5"], in: folder).output
      #expect(!plain.contains("predicted"), "\(plain)")
    }
  }

  @Test("folds are all rows, each once, with mean and deviation", arguments: [nil, 2, 3])
  func folds(ranks: Int?) throws {
    try withTemporaryFolder { folder in
      let small = try SmallJob(in: folder)
      try small.edit("  validation: {file: data.h5, features: features, target: labels}\n", "")
      let words = ["train", "job.yaml", "--folds", "4", "--per-class"]
      let lines = try run(words + ["--json"], ranks: ranks, in: folder).output
        .split(separator: "\n")
      var rows = 0
      var losses: [Double] = []
      for line in lines {
        let value = try tree(line)
        guard value["event"] as? String == "fold" else { continue }
        rows += try #require(value["rows"] as? Int)
        losses.append(try #require(value["loss"] as? Double))
        #expect(value["accuracy"] as? Double != nil)
      }
      #expect(rows == SmallJob.rowCount && losses.count == 4)
      let last = try tree(try #require(lines.last))
      #expect(last["event"] as? String == "folds" && last["folds"] as? Int == 4)
      let mean = losses.reduce(0, +) / 4
      let squares = losses.map { ($0 - mean) * ($0 - mean) }.reduce(0, +)
      let means = try #require(last["mean"] as? [String: Any])
      let deviations = try #require(last["deviation"] as? [String: Any])
      #expect(abs((means["loss"] as? Double ?? -1) - mean) < 1e-9)
      #expect(abs((deviations["loss"] as? Double ?? -1) - (squares / 3).squareRoot()) < 1e-9)
      let classes = try #require(last["per_class"] as? [[String: Any]])
      var support = 0
      for entry in classes { support += entry["rows"] as? Int ?? 0 }
      #expect(support == SmallJob.rowCount)
      #expect(small.files == ["data.h5", "job.yaml"], "\(small.files)")
      let text = try run(words + ["--quiet", "--keep-models"], ranks: ranks, in: folder).output
      #expect(text.contains("fold") && text.contains(" ± "), "\(text)")
      #expect(small.files.contains("model.fold-3.h5") && !small.files.contains("model.h5"))
      // The same job again finds its models.
      let again = try run(words + ["--keep-models"], ranks: ranks, in: folder)
      #expect(again.errors.contains("fold 2 of 4: model.fold-2.h5 is there already"))
      #expect(again.output == text)
      // One that keeps none takes them, too, and leaves them there.
      let kept = try #require(small.bytes("model.fold-0.h5"))
      try FileManager.default.removeItem(at: small.url("model.fold-3.h5"))
      let third = try run(words, ranks: ranks, in: folder)
      #expect(third.errors.contains("fold 2 of 4: model.fold-2.h5 is there already"))
      #expect(small.bytes("model.fold-0.h5") == kept)
      #expect(!small.files.contains("model.fold-3.h5"), "\(small.files)")
      #expect(small.files.allSatisfy { !$0.contains(".part.") }, "\(small.files)")
      try run(words + ["--overwrite", "--quiet"], ranks: ranks, in: folder)
      #expect(small.bytes("model.fold-0.h5") == kept)
    }
  }

  @Test("more classes than a confusion matrix has room for have none, and that is said")
  func manyClasses() throws {
    try withTemporaryFolder { folder in
      let small = try SmallJob(in: folder, epochs: 1)
      try small.writeData("data.h5", classNames: nil)
      try small.edit("units: 3, activation: softmax", "units: 4097, activation: softmax")
      try run(["train", "job.yaml", "--quiet"], in: folder)
      let plain = try run(["evaluate", "model.h5", "data.h5"], ranks: 2, in: folder)
      #expect(plain.errors.contains("4097 classes apart"), "\(plain.errors)")
      #expect(plain.output.contains("accuracy") && !plain.output.contains("confusions"))
      let refused = try run(
        ["evaluate", "model.h5", "data.h5", "--per-class"], in: folder, status: 64)
      #expect(refused.errors.contains("leave it out"), "\(refused.errors)")
    }
  }

  @Test("a training on folds that is stopped goes on, and what does not fit is refused")
  func foldsRefused() throws {
    try withTemporaryFolder { folder in
      let small = try SmallJob(in: folder)
      for (words, status, message) in [
        (["--folds", "1"], 64, "outside"),
        (["--folds", "3"], 65, "data.validation names rows of its own"),
        (["--keep-models"], 64, "--folds"),
        (["--folds", "3", "--trace", "t.json"], 64, "leave --trace"),
      ] as [([String], Int32, String)] {
        let failed = try run(["train", "job.yaml"] + words, in: folder, status: status)
        #expect(failed.errors.contains(message), "\(words): \(failed.errors)")
      }
      #expect(small.files == ["data.h5", "job.yaml"])
      try small.edit("  validation: {file: data.h5, features: features, target: labels}\n", "")
      // CSV is converted once, for all folds.
      var text = "a,b,c,d,labels\n"
      let features = SmallJob.features()
      for row in 0..<SmallJob.rowCount {
        text += (0..<4).map { "\(features[row * 4 + $0])," }.joined() + "\(row % 3)\n"
      }
      try text.write(to: small.url("data.csv"), atomically: true, encoding: .utf8)
      let csv = try run(
        [
          "train", "job.yaml", "--folds", "3", "--set",
          "data.train={file: data.csv, target: labels}",
        ],
        ranks: 2, in: folder)
      #expect(csv.errors.components(separatedBy: "converted data.csv").count == 2, "\(csv.errors)")
      #expect(csv.output.contains("accuracy"), "\(csv.output)")
      #expect(small.files == ["data.h5", "data.csv", "job.yaml"], "\(small.files)")
    }
  }
}
