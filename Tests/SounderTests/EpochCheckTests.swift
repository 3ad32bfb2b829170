import Configuration
import Foundation
import TestSupport
import Testing

/// What `sounder check` says of an epoch that depends on rows and workers; the job has 120 rows.
@Suite("sounder check of an epoch")
struct EpochCheckTests {
  private let sounder = Program()

  private func check(
    _ settings: [String], ranks: Int? = nil, in folder: URL
  ) throws -> Program.Run {
    try sounder.run(
      ["check", "job.yaml"] + settings.flatMap { ["--set", $0] }, ranks: ranks, in: folder)
  }

  @Test("a step over a whole slice is planned for the workers that there are")
  func wholeSlice() throws {
    try withTemporaryFolder { folder in
      _ = try SmallJob(in: folder)
      let alone = try check(["training.batch_size=-1"], in: folder)
      #expect(alone.status == 0, "\(alone.output)")
      #expect(alone.output.contains("whole slice: 120 rows with one worker"), "\(alone.output)")
      let ranks = try check(["training.batch_size=-1"], ranks: 4, in: folder)
      #expect(ranks.output.contains("whole slice: 40 rows with 3 workers"), "\(ranks.output)")
      // The memory is that of a batch of as many rows.
      func memory(_ run: Program.Run) -> String {
        run.output.split(separator: "\n").first { $0.hasPrefix("total") }.map(String.init) ?? ""
      }
      let plain = try check(["training.batch_size=120"], in: folder)
      #expect(memory(alone) == memory(plain) && !memory(plain).isEmpty, "\(plain.output)")
      #expect(memory(ranks) != memory(alone))
      let held = try check(
        ["training.batch_size=-1", "data.validation={fraction: 0.25}"], in: folder)
      #expect(held.output.contains("whole slice: 90 rows"), "\(held.output)")
    }
  }

  @Test("batches that are drawn, and rows that are dealt anew, are counted")
  func counts() throws {
    try withTemporaryFolder { folder in
      _ = try SmallJob(in: folder)
      let run = try check(
        ["training.steps_per_epoch=3", "data.redeal=1", "training.epochs=5"], ranks: 3, in: folder)
      #expect(run.status == 0, "\(run.output)")
      let words = [
        "3 batches by each of 2 workers: 60 rows an epoch, of 120 that there are",
        "the rows are dealt anew 4 times",
      ]
      for word in words { #expect(run.output.contains(word), "\(run.output)") }
      let short = try check(
        ["training.steps_per_epoch=3", "training.batch_size=100", "data.redeal=7"], ranks: 3,
        in: folder)
      let notes = ["a worker has 60 rows", "3 epochs, and the rows are dealt anew after every 7"]
      for note in notes { #expect(short.output.contains(note), "\(short.output)") }
      let alone = try check(["data.redeal=1"], in: folder)
      #expect(alone.output.contains("one worker has all rows"), "\(alone.output)")
    }
  }

  @Test("numbers that mean nothing are refused with what would be right")
  func refused() throws {
    try withTemporaryFolder { folder in
      let job = try SmallJob(in: folder)
      for (setting, words) in [
        ("batch_size: 0", "-1 for a worker's whole slice"),
        ("batch_size: -2", "-2 is outside -1...1048576"),
        ("steps_per_epoch: 0", "0 is outside 1..."),
      ] {
        try job.edit("batch_size: 10", setting)
        for command in ["check", "train"] {
          let run = try sounder.run([command, "job.yaml"], in: folder)
          #expect(run.status == 65, "\(run.status): \(run.errors)")
          #expect(run.errors.contains(words), "\(run.errors)")
        }
        try job.edit(setting, "batch_size: 10")
      }
      let redeal = try check(["data.redeal=-1"], in: folder)
      #expect(redeal.status != 0 && redeal.errors.contains("redeal"), "\(redeal.errors)")
    }
  }

  @Test("a model of whole slices and drawn batches can be read: it keeps the job as it was written")
  func record() throws {
    try withTemporaryFolder { folder in
      let job = try SmallJob(in: folder)
      try job.edit("batch_size: 10", "batch_size: -1\n  steps_per_epoch: 4")
      let run = try sounder.run(["train", "job.yaml"], ranks: 3, in: folder)
      #expect(run.status == 0, "\(run.errors)")
      let outline = try sounder.run(["evaluate", "model.h5", "data.h5"], in: folder)
      #expect(outline.status == 0, "\(outline.errors)")
    }
  }
}
