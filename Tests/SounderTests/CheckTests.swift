import Configuration
import Foundation
import HDF5
import TestSupport
import Testing

@Suite("sounder check")
struct CheckTests {
  private let sounder = Program()

  private func items(_ run: Program.Run) throws -> [Value] {
    guard case .list(let items) = try Value(json: run.output)["items"]?.kind else { return [] }
    return items
  }

  @Test("a sound job passes, with the table of its layers", arguments: [nil, 3])
  func sound(ranks: Int?) throws {
    try withTemporaryFolder { folder in
      let job = try SmallJob(in: folder)
      let before = job.files
      let run = try sounder.run(["check", "job.yaml"], ranks: ranks, in: folder)
      #expect(run.status == 0, "\(run.output) \(run.errors)")
      for word in [
        "data.train", "data.validation", "67 parameters", "memory", "MPI", "shared window",
        "output.model", "dense_1", "total",
      ] { #expect(run.output.contains(word), "'\(word)' is not in\n\(run.output)") }
      #expect(!run.output.contains("failed"))
      #expect(job.files == before, "a check leaves nothing behind")
    }
  }

  @Test("the memory that a mode takes is counted: shared in one window, or each worker's own")
  func modeMemory() throws {
    try withTemporaryFolder { folder in
      _ = try SmallJob(in: folder)
      func memory(_ mode: String) throws -> String {
        let run = try sounder.run(
          ["check", "job.yaml", "--set", "distribution.mode=\(mode)"], in: folder)
        #expect(run.status == 0, "\(run.output)")
        return run.output.split(separator: "\n").first { $0.hasPrefix("ok      memory") }
          .map(String.init) ?? ""
      }
      // 67 parameters, with two numbers each for adam.
      #expect(try memory("hogwild").contains("and 804 bytes shared per node"))
      #expect(try memory("easgd").contains("and 268 bytes shared per node"))
      for mode in ["sync", "localsgd"] {
        let text = try memory(mode)
        #expect(text.contains("per worker") && !text.contains("shared"), "\(text)")
      }
    }
  }

  @Test("all problems are reported, and the first one decides the exit code")
  func everything() throws {
    try withTemporaryFolder { folder in
      let job = try SmallJob(in: folder)
      try job.writeData("data.h5") { features, labels in
        features[50] = .nan
        labels[9] = 7
      }
      try job.edit("batch_size: 10", "batch_sise: 10")
      try job.edit("model: model.h5", "model: nowhere/model.h5")
      let run = try sounder.run(["check", "job.yaml", "--json"], in: folder)
      #expect(run.status == 65)
      #expect(run.errorLines.count == 1)
      let failed = try items(run).filter { $0["ok"] == false }
      let text = Value(.list(failed)).json
      for word in ["batch_size", "NaN", "nowhere", "row 12"] {
        #expect(text.contains(word), "'\(word)' is not in \(text)")
      }
      #expect(failed.first?["name"] == "training")
      #expect(try items(run).contains { $0["name"] == "MPI" && $0["ok"] == true })
    }
  }

  @Test("labels out of range are found, unless values are not looked at")
  func labels() throws {
    try withTemporaryFolder { folder in
      let job = try SmallJob(in: folder)
      try job.writeData("data.h5") { _, labels in labels[9] = 7 }
      let run = try sounder.run(["check", "job.yaml"], in: folder)
      #expect(run.status == 65)
      #expect(run.output.contains("0.0 to 7.0") || run.output.contains("7.0"), "\(run.output)")
      #expect(try sounder.run(["check", "job.yaml", "--quick"], in: folder).status == 0)
    }
  }

  @Test("rows that are held out by class or in time are told, and classes that are none")
  func split() throws {
    try withTemporaryFolder { folder in
      let job = try SmallJob(in: folder)
      func check(_ validation: String, _ more: String...) throws -> Program.Run {
        try sounder.run(
          ["check", "job.yaml", "--set", "data.validation=\(validation)"] + more, in: folder)
      }
      // 120 rows of three classes.
      let stratified = try check("{fraction: 0.2, stratify: true}")
      #expect(stratified.status == 0, "\(stratified.output)")
      #expect(
        stratified.output.contains(
          "classes of the 96 rows to train on and of the 24 held out: red 33.33 % and 33.33 %, "
            + "green 33.33 % and 33.33 %, blue"), "\(stratified.output)")
      let quick = try check("{fraction: 0.2, stratify: true}", "--quick")
      #expect(quick.output.contains("20.0 % of the training rows, of each class its share"))
      #expect(!quick.output.contains("33.33"))
      let late = try check("{fraction: 0.2, time: true, gap: 4}")
      #expect(late.status == 0)
      #expect(
        late.output.contains(
          "rows 96 to 119, trained on rows 0 to 91, 4 between them are left out"),
        "\(late.output)")
      for (validation, word) in [
        ("{fraction: 0.2, time: true, gap: 100}", "no row to train on is left"),
        ("{folds: 50, stratify: true}", "no class has more than 40 rows"),
      ] {
        let wrong = try check(validation)
        #expect(wrong.status == 65 && wrong.output.contains(word), "\(wrong.output)")
      }
      try job.edit("target: labels}\n  validation", "target: features}\n  validation")
      let values = try check("{fraction: 0.2, stratify: true}")
      #expect(values.output.contains("no row of zeros with a one"), "\(values.output)")
    }
  }

  @Test("what images are augmented by is told, and rows that are no images")
  func augment() throws {
    try withTemporaryFolder { folder in
      let job = try SmallJob(in: folder)
      let wrong = try sounder.run(
        ["check", "job.yaml", "--set", "pipeline.augment=[flip]"], in: folder)
      #expect(wrong.status == 65)
      #expect(wrong.output.contains("pipeline.augment needs images"), "\(wrong.output)")
      try job.change { root in
        try root.createDataset("images", shape: [SmallJob.rowCount, 2, 2], of: Float.self)
          .write(SmallJob.features())
      }
      try job.edit("features: features", "features: images")
      try job.edit("layers:\n", "layers:\n    - flatten\n")
      let run = try sounder.run(
        ["check", "job.yaml", "--set", "pipeline.augment=[flip, shift: {pixels: 1}]"], in: folder)
      #expect(run.status == 0, "\(run.output)")
      #expect(run.output.contains("flip, shift of the images that are trained on"))
      let plain = try sounder.run(["check", "job.yaml"], in: folder)
      #expect(!plain.output.contains("pipeline.augment"))
    }
  }

  @Test("what is copied to the nodes is counted, and not copied yet")
  func stage() throws {
    try withTemporaryFolder { folder in
      let job = try SmallJob(in: folder)
      let before = job.files
      let run = try sounder.run(
        ["check", "job.yaml", "--set", "data.stage={folder: disk, keep: true}"], in: folder)
      #expect(run.status == 0, "\(run.output)\(run.errors)")
      #expect(run.output.contains("1 file(s), "), "\(run.output)")
      #expect(run.output.contains("copied to disk on each node and stay there"), "\(run.output)")
      #expect(job.files == before)
    }
  }

  @Test("with bfloat16 the layers that stay in float32 are named")
  func precision() throws {
    try withTemporaryFolder { folder in
      let job = try SmallJob(in: folder)
      try job.edit("metrics: [accuracy]", "precision: bfloat16")
      #expect(
        try !sounder.run(["check", "job.yaml"], in: folder).output.contains("in float32 stay"))
      try job.edit(
        "- dense: {units: 8, activation: tanh}",
        "- reshape: {target_shape: [4, 1]}\n    - conv1d: {filters: 2, kernel_size: 2, name: taps}\n"
          + "    - bidirectional: {layer: {gru: {units: 3}}, name: both}")
      let run = try sounder.run(["check", "job.yaml"], in: folder)
      #expect(run.status == 0, "\(run.output)")
      #expect(run.output.contains("in float32 stay taps, both"), "\(run.output)")
    }
  }

  @Test("a last layer without the activation that the loss expects gets a note")
  func forgottenActivation() throws {
    try withTemporaryFolder { folder in
      let job = try SmallJob(in: folder)
      #expect(
        try !sounder.run(["check", "job.yaml"], in: folder).output.contains("note    training"))
      try job.edit("activation: softmax", "activation: linear")
      let run = try sounder.run(["check", "job.yaml"], in: folder)
      #expect(run.status == 0)
      #expect(run.output.contains("takes probabilities, and the last layer ends in linear"))
      let loss = "training.loss={sparse_categorical_crossentropy: {from_logits: true}}"
      let told = try sounder.run(["check", "job.yaml", "--set", loss], in: folder)
      #expect(!told.output.contains("the last layer ends in"), "\(told.output)")
      try job.edit("activation: linear", "activation: softmax")
      let both = try sounder.run(["check", "job.yaml", "--set", loss], in: folder)
      #expect(both.output.contains("takes logits (from_logits: true)"), "\(both.output)")
    }
  }

  @Test("a target of another size is refused with what would fit the loss")
  func targetAdvice() throws {
    for (loss, words) in [
      ("categorical_crossentropy", "for class numbers use sparse_categorical_crossentropy"),
      ("mean_squared_error", "give the last layer as many outputs as a row has targets"),
    ] {
      try withTemporaryFolder { folder in
        let job = try SmallJob(in: folder)
        let change = ["--set", "training.loss=\(loss)", "--set", "training.metrics=[]"]
        for command in ["check", "train"] {
          let run = try sounder.run([command, "job.yaml"] + change, in: folder)
          #expect(run.status == 65, "\(run.output)\(run.errors)")
          #expect((run.output + run.errors).contains(words), "\(run.output)\(run.errors)")
        }
        _ = job
      }
    }
  }

  @Test("a network that no memory holds is a failed item, not a crash")
  func hugeNetwork() throws {
    try withTemporaryFolder { folder in
      let job = try SmallJob(in: folder)
      try job.edit("units: 8,", "units: 2000000000,")
      let run = try sounder.run(["check", "job.yaml"], in: folder)
      #expect(run.status == 65, "\(run.status) \(run.errors)")
      #expect(run.errorLines.count == 1)
    }
  }

  @Test("a reshape that nobody can count is a failed item, not a crash")
  func hugeShape() throws {
    try withTemporaryFolder { folder in
      let job = try SmallJob(in: folder)
      try job.edit(
        "- dense: {units: 8",
        "- reshape: {target_shape: [2147483647, 2147483647, 2147483647]}\n    - dense: {units: 8")
      let run = try sounder.run(["check", "job.yaml"], in: folder)
      #expect(run.status == 65, "\(run.status) \(run.errors)")
      #expect(run.errors.contains("layer 'reshape'"), "\(run.errors)")
    }
  }

  @Test("rows that were never written are a failed item at once, and nothing is read")
  func sparse() throws {
    try withTemporaryFolder { folder in
      let job = try SmallJob(in: folder)
      try job.change {
        try $0.createDataset("sparse", shape: [1 << 40, 8], of: Float.self, chunks: [1, 8])
      }
      try job.edit("features: features", "features: sparse")
      let run = try sounder.run(["check", "job.yaml"], in: folder, timeoutSeconds: 20)
      #expect(run.status == 65 && !run.timedOut, "\(run.status) \(run.errors)")
      #expect(run.output.contains("nothing was ever written"), "\(run.output)")
    }
  }

  @Test("an existing model is a note, and a checkpoint that train refuses is a failure")
  func existingOutputs() throws {
    try withTemporaryFolder { folder in
      let job = try SmallJob(in: folder)
      try Data("a precious model".utf8).write(to: job.url("model.h5"))
      let noted = try sounder.run(["check", "job.yaml", "--json"], in: folder)
      #expect(noted.status == 0, "\(noted.errors)")
      let model = try #require(try items(noted).first { $0["name"] == "output.model" })
      #expect(model["note"] == true && model.json.contains("--overwrite"))
      try FileManager.default.removeItem(at: job.url("model.h5"))

      let fault = ["SOUNDER_FAULT": "rank=0,step=19"]
      #expect(try sounder.run(["train", "job.yaml"], in: folder, environment: fault).status == 70)
      #expect(job.files.contains("model.checkpoint.h5"))
      let own = try sounder.run(["check", "job.yaml"], in: folder)
      #expect(own.status == 0 && own.output.contains("train resumes it"), "\(own.output)")

      try job.edit("batch_size: 10", "batch_size: 12")
      for command in ["check", "train"] {
        let run = try sounder.run([command, "job.yaml"], in: folder)
        #expect(run.status == 65, "\(command): \(run.status) \(run.output) \(run.errors)")
        #expect(run.errors.contains("another job (training.batch_size differs)"), "\(run.errors)")
      }
    }
  }

  @Test("--seed takes every seed that the job file takes")
  func seed() throws {
    try withTemporaryFolder { folder in
      _ = try SmallJob(in: folder)
      let run = try sounder.run(
        ["check", "job.yaml", "--quick", "--seed", "\(Int.max)"], in: folder)
      #expect(run.status == 0, "\(run.errors)")
      let negative = try sounder.run(["check", "job.yaml", "--quick", "--seed=-1"], in: folder)
      #expect(negative.errors.contains("seed"), "\(negative.errors)")
      #expect(negative.status == 65 || negative.status == 64, "\(negative.status)")
    }
  }

  @Test("missing files are 66, an output that cannot be written is 74")
  func codes() throws {
    try withTemporaryFolder { folder in
      let job = try SmallJob(in: folder)
      #expect(try sounder.run(["check", "nowhere.yaml"], in: folder).status == 66)
      try job.edit("model: model.h5", "model: /proc/model.h5")
      #expect(try sounder.run(["check", "job.yaml"], in: folder).status == 74)
      try job.edit("data.h5", "nowhere.h5")
      #expect(try sounder.run(["check", "job.yaml"], in: folder).status == 66)
    }
  }
}
