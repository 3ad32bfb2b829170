import Configuration
import Foundation
import HDF5
import TestSupport
import Testing

/// What `sounder check`, `train` and `evaluate` make of the keys that end a training and follow it.
@Suite("The training loop on the command line", .serialized)
struct LoopCommandTests {
  private let sounder = Program()

  private func item(_ name: String, _ run: Program.Run) throws -> Value? {
    guard case .list(let items) = try Value(json: run.output)["items"]?.kind else { return nil }
    return items.first { $0["name"] == Value(.string(name)) }
  }

  @Test("check shows the memory of a step: each layer's, the sum, and how near the plan is to it")
  func memory() throws {
    try withTemporaryFolder { folder in
      let job = try SmallJob(in: folder)
      try job.edit("batch_size: 10", "batch_size: 512")
      let run = try sounder.run(["check", "job.yaml"], in: folder)
      #expect(run.status == 0, "\(run.output) \(run.errors)")
      for word in [
        "memory of a step", "parameters 268 B", "gradients 268 B", "optimizer state 536 B",
        "live activations",
      ] { #expect(run.output.contains(word), "'\(word)' is not in\n\(run.output)") }
      let json = try sounder.run(["check", "job.yaml", "--json"], in: folder)
      let memory = try #require(try Value(json: json.output)["step_memory"])
      // 67 weights, as many gradients, two slots of Adam.
      #expect(memory["parameters"] == 268 && memory["optimizer_state"] == 536)
      let ratio = try #require(memory["ratio"]?.number)
      #expect(ratio >= 1 && ratio <= 1.5, "\(memory.json)")
    }
  }

  @Test("check names the layer whose shape does not fit")
  func shape() throws {
    try withTemporaryFolder { folder in
      let job = try SmallJob(in: folder)
      try job.edit(
        "- dense: {units: 3", "- add: {inputs: [input, dense], name: sum}\n    - dense: {units: 3")
      let run = try sounder.run(["check", "job.yaml"], in: folder)
      #expect(run.status == 65)
      #expect(run.errors.contains("layer 'sum'"), "\(run.errors)")
    }
  }

  @Test(
    "check and train refuse what follows a figure that nobody measures, and classes that are not",
    arguments: [
      ("early_stopping: {monitor: val_f1_score}", "val_accuracy"),
      ("target: {monitor: accurac, value: 1}", "accuracy"),
      ("class_weight: {5: 2}", "class 5"),
    ])
  func monitors(line: String, words: String) throws {
    try withTemporaryFolder { folder in
      let job = try SmallJob(in: folder)
      try job.edit("  batch_size: 10", "  \(line)\n  batch_size: 10")
      for command in ["check", "train"] {
        let run = try sounder.run([command, "job.yaml"], in: folder)
        #expect(run.status == 65, "\(command): \(run.status) \(run.output) \(run.errors)")
        #expect(run.errors.contains(words), "\(command): \(run.errors)")
      }
    }
  }

  @Test("check refuses a plateau that follows what is not measured")
  func plateau() throws {
    try withTemporaryFolder { folder in
      let job = try SmallJob(in: folder)
      try job.edit(
        "adam: {learning_rate: 0.05}",
        "adam: {learning_rate: {reduce_on_plateau: {initial_learning_rate: 0.05, monitor: val_acc}}}"
      )
      let run = try sounder.run(["check", "job.yaml"], in: folder)
      #expect(run.status == 65)
      #expect(run.errors.contains("follows 'val_acc'"), "\(run.errors)")
      try job.edit("monitor: val_acc}", "monitor: val_accuracy}")
      #expect(try sounder.run(["check", "job.yaml"], in: folder).status == 0)
    }
  }

  @Test(
    "train says why it ended, which weights the model has, and what a step takes",
    arguments: [nil, 2, 3])
  func ended(ranks: Int?) throws {
    try withTemporaryFolder { folder in
      let job = try SmallJob(in: folder, epochs: 40)
      try job.edit(
        "  batch_size: 10",
        "  early_stopping: {patience: 3, min_delta: 100, restore_best_weights: true}\n"
          + "  batch_size: 10")
      try job.edit("model: model.h5", "model: model.h5\n  history_csv: epochs.csv")
      let launch = ranks.map { ["--ranks", "\($0)"] } ?? []
      let run = try sounder.run(["train", "job.yaml"] + launch, in: folder)
      #expect(run.status == 0, "\(run.errors)")
      for words in [
        "ended after epoch 4: val_loss has not become better for 3 epochs",
        "the weights of epoch 1", "memory of a step",
      ] { #expect(run.errors.contains(words), "'\(words)' is not in \(run.errors)") }
      let table = try String(contentsOf: job.url("epochs.csv"), encoding: .utf8)
      let lines = table.split(separator: "\n").map { $0.split(separator: ",") }
      #expect(lines.count == 5)
      // The model is measured as its epoch was.
      let evaluation = try sounder.run(
        ["evaluate", "model.h5", "data.h5", "--json"], in: folder)
      let loss = try #require(try Value(json: evaluation.output)["loss"]?.number)
      let validated = try #require(Double(lines[1][5]))
      #expect(abs(loss - validated) < 1e-6, "\(loss) \(validated)")

      let again = try sounder.run(["train", "job.yaml"] + launch, in: folder)
      #expect(again.status == 74)
      try FileManager.default.removeItem(at: job.url("model.h5"))
      let other = try sounder.run(["train", "job.yaml"] + launch, in: folder)
      #expect(other.status == 74 && other.errors.contains("epochs.csv"), "\(other.errors)")
      let json = try sounder.run(
        ["train", "job.yaml", "--overwrite", "--json"] + launch, in: folder)
      let last = try Value(json: json.output.split(separator: "\n").last.map(String.init) ?? "")
      #expect(last["best_epoch"] == 1 && last["epochs"] == 4, "\(json.output)")
      #expect((last["step_bytes"]?.int ?? 0) > 67 * 16)
    }
  }

  @Test("a network trained by focal cross-entropy is a classifier")
  func focal() throws {
    try withTemporaryFolder { folder in
      let job = try SmallJob(in: folder, epochs: 10)
      try job.edit("sparse_categorical_crossentropy", "categorical_focal_crossentropy")
      try job.edit("network:\n", "pipeline: {target: [one_hot]}\nnetwork:\n")
      #expect(try sounder.run(["train", "job.yaml"], in: folder).status == 0)
      let evaluation = try sounder.run(["evaluate", "model.h5", "data.h5", "--json"], in: folder)
      #expect(try Value(json: evaluation.output)["confusion"] != nil, "\(evaluation.output)")
      let prediction = try sounder.run(["predict", "model.h5", "data.h5"], in: folder)
      #expect(prediction.output.hasPrefix("row,class,output_0"), "\(prediction.output.prefix(60))")
    }
  }

  @Test("evaluate weighs rows as training did, where the file has the weights")
  func weights() throws {
    try withTemporaryFolder { folder in
      let job = try SmallJob(in: folder)
      try job.change {
        try $0.createDataset("w", shape: [SmallJob.rowCount], of: Float.self)
          .write((0..<SmallJob.rowCount).map { Float($0 % 3) })
      }
      try job.edit("target: labels}\n  validation", "target: labels, weights: w}\n  validation")
      try job.edit(
        "validation: {file: data.h5, features: features, target: labels}",
        "validation: {file: data.h5, features: features, target: labels, weights: w}")
      let check = try sounder.run(["check", "job.yaml"], in: folder)
      #expect(check.status == 0 && check.output.contains("weights 0.0 to 2.0"), "\(check.output)")
      let run = try sounder.run(["train", "job.yaml", "--json"], in: folder)
      #expect(run.status == 0, "\(run.errors)")
      let last = try Value(json: run.output.split(separator: "\n").last.map(String.init) ?? "")
      let evaluation = try sounder.run(["evaluate", "model.h5", "data.h5", "--json"], in: folder)
      let figures = try Value(json: evaluation.output)
      let (loss, validated) = (figures["loss"]?.number ?? 0, last["val_loss"]?.number ?? 9)
      #expect(abs(loss - validated) < 1e-6 * validated, "\(loss) \(validated)")
      #expect(figures["accuracy"] == last["val_accuracy"])
    }
  }
}
