import Configuration
import Foundation
import TestSupport
import Testing

@Suite("Callbacks in Swift", .serialized)
struct CallbackTests {
  @Test("every rank hears of every epoch, with the same numbers", arguments: [0, 1, 2])
  func heard(workers: Int) throws {
    try withTemporaryFolder { folder in
      for mode in ["hogwild", "locked", "sync"] {
        let job = try CloudJob(in: folder)
        let run = try job.train(
          workers: workers,
          [
            "training.epochs=3", "training.validations_per_epoch=2", "distribution.mode=\(mode)",
          ], callback: "all")
        let diaries = run.diaries
        #expect(diaries.count == workers + 1, "\(run.text)")
        for diary in diaries {
          #expect(diary.prefix(3) == [3, 6, 3], "\(diary)")
          #expect(diary == diaries[0], "another rank heard other numbers")
        }
      }
    }
  }

  @Test(
    "one rank's wish ends the training as after its last epoch",
    arguments: ["0 0", "1 0", "1 1", "2 0", "2 2"], ["hogwild", "sync"])
  func stops(workersAndRank: String, mode: String) throws {
    let numbers = workersAndRank.split(separator: " ").compactMap { Int($0) }
    let place = (workers: numbers[0], rank: numbers[1])
    try withTemporaryFolder { folder in
      let job = try CloudJob(in: folder)
      let run = try job.train(
        workers: place.workers, ["distribution.mode=\(mode)"],
        callback: "stop=2,rank=\(place.rank)")
      #expect(run.result["outcome"] == "finished")
      #expect(run.result["epochs"] == 2, "\(run.text)")
      #expect(run.result["end_reason"]?.summary.contains("callback") == true)
      for diary in run.diaries { #expect(diary.prefix(3) == [2, 2, 2], "\(diary)") }
      #expect(FileManager.default.fileExists(atPath: job.model))
      #expect(!FileManager.default.fileExists(atPath: job.checkpoint))
    }
  }

  @Test("they change nothing else")
  func silent() throws {
    try withTemporaryFolder { folder in
      let job = try CloudJob(in: folder)
      let plain = try job.train(workers: 1)
      #expect(try job.train(workers: 1, callback: "all").hash == plain.hash)
    }
  }
}
