import Configuration
import Foundation
import TestSupport
import Testing

@Suite("Early stopping, targets, best weights", .serialized)
struct EarlyStoppingTests {
  /// A rate at which the validation loss of the clouds is best early and worse later: steps are too
  /// long in the end.
  private static let settings = ["training.epochs=12"]

  /// No epoch is better by 100 than the first: training ends behind `patience` more.
  private func never(_ patience: Int, _ more: String = "") -> String {
    "training.early_stopping={patience: \(patience), min_delta: 100\(more)}"
  }

  @Test(
    "training ends after as many epochs without an improvement, in every mode",
    arguments: [0, 1, 2], ["hogwild", "locked", "sync"])
  func patience(workers: Int, mode: String) throws {
    try withTemporaryFolder { folder in
      let job = try CloudJob(in: folder)
      let run = try job.train(
        workers: workers, Self.settings + [never(3), "distribution.mode=\(mode)"])
      #expect(run.result["outcome"] == "finished")
      #expect(run.result["epochs"] == 4, "\(run.text)")
      #expect(run.result["observed"] == 4, "rank 0 hears of every epoch")
      #expect(run.text.contains("training.early_stopping"))
      #expect(FileManager.default.fileExists(atPath: job.model))
      #expect(!FileManager.default.fileExists(atPath: job.checkpoint), "the checkpoint has served")
    }
  }

  @Test("epochs before start_from_epoch do not count, and an improving figure goes on")
  func start() throws {
    try withTemporaryFolder { folder in
      let job = try CloudJob(in: folder)
      let late = try job.train(workers: 0, Self.settings + [never(2, ", start_from_epoch: 3")])
      #expect(late.result["epochs"] == 6, "\(late.text)")
      // The loss of the training rows falls from epoch to epoch at first.
      let falling = try job.train(
        workers: 0, ["training.epochs=4", "training.early_stopping={monitor: loss, patience: 1}"])
      #expect(falling.result["epochs"] == 4, "\(falling.text)")
      #expect(falling.result["end_reason"] == nil)
      // More of an accuracy is better, so that it never falls by 2: as a loss it would go on falling.
      let up = try job.train(
        workers: 0,
        Self.settings + ["training.early_stopping={monitor: accuracy, patience: 2, min_delta: 2}"])
      #expect(up.result["epochs"] == 3, "\(up.text)")
      let reversed = try job.train(
        workers: 0,
        ["training.epochs=3", "training.early_stopping={monitor: loss, mode: max, patience: 1}"])
      #expect(reversed.result["epochs"] == 2, "a falling loss is no improvement: \(reversed.text)")
    }
  }

  @Test(
    "a target ends the training with the epoch that reaches it", arguments: [0, 1, 2],
    ["hogwild", "sync"])
  func target(workers: Int, mode: String) throws {
    try withTemporaryFolder { folder in
      let job = try CloudJob(in: folder)
      let run = try job.train(
        workers: workers,
        [
          "training.epochs=50", "training.target={monitor: val_accuracy, value: 0.97}",
          "distribution.mode=\(mode)",
        ])
      let epochs = try #require(run.result["epochs"]?.int)
      #expect(epochs < 50, "\(run.text)")
      #expect((run.result["val_accuracy"]?.number ?? 0) >= 0.97)
      #expect(run.result["outcome"] == "finished")
      let unreachable = try job.train(
        workers: workers,
        ["training.epochs=2", "training.target={monitor: val_loss, value: 0}"])
      #expect(unreachable.result["epochs"] == 2)
    }
  }

  @Test("the model file has the weights of the best epoch: those of a training that ends there")
  func best() throws {
    try withTemporaryFolder { folder in
      let job = try CloudJob(in: folder, layers: ["- dropout: {rate: 0.4}"])
      // Long steps: the figure goes up and down.
      let settings = ["training.epochs=8", "training.optimizer={adam: {learning_rate: 0.3}}"]
      let last = try job.train(workers: 0, settings)
      let losses = last.losses
      let place = try #require(losses.indices.min { losses[$0] < losses[$1] })
      #expect(place < 7, "the figure should be best before the last epoch: \(losses)")
      let best = try job.train(workers: 0, settings + ["output.weights=best"])
      #expect(best.result["best_epoch"]?.int == place + 1, "\(best.text)")
      #expect(best.result["result_epoch"]?.int == place + 1)
      #expect(best.losses == losses, "the training itself is the same")
      #expect(best.hash != last.hash)
      let short = try job.train(workers: 0, settings + ["training.epochs=\(place + 1)"])
      #expect(best.hash == short.hash)
      let restored = try job.train(
        workers: 1,
        settings + ["training.early_stopping={patience: 100, restore_best_weights: true}"])
      #expect(restored.hash == best.hash, "as in Keras, also when nothing stopped it")
    }
  }

  @Test(
    "an interrupted training stops where the whole one does, with the same best weights",
    arguments: [0, 1])
  func resumed(workers: Int) throws {
    try withTemporaryFolder { folder in
      let job = try CloudJob(in: folder, layers: ["- dropout: {rate: 0.4}"])
      let settings = [
        "training.epochs=30", "training.optimizer={adam: {learning_rate: 0.3}}",
        "training.early_stopping={patience: 4, restore_best_weights: true}",
      ]
      let whole = try job.train(workers: workers, settings)
      let epochs = try #require(whole.result["epochs"]?.int)
      #expect(epochs < 30, "\(whole.text)")
      try FileManager.default.removeItem(atPath: job.model)
      // Inside an epoch behind the best one, and at the end of another: 94 steps an epoch.
      let best = try #require(whole.result["best_epoch"]?.int)
      let first = try job.train(
        workers: workers, settings, fault: "rank=\(workers),step=\(94 * best + 30),kind=signal",
        expecting: 75)
      #expect(first.result["best_epoch"] == nil, "nothing is restored yet")
      _ = try job.train(workers: workers, settings, lastStep: best + 2, expecting: 75)
      let resumed = try job.train(workers: workers, settings)
      #expect(resumed.result["epochs"]?.int == epochs, "\(resumed.text)")
      #expect(resumed.result["best_epoch"]?.int == best)
      #expect(resumed.hash == whole.hash)
      #expect(resumed.losses == whole.losses)
    }
  }

  @Test("a training that is paused where it would have ended ends when it is resumed")
  func pausedAtTheEnd() throws {
    try withTemporaryFolder { folder in
      for workers in [0, 2] {
        let job = try CloudJob(in: folder)
        let settings = Self.settings + [never(3)]
        // A search's pruner says stop at the very epoch that early stopping ends with: it is heard.
        let paused = try job.train(workers: workers, settings, lastStep: 4, expecting: 75)
        #expect(paused.result["epochs"] == 4)
        let resumed = try job.train(workers: workers, settings)
        #expect(resumed.result["outcome"] == "finished")
        #expect(resumed.result["epochs"] == 4, "\(resumed.text)")
        #expect(resumed.result["samples"] == 0)
      }
    }
  }

  @Test("other settings than those of the checkpoint are taken, and best weights looked for anew")
  func changed() throws {
    try withTemporaryFolder { folder in
      let job = try CloudJob(in: folder)
      _ = try job.train(
        workers: 0, ["output.weights=best"], fault: "rank=0,step=300,kind=signal", expecting: 75)
      let resumed = try job.train(workers: 0, ["output.weights=best", "output.monitor=loss"])
      #expect(resumed.text.contains("looked for anew"), "\(resumed.text)")
      #expect((resumed.result["best_epoch"]?.int ?? 0) >= 4, "\(resumed.text)")
    }
  }

  @Test(
    "settings that contradict each other or follow nothing are refused, with the way out",
    arguments: [
      (["training.early_stopping={monitor: val_f1_score}"], "val_accuracy"),
      (["training.early_stopping={patience: 2}", "data.validation=null"], "data.validation"),
      (["training.target={monitor: val_loss}"], "'value' is missing"),
      (["training.target={monitor: val_los, value: 1}"], "val_loss"),
      (["training.early_stopping={patients: 2}"], "patience"),
      (["output.monitor=val_accuracy"], "output.weights: best"),
      (["output.mode=max"], "monitor"),
      (["output.weights=bset"], "best"),
      (
        ["output.weights=last", "training.early_stopping={restore_best_weights: true}"],
        "restore_best_weights"
      ),
      (["training.class_weight={3: 2}"], "class 3"),
    ])
  func refused(settings: [String], words: String) throws {
    try withTemporaryFolder { folder in
      let job = try CloudJob(in: folder)
      let run = try job.run(workers: 0, settings)
      // A setting of the command line that cannot be read is a matter of usage.
      #expect([64, 65].contains(run.status), "\(run.status) \(run.errors)")
      #expect(run.errorLines.count == 1)
      #expect(run.errorLines.first?.contains(words) == true, "\(run.errors)")
    }
  }
}
