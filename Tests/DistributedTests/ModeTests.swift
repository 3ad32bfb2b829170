import Configuration
import Distributed
import Foundation
import TestSupport
import Testing

/// The names of all modes.
let modeNames = ModeRegistry.all.map { $0.name }

/// What every mode of the registry must do, with real ranks: none escapes.
@Suite("Every mode", .serialized)
struct ModeTests {
  /// All modes as they are, and some with intervals that end within an epoch.
  static let settings =
    modeNames + [
      "{downpour: {push_interval: 4, pull_interval: 5}}", "{gem: {interval: 7}}",
      "{dynsgd: {interval: 9}}",
    ]

  /// The mode with meetings at each step, where it has an interval.
  private static func close(_ name: String) -> String {
    let hasInterval = ModeRegistry.owners(of: "interval")?.contains(name) == true
    return "distribution.mode=\(hasInterval ? "{\(name): {interval: 1}}" : name)"
  }

  /// The updates of shared parameters in 6 epochs of 3000 rows in batches of 32, and nil where none are
  /// shared.
  private static func updateCount(_ mode: String, workers: Int) -> Int? {
    let steps = [1: [94], 2: [47, 47], 3: [32, 32, 32]][workers] ?? []
    func meetings(every interval: Int, atEnds: Bool) -> Int {
      steps.reduce(0) { sum, epoch in
        sum
          + (1...6 * epoch).count { $0 % interval == 0 || (atEnds && $0 % epoch == 0) }
      }
    }
    switch mode {
    case "hogwild", "locked", "downpour", "gem": return meetings(every: 1, atEnds: false)
    case "easgd", "eamsgd": return meetings(every: 16, atEnds: false)
    case "dynsgd": return meetings(every: 5, atEnds: true)
    case "localsgd", "sync": return nil
    default:
      Issue.record("how many updates does mode \(mode) make?")
      return nil
    }
  }

  @Test("learns with one, two and three workers, and counts its updates", arguments: modeNames)
  func converges(_ mode: String) throws {
    try withTemporaryFolder { folder in
      let job = try CloudJob(in: folder)
      for workers in 1...3 {
        let run = try job.train(workers: workers, ["distribution.mode=\(mode)"])
        let place = "\(workers) workers: \(run.text)"
        #expect((run.result["val_accuracy"]?.number ?? 0) > 0.95, "\(place)")
        #expect(run.result["samples"]?.int == 6 * 3000, "\(place)")
        #expect(run.result["observed"]?.int == 6, "\(place)")
        #expect(
          run.result["staleness_updates"]?.int == Self.updateCount(mode, workers: workers),
          "\(place)")
        if workers == 1, run.result["staleness_updates"] != nil {
          #expect(run.result["staleness_largest"] == 0, "\(place)")
        }
      }
    }
  }

  @Test(
    "each row changes the weights, also where workers have no rows", arguments: modeNames,
    [2, 101])
  func visits(_ mode: String, rows: Int) throws {
    try withTemporaryFolder { folder in
      let job = try VisitJob(rows: rows, in: folder)
      let run = try job.train(workers: 3, [Self.close(mode)])
      #expect(run.result["samples"]?.int == rows)
      // A weight moves from 0 to 0.5 by its row alone; of that dynsgd leaves a part by the updates of
      // others, of which there are at most 100.
      #expect(run.parameters.count == rows)
      // Hogwild may lose what a worker wrote while another one was held up between reading and writing.
      let lost = run.parameters.count { $0 <= 0.0049 }
      #expect(lost <= (mode == "hogwild" ? rows / 20 : 0), "\(run.text)")
    }
  }

  @Test("one worker that was interrupted is the whole run to the bit", arguments: settings)
  func resumes(_ mode: String) throws {
    try withTemporaryFolder { folder in
      let job = try CloudJob(
        in: folder, layers: ["- dropout: {rate: 0.2}", "- batch_normalization"])
      let settings = ["distribution.mode=\(mode)"]
      let whole = try job.train(workers: 0, settings)
      try FileManager.default.removeItem(atPath: job.model)
      // 94 steps an epoch: the 51st step of the fourth, within every interval above but those of 1.
      _ = try job.train(
        workers: 0, settings, fault: "rank=0,step=333,kind=signal", expecting: 75)
      let checkpoint = try Data(contentsOf: URL(fileURLWithPath: job.checkpoint))
      let resumed = try job.train(workers: 0, settings)
      #expect(resumed.text.contains("resuming"))
      #expect(resumed.hash == whole.hash)
      #expect(resumed.result["val_loss"] == whole.result["val_loss"])
      // Two go on where the one was within its interval.
      try checkpoint.write(to: URL(fileURLWithPath: job.checkpoint))
      let shared = try job.train(workers: 2, settings)
      #expect(shared.result["samples"] == resumed.result["samples"], "\(shared.text)")
      #expect((shared.result["val_accuracy"]?.number ?? 0) > 0.95, "\(shared.text)")
    }
  }

  @Test(
    "two workers go on as two, and as three in another mode", arguments: settings.indices)
  func resumesElsewhere(_ index: Int) throws {
    let mode = Self.settings[index]
    let other = modeNames[(index + 1) % modeNames.count]
    try withTemporaryFolder { folder in
      let job = try CloudJob(in: folder)
      let stopped = try job.train(
        workers: 2, ["distribution.mode=\(mode)"], fault: "rank=2,step=151,kind=signal",
        expecting: 75)
      let done = stopped.result["samples"]?.int ?? 0
      #expect(done > 3 * 3000 && done < 5 * 3000, "\(stopped.text)")
      let checkpoint = try Data(contentsOf: URL(fileURLWithPath: job.checkpoint))
      for (workers, next) in [(2, mode), (3, other)] {
        try checkpoint.write(to: URL(fileURLWithPath: job.checkpoint))
        let run = try job.train(workers: workers, ["distribution.mode=\(next)"])
        let place = "\(workers) workers, \(next): \(run.text)"
        #expect(run.text.contains("resuming"), "\(place)")
        #expect(run.result["samples"]?.int == 6 * 3000 - done, "\(place)")
        #expect((run.result["val_accuracy"]?.number ?? 0) > 0.95, "\(place)")
      }
    }
  }

  @Test("parts of an epoch are validated in every mode", arguments: modeNames)
  func parts(_ mode: String) throws {
    try withTemporaryFolder { folder in
      let job = try CloudJob(in: folder)
      let run = try job.train(
        workers: 2,
        [
          "distribution.mode=\(mode)", "training.validations_per_epoch=3", "training.epochs=4",
        ])
      #expect(run.steps == Array(1...12), "\(run.text)")
      #expect(run.result["samples"]?.int == 4 * 3000)
      #expect((run.result["val_accuracy"]?.number ?? 0) > 0.9, "\(run.text)")
    }
  }

  @Test(
    "modes in which nobody shares memory are reproducible to the bit on any number of workers",
    arguments: ModeRegistry.all.filter { !$0.sharesMemory }.map { $0.name }, [1, 2, 3])
  func reproducible(_ mode: String, workers: Int) throws {
    try withTemporaryFolder { folder in
      let job = try CloudJob(in: folder)
      let first = try job.train(workers: workers, ["distribution.mode=\(mode)"])
      let second = try job.train(workers: workers, ["distribution.mode=\(mode)"])
      #expect(first.hash == second.hash)
    }
  }
}
