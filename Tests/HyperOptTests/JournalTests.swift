import Configuration
import Foundation
import HyperOpt
import TestSupport
import Testing

@Suite struct JournalTests {
  @Test func `a study that is opened again is the same to the last bit`() throws {
    try withTemporaryFolder { folder in
      let path = folder.appendingPathComponent("study.log").path
      let study = try Study(journal: path, settings: smallSettings())
      try run(study, 12)
      let read = try Study(opening: path)
      #expect(read.history.trials.count == 12)
      for (a, b) in zip(study.history.trials, read.history.trials) { #expect(isSame(a, b)) }
      #expect(read.history.finished == study.history.finished)
      #expect(read.history.prefix == study.history.prefix)
      #expect(read.history.space == study.history.space)
      #expect(!FileManager.default.fileExists(atPath: path + ".lock"))
    }
  }

  @Test func `a journal cut at any byte resumes with every whole line`() throws {
    try withMemoryFolder { folder in
      let path = folder.appendingPathComponent("study.log").path
      let settings = try smallSettings()
      try run(try Study(journal: path, settings: settings), 3)
      let whole = try Data(contentsOf: URL(fileURLWithPath: path))
      let cut = folder.appendingPathComponent("cut.log")
      for count in 0...whole.count {
        let lines = whole.prefix(count).filter { $0 == 0x0a }.count
        try whole.prefix(count).write(to: cut)
        if lines > 1 {
          // A reader leaves the torn line alone.
          let reader = try Study(opening: cut.path)
          #expect(reader.history.prefix == lines)
          #expect(try Data(contentsOf: cut).count == count)
        }
        let study = try Study(journal: cut.path, settings: settings)
        let known = study.history
        let running = known.running.map(\.number)
        let trial = try study.ask()
        #expect(trial.number == known.trials.count)
        for number in running + [trial.number] { try study.tell(number, .complete([1])) }
        let again = try Study(opening: cut.path).history
        #expect(again.trials.count == known.trials.count + 1)
        #expect(again.running.isEmpty)
        for (a, b) in zip(known.trials, again.trials) where a.state.isFinished {
          #expect(isSame(a, b))
        }
      }
    }
  }
}
