import Configuration
import Foundation
import HyperOpt
import TestSupport
import Testing

@Suite("A shared study")
struct StudySharingTests {
  @Test("Two studies on one journal see each other's trials and share the numbers")
  func alternate() throws {
    try withMemoryFolder { folder in
      let path = folder.appendingPathComponent("study.log").path
      let a = try Study(journal: path, settings: smallSettings())
      let b = try Study(journal: path, settings: smallSettings())
      let prepared = try b.prepare().run()
      #expect(try a.ask().number == 0)
      #expect(try b.ask(with: prepared) == nil)
      #expect(try b.ask().number == 1)
      try b.tell(0, .complete([3]))
      #expect(throws: StudyError.self) { try a.tell(0, .complete([4])) }
      try a.refresh()
      #expect(a.history.trials[0].values == [3])
      #expect(a.worker(of: 1) == b.worker)
      try b.enqueue(["rate": 0.25])
      #expect(try a.ask().parameters["rate"] == 0.25)
      #expect(try b.ask().number == 3)
      #expect(try a.replay().difference == nil)
      let whole = try Study(opening: path).history
      #expect(whole.trials.count == 4)
      #expect(Set(whole.trials.map { "\($0.parameters.values)" }).count == 4)
    }
  }

  @Test("What a body did before it threw is stored; the lock is given back")
  func throwingBody() throws {
    try withMemoryFolder { folder in
      struct Broken: Error {}
      let path = folder.appendingPathComponent("study.log").path
      let study = try Study(journal: path, settings: smallSettings())
      #expect(throws: Broken.self) {
        try study.transaction {
          _ = try study.ask()
          throw Broken()
        }
      }
      #expect(try Study(journal: path, settings: smallSettings()).history.trials.count == 1)
    }
  }

  @Test("A transaction is one append: a reader sees all of it or nothing")
  func transaction() throws {
    try withMemoryFolder { folder in
      let path = folder.appendingPathComponent("study.log").path
      let study = try Study(journal: path, settings: smallSettings())
      let reader = try Study(opening: path)
      try study.transaction {
        for number in 0..<50 {
          _ = try study.ask()
          try study.tell(number, .complete([1]))
        }
        try reader.refresh()
        #expect(reader.history.trials.isEmpty)
        #expect(study.history.trials.count == 50)
      }
      try reader.refresh()
      #expect(reader.history.complete.count == 50)
    }
  }
}
