import Configuration
import Distributed
import Foundation
import HDF5
import TestSupport
import Testing

/// Checkpoints of which the newest is not what was written: the one before takes its place.
@Suite("Damaged checkpoints", .serialized)
struct CheckpointDamageTests {
  /// A training that was stopped in its third epoch, with the checkpoint of before as well.
  private struct Stopped {
    let job: CloudJob
    let newest: Data
    let earlier: Data
    var earlierPath: String { job.checkpoint.replacing("point.h5", with: "point.1.h5") }

    init(in folder: URL, _ settings: [String] = []) throws {
      job = try CloudJob(in: folder, rows: 600)
      // 19 steps an epoch.
      _ = try job.train(
        workers: 0, settings, fault: "rank=0,step=45,kind=signal", expecting: 75)
      newest = try Data(contentsOf: URL(fileURLWithPath: job.checkpoint))
      earlier = try Data(
        contentsOf: URL(
          fileURLWithPath: job.checkpoint.replacing("point.h5", with: "point.1.h5")))
    }

    /// Puts both back, the newest with damage.
    func place(_ bytes: Data, earlier: Data? = nil) throws {
      try bytes.write(to: URL(fileURLWithPath: job.checkpoint))
      try (earlier ?? self.earlier).write(to: URL(fileURLWithPath: earlierPath))
    }
  }

  /// All that may happen to bytes from `offset` on.
  private static func damages(_ good: Data, at offset: Int) -> [(what: String, bytes: Data)] {
    var flipped = good
    flipped[offset] ^= 0x10
    var zeroed = good
    let end = min(offset + 64, good.count)
    zeroed.replaceSubrange(offset..<end, with: Data(count: end - offset))
    let rest = good.prefix(offset) + Data(count: good.count - offset)
    return [
      ("a flipped bit", flipped), ("64 zeros", zeroed), ("the end cut off", good.prefix(offset)),
      ("zeros to the end", rest),
    ].filter { $0.1 != good }
  }

  @Test("damage anywhere in the newest checkpoint is found, and the one before is chosen")
  func everywhere() throws {
    try withTemporaryFolder { folder in
      let stopped = try Stopped(in: folder)
      let text = try String(contentsOfFile: stopped.job.file, encoding: .utf8)
      let training = try TrainingJob(value: try Value(yaml: text, file: "job.yaml"))
      try stopped.place(stopped.newest)
      #expect(training.resumption?.path == stopped.job.checkpoint)
      let count = stopped.newest.count
      // Every region, and every byte of the last ones: the seal.
      let offsets = Array(stride(from: 0, to: count, by: 61)) + Array(count - 40..<count)
      var tried = 0
      for offset in offsets {
        for damage in Self.damages(stopped.newest, at: offset) {
          tried += 1
          try stopped.place(damage.bytes)
          let chosen = training.resumption
          if chosen?.path != stopped.earlierPath || chosen?.epoch != 3 {
            Issue.record("\(damage.what) at \(offset) of \(count): \(String(describing: chosen))")
          }
        }
      }
      #expect(tried > 1000, "\(tried) damages to \(count) bytes")
    }
  }

  @Test("the run goes on from the one before and has all its epochs", arguments: [0, 2])
  func goesOn(workers: Int) throws {
    try withTemporaryFolder { folder in
      let stopped = try Stopped(in: folder)
      let count = stopped.newest.count
      for offset in [0, 100, count / 3, count / 2, count - 2000, count - 40, count - 5] {
        let damages = Self.damages(stopped.newest, at: offset)
        let damage = damages[offset % damages.count]
        try stopped.place(damage.bytes)
        let run = try stopped.job.train(workers: workers)
        let context: Comment = "\(damage.what) at \(offset): \(run.text)"
        #expect(run.result["epochs"] == 6, context)
        #expect(run.text.contains("model.checkpoint.h5 is damaged ("), context)
        #expect(run.text.contains("point.1.h5, an earlier one, takes its place"), context)
        #expect(run.text.contains("the start of epoch 3"), context)
        #expect(!FileManager.default.fileExists(atPath: stopped.job.checkpoint), context)
        #expect(!FileManager.default.fileExists(atPath: stopped.earlierPath), context)
      }
    }
  }

  @Test("where none is good the job ends with one line that says what to do, and all stay")
  func noneIsGood() throws {
    try withTemporaryFolder { folder in
      let stopped = try Stopped(in: folder)
      let count = stopped.newest.count
      for offset in [8, count / 2, count - 10] {
        let damages = Self.damages(stopped.newest, at: offset)
        let damage = damages[offset % damages.count].bytes
        try stopped.place(damage, earlier: stopped.earlier.prefix(offset))
        for workers in [0, 2] {
          let run = try stopped.job.run(workers: workers, [])
          #expect(run.status == 65, "\(run.status) \(run.errors)")
          #expect(run.errorLines.count == 1, "\(run.errors)")
          #expect(run.errors.contains("remove them to train anew"), "\(run.errors)")
          #expect(try Data(contentsOf: URL(fileURLWithPath: stopped.job.checkpoint)) == damage)
        }
      }
      try FileManager.default.removeItem(atPath: stopped.earlierPath)
      let run = try stopped.job.run(workers: 0, [])
      #expect(
        run.status == 65 && run.errors.contains("or remove it to train anew"), "\(run.errors)")
    }
  }

  @Test("as many as were asked for are kept, and none is left behind the end", arguments: [1, 3])
  func kept(count: Int) throws {
    try withTemporaryFolder { folder in
      let job = try CloudJob(in: folder, rows: 600)
      let settings = ["output.checkpoints=\(count)"]
      // 19 steps an epoch: five are done.
      let killed = try job.run(workers: 1, settings, fault: "rank=1,step=100,kind=kill")
      #expect(killed.status != 0)
      func checkpoints() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path)
          .filter { $0.contains("checkpoint") }.sorted()
      }
      let names = ["model.checkpoint.1.h5", "model.checkpoint.2.h5", "model.checkpoint.h5"]
      #expect(try checkpoints() == (count == 1 ? [names[2]] : names))
      for (name, epoch) in zip(names, [5, 4, 6]) where try checkpoints().contains(name) {
        let file = try File(opening: folder.appendingPathComponent(name).path)
        #expect(try file.group("sounder/checkpoint").intAttribute("epoch") == epoch, "\(name)")
        #expect(try FileSeal.finding(in: file.path) == .sound)
      }
      // Fewer are asked for than there are.
      _ = try job.train(workers: 1, ["output.checkpoints=2"])
      #expect(try checkpoints().isEmpty)
    }
  }

  @Test("a checkpoint goes on wherever the writing of the next one was cut off")
  func interrupted() throws {
    try withTemporaryFolder { folder in
      let stopped = try Stopped(in: folder)
      let files = FileManager.default
      let next = "\(stopped.job.checkpoint).tmp.2147483646"
      func goesOn(_ what: Comment) throws {
        let run = try stopped.job.train(workers: 1, ["training.epochs=7"])
        #expect(run.result["epochs"] == 7, what)
        #expect(!run.text.contains("damaged"), what)
        let left = try files.contentsOfDirectory(atPath: folder.path).sorted()
        #expect(left == ["data.h5", "job.yaml", "model.h5"], what)
      }
      try stopped.place(stopped.newest)
      try stopped.newest.prefix(3000).write(to: URL(fileURLWithPath: next))
      try goesOn("half of the next one is there")

      try stopped.place(stopped.newest)
      try files.removeItem(atPath: stopped.earlierPath)
      try files.linkItem(atPath: stopped.job.checkpoint, toPath: stopped.earlierPath)
      try files.linkItem(atPath: stopped.job.checkpoint, toPath: next + ".second")
      try goesOn("the newest has its second name already")

      try stopped.place(stopped.newest)
      try files.removeItem(atPath: stopped.job.checkpoint)
      try goesOn("the newest has its later name only")
    }
  }

  @Test("a file of another kind under one of the names is refused and stays")
  func foreign() throws {
    try withTemporaryFolder { folder in
      let stopped = try Stopped(in: folder)
      let data = try Data(contentsOf: folder.appendingPathComponent("data.h5"))
      try stopped.place(stopped.newest, earlier: data)
      let run = try stopped.job.run(workers: 0, [])
      #expect(run.status == 65, "\(run.errors)")
      #expect(run.errors.contains("point.1.h5 is there and is no checkpoint"), "\(run.errors)")
      #expect(try Data(contentsOf: URL(fileURLWithPath: stopped.earlierPath)) == data)
    }
  }

  @Test("a checkpoint of before there were checksums is resumed")
  func unsealed() throws {
    try withTemporaryFolder { folder in
      let stopped = try Stopped(in: folder)
      func change(version: Int) throws {
        let file = try File(opening: stopped.job.checkpoint, access: .readWrite)
        try file.group("sounder/checkpoint").writeAttribute("format_version", version)
        try file.flush()
      }
      // HDF5 cuts off what stands behind its end.
      try change(version: 1)
      #expect(try FileSeal.finding(in: stopped.job.checkpoint) == .missing)
      let run = try stopped.job.train(workers: 0)
      #expect(run.result["epochs"] == 6 && !run.text.contains("damaged"), "\(run.text)")
      #expect(run.text.contains("epoch 3, "), "\(run.text)")
      try stopped.place(stopped.newest)
      try change(version: 2)
      let later = try stopped.job.train(workers: 0)
      #expect(later.text.contains("checksum behind its end is missing"), "\(later.text)")
    }
  }

  @Test("a checkpoint is a model file, and stays sealed when intervals are added to it")
  func modelFile() throws {
    try withTemporaryFolder { folder in
      let stopped = try Stopped(in: folder)
      let model = try TrainedModel(reading: stopped.job.checkpoint)
      #expect(model.parameters.count == 2 * 16 + 16 + 16 * 3 + 3)
      try Calibrator.store(
        IntervalCalibration(
          scores: [1, 2, 3], targetCount: 1, rowCount: 3, scale: .absolute, source: "three rows"),
        in: stopped.job.checkpoint)
      #expect(try FileSeal.finding(in: stopped.job.checkpoint) == .sound)
      let resumed = try stopped.job.train(workers: 0)
      #expect(!resumed.text.contains("damaged"), "\(resumed.text)")
    }
  }
}
