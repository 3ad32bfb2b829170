import Configuration
import Foundation
import HDF5
import TestSupport
import Testing

#if DEBUG
  private let isOptimized = false
#else
  private let isOptimized = true
#endif

@Suite("Training on ranks", .serialized)
struct TrainingTests {
  @Test(
    "every row is visited once in an epoch, by any number of workers",
    arguments: [0, 1, 2, 3, 5], [1, 7, 101])
  func visits(workers: Int, rows: Int) throws {
    try withTemporaryFolder { folder in
      let job = try VisitJob(rows: rows, in: folder)
      let run = try job.train(workers: workers)
      #expect(run.visits == [Int](repeating: 1, count: rows), "\(run.text)")
    }
  }

  @Test(
    "an interrupted epoch goes on with the rows that are left, on any number of ranks",
    arguments: [(1, 1), (2, 2), (2, 3), (3, 1), (5, 2), (0, 2), (2, 0)])
  func resumedVisits(before: Int, after: Int) throws {
    try withTemporaryFolder { folder in
      let job = try VisitJob(rows: 101, in: folder)
      let rank = before == 0 ? 0 : before
      let stopped = try job.train(
        workers: before, fault: "rank=\(rank),step=6,kind=signal", expecting: 75)
      #expect(stopped.result["outcome"] == "stopped_early")
      let done = stopped.result["samples"]?.int ?? 0
      #expect(done >= 6 && done < 101, "\(done) rows before the stop")
      let resumed = try job.train(workers: after)
      #expect(resumed.visits == [Int](repeating: 1, count: 101), "\(resumed.text)")
      #expect(resumed.result["samples"]?.int == 101 - done)
      #expect(!FileManager.default.fileExists(atPath: job.checkpoint), "the checkpoint has served")
    }
  }

  @Test("one worker is reproducible to the bit, with a server or without, and after a resume")
  func reproducible() throws {
    try withTemporaryFolder { folder in
      let job = try CloudJob(in: folder, layers: ["- dropout: {rate: 0.2}"])
      let alone = try job.train(workers: 0)
      let again = try job.train(workers: 0)
      let served = try job.train(workers: 1)
      #expect(alone.hash == again.hash)
      #expect(alone.hash == served.hash)
      let stopped = try job.train(
        workers: 0, fault: "rank=0,step=70,kind=signal", expecting: 75)
      #expect(stopped.result["outcome"] == "stopped_early")
      let resumed = try job.train(workers: 0)
      #expect(resumed.hash == alone.hash)
      #expect(resumed.result["loss"] == alone.result["loss"])
      let other = try job.train(workers: 0, ["training.seed=2"])
      #expect(other.hash != alone.hash)
    }
  }

  @Test("n synchronous workers with all their rows make the step of one worker with all rows")
  func synchronousMean() throws {
    try withTemporaryFolder { folder in
      let job = try CloudJob(in: folder)
      let settings = [
        "training.batch_size=3000", "training.optimizer={sgd: {learning_rate: 0.5}}",
        "training.epochs=3", "distribution.mode=sync",
      ]
      let alone = try job.train(workers: 0, settings)
      let together = try job.train(workers: 3, settings)
      #expect(alone.parameters.count == together.parameters.count)
      for (a, b) in zip(alone.parameters, together.parameters) {
        // The sums over rows are taken in another order: float rounding.
        #expect(abs(a - b) < 1e-4, "\(a) \(b)")
      }
    }
  }

  @Test(
    "Hogwild converges in place and on copies", arguments: ["in_place", "copy"])
  func converges(exchange: String) throws {
    try withTemporaryFolder { folder in
      let job = try CloudJob(in: folder)
      let run = try job.train(workers: 2, ["distribution.exchange=\(exchange)"])
      #expect((run.result["val_accuracy"]?.number ?? 0) > 0.95, "\(run.text)")
      #expect(run.result["samples"]?.int == 6 * 3000)
      #expect(run.result["observed"]?.int == 6, "rank 0 hears of every epoch")
    }
  }

  @Test(
    "a step allocates nothing, from the file to the shared parameters",
    .enabled(if: isOptimized, "only an optimised build keeps closures on the stack"),
    arguments: [(0, "hogwild"), (0, "sync")] + modeNames.map { (1, $0) })
  func allocations(workers: Int, mode: String) throws {
    try withTemporaryFolder { folder in
      func count(rows: Int) throws -> Int {
        let job = try CloudJob(in: folder, rows: rows)
        let run = try job.train(workers: workers, ["distribution.mode=\(mode)"])
        return try #require(run.result["allocations"]?.int)
      }
      // The same batches and epochs, four times the steps: 600 and 2400, and as many validated.
      let few = try count(rows: 3200)
      let many = try count(rows: 12_800)
      #expect(few > 0, "allocations are counted")
      // Messages to rank 0 go by the clock, and MPI may allocate for one.
      let messages = workers == 0 ? 0 : 200
      #expect(abs(many - few) <= 50 + messages, "\(few) for 600 steps, \(many) for 2400")
    }
  }

  @Test("rank 0 sleeps while it serves: under 5 % of a core")
  func serverSleeps() throws {
    try withTemporaryFolder { folder in
      let job = try CloudJob(in: folder)
      let run = try job.train(workers: 1, ["training.epochs=500", "training.batch_size=8"])
      let seconds = try #require(run.result["seconds"]?.number)
      let share = try #require(run.result["server_cpu"]?.number)
      #expect(seconds > 0.3, "long enough to measure")
      #expect(share >= 0 && share < 0.05, "\(share) of a core")
    }
  }

  @Test(
    "a rank that throws or dies ends the job within seconds", arguments: [1, 2], ["throw", "kill"])
  func fault(workers: Int, kind: String) throws {
    try withTemporaryFolder { folder in
      let job = try CloudJob(in: folder)
      let run = try job.run(
        workers: workers, [], fault: "rank=\(workers),step=5,kind=\(kind)", timeoutSeconds: 30)
      #expect(!run.timedOut)
      #expect(run.status != 0)
      if kind == "throw" {
        #expect(run.status == 70)
        #expect(run.errorLines.count == 1, "\(run.errors)")
      }
      #expect(!FileManager.default.fileExists(atPath: job.model))
    }
  }

  @Test("a killed job resumes from the last epoch's checkpoint, to the bit for one worker")
  func killedAndResumed() throws {
    try withTemporaryFolder { folder in
      let job = try CloudJob(in: folder)
      let whole = try job.train(workers: 1)
      try FileManager.default.removeItem(atPath: job.model)
      // 94 steps an epoch: the third epoch runs.
      let killed = try job.run(workers: 1, [], fault: "rank=1,step=250,kind=kill")
      #expect(killed.status != 0)
      #expect(FileManager.default.fileExists(atPath: job.checkpoint))
      let resumed = try job.train(workers: 1)
      #expect(resumed.hash == whole.hash)
      #expect(resumed.text.contains("resuming"))
    }
  }

  @Test("a checkpoint of another job is refused and stays as it is")
  func foreignCheckpoint() throws {
    try withTemporaryFolder { folder in
      let job = try CloudJob(in: folder)
      _ = try job.train(workers: 0, fault: "rank=0,step=70,kind=signal", expecting: 75)
      let before = try Data(contentsOf: URL(fileURLWithPath: job.checkpoint))
      let run = try job.run(workers: 1, ["training.seed=9"])
      #expect(run.status == 65)
      #expect(run.errorLines.count == 1)
      #expect(run.errorLines.first?.contains("training.seed") == true, "\(run.errors)")
      #expect(try Data(contentsOf: URL(fileURLWithPath: job.checkpoint)) == before)
    }
  }

  @Test("a checkpoint from behind the last epoch that is asked for is refused")
  func checkpointBehindTheEnd() throws {
    try withTemporaryFolder { folder in
      let job = try CloudJob(in: folder)
      // 94 steps an epoch: the third epoch runs.
      _ = try job.train(workers: 0, fault: "rank=0,step=200,kind=signal", expecting: 75)
      let run = try job.run(workers: 0, ["training.epochs=2"])
      #expect(run.status == 65)
      #expect(run.errorLines.first?.contains("epoch 3") == true, "\(run.errors)")
      #expect(try job.train(workers: 0).result["epochs"] == 6)
    }
  }

  @Test("a held-out fraction validates and is not trained on")
  func heldOut() throws {
    try withTemporaryFolder { folder in
      let job = try CloudJob(in: folder)
      let run = try job.train(
        workers: 2, ["data.validation={fraction: 0.2}", "training.epochs=2"])
      #expect(run.result["samples"]?.int == 2 * 2400, "\(run.text)")
      #expect(run.result["val_loss"]?.number != nil)
    }
  }

  @Test("a worker that hangs ends the job when the time that the job file grants is over")
  func watchdog() throws {
    try withTemporaryFolder { folder in
      let job = try CloudJob(in: folder)
      let run = try job.run(
        workers: 1, ["distribution.timeout=1"], fault: "rank=1,step=5,kind=stop",
        timeoutSeconds: 30)
      #expect(!run.timedOut)
      #expect(run.status == 70)
      #expect(run.errorLines.count == 1)
      #expect(run.errorLines.first?.contains("sign of life") == true, "\(run.errors)")
    }
  }

  @Test("a worker that hangs is named, and who waits for it")
  func watchdogNames() throws {
    try withTemporaryFolder { folder in
      let job = try CloudJob(in: folder)
      for mode in ["hogwild", "sync"] {
        let run = try job.run(
          workers: 2, ["distribution.timeout=4", "distribution.mode=\(mode)"],
          fault: "rank=2,step=5,kind=stop", timeoutSeconds: 30)
        #expect(!run.timedOut)
        #expect(run.status == 70, "\(mode): \(run.errors)")
        #expect(run.errorLines.count == 1)
        #expect(run.errorLines.first?.contains("rank 2 has given no sign") == true, "\(run.errors)")
        #expect(
          run.errorLines.first?.contains(
            "rank 1 waits for it in a \(mode == "sync" ? "reduction" : "barrier")") == true,
          "\(run.errors)")
      }
    }
  }

  @Test("a server that hangs ends the job, too", arguments: [1, 2])
  func serverHangs(workers: Int) throws {
    try withTemporaryFolder { folder in
      let job = try CloudJob(in: folder)
      let running = try Program("MPIProbe").start(
        ["train", job.file, "distribution.timeout=4", "training.epochs=100000"], ranks: workers + 1)
      // The job trains when its first checkpoint is there.
      let server = Program.wait {
        FileManager.default.fileExists(atPath: job.checkpoint)
          ? Processes.rank(0, of: job.file) : nil
      }
      kill(try #require(server), SIGSTOP)
      let run = running.wait(timeoutSeconds: 30)
      #expect(!run.timedOut)
      #expect(run.status == 70, "\(run.errors)")
      #expect(run.errors.contains("rank 0, the server, has given no sign of life"), "\(run.errors)")
    }
  }

  @Test(
    "no output takes the place of an input, by whatever name, and the two outputs differ",
    arguments: [
      ["output.model=FOLDER/data.h5"], ["output.checkpoint=FOLDER/./data.h5"],
      ["output.model=FOLDER/link.h5"], ["output.model=FOLDER/job.yaml"],
      ["output.model=FOLDER/m.h5", "output.checkpoint=FOLDER/../LAST/m.h5"],
      ["output.checkpoints=3", "output.history_csv=FOLDER/model.checkpoint.2.h5"],
    ])
  func distinctFiles(settings: [String]) throws {
    try withTemporaryFolder { folder in
      let job = try CloudJob(in: folder)
      let data = folder.appendingPathComponent("data.h5")
      try FileManager.default.createSymbolicLink(
        at: folder.appendingPathComponent("link.h5"), withDestinationURL: data)
      let before = try Data(contentsOf: data)
      let run = try job.run(
        workers: 0,
        settings.map {
          $0.replacing("FOLDER", with: folder.path)
            .replacing("LAST", with: folder.lastPathComponent)
        })
      #expect(run.status == 65, "\(run.errors)")
      #expect(run.errorLines.first?.contains("same file") == true, "\(run.errors)")
      #expect(try Data(contentsOf: data) == before)
    }
  }

  @Test("data that changed their length between a stop and the resume are refused")
  func changedData() throws {
    try withTemporaryFolder { folder in
      let job = try CloudJob(in: folder)
      _ = try job.train(workers: 0, fault: "rank=0,step=70,kind=signal", expecting: 75)
      _ = try CloudJob(in: folder, rows: 1500)
      for workers in [0, 2] {
        let run = try job.run(workers: workers, [])
        #expect(run.status == 65, "\(run.errors)")
        #expect(run.errorLines.count == 1, "\(run.errors)")
        #expect(run.errorLines.first?.contains("1500") == true, "\(run.errors)")
      }
    }
  }

  @Test("damaged numbers in a checkpoint are an error with one line, never a trap")
  func damagedCheckpoint() throws {
    try withTemporaryFolder { folder in
      let job = try CloudJob(in: folder)
      _ = try job.train(
        workers: 0, ["output.checkpoints=1"], fault: "rank=0,step=150,kind=signal", expecting: 75)
      let good = try Data(contentsOf: URL(fileURLWithPath: job.checkpoint))
      func expectRefusal(_ what: String) throws {
        let run = try job.run(workers: 0, [])
        #expect(run.status == 65, "\(what): \(run.status) \(run.errors)")
        #expect(run.errorLines.count == 1, "\(what): \(run.errors)")
      }
      // Epoch, rows, block, window, seed; worker, workers, first place, end.
      let damages: [(String, [Int64])] = [
        ("another epoch", [5, 3000, 3000, 3000, 1, 0, 1, 10, 3000]),
        ("absurd rows", [2, .max, 3000, 3000, 1, 0, 1, 10, 3000]),
        ("other rows", [2, 2000, 3000, 3000, 1, 0, 1, 10, 2000]),
        ("absurd workers", [2, 3000, 3000, 3000, 1, 0, 2_147_483_647, 0, 1]),
        ("places behind the end", [2, 3000, 3000, 3000, 1, 0, 1, 10, 4000]),
      ]
      for (what, numbers) in damages {
        try good.write(to: URL(fileURLWithPath: job.checkpoint))
        try Self.rewrite(job.checkpoint, rest: numbers)
        try expectRefusal(what)
      }
      for length in [0, 100, good.count / 2, good.count - 100] {
        try good.prefix(length).write(to: URL(fileURLWithPath: job.checkpoint))
        try expectRefusal("\(length) of \(good.count) bytes")
      }
      try good.write(to: URL(fileURLWithPath: job.checkpoint))
      #expect(try job.train(workers: 0).result["epochs"] == 6)
    }
  }

  /// Puts `numbers` in the place of the rest of the epoch, of which there are as many.
  private static func rewrite(_ path: String, rest numbers: [Int64]) throws {
    let file = try File(opening: path, access: .readWrite)
    try file.dataset("sounder/checkpoint/epoch_rest").write(numbers)
    // As one of before there were checksums: it is the numbers that must be looked at.
    try file.group("sounder/checkpoint").writeAttribute("format_version", 1)
    try file.flush()
  }
}
