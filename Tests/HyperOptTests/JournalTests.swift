import Configuration
import Foundation
import HyperOpt
import TestSupport
import Testing

@Suite("The journal")
struct JournalTests {
  @Test("A study that is opened again is the same to the last bit")
  func roundTrip() throws {
    try withMemoryFolder { folder in
      let path = folder.appendingPathComponent("study.log").path
      let study = try Study(journal: path, settings: smallSettings())
      try run(study, 12)
      let read = try Study(opening: path)
      #expect(read.history.trials.count == 12)
      for (a, b) in zip(study.history.trials, read.history.trials) { #expect(isSame(a, b)) }
      #expect(read.history.finished == study.history.finished)
      #expect(read.history.prefix == study.history.prefix)
      #expect(read.history.space == study.history.space)
      #expect(read.settings.metricNames == ["loss"])
      #expect(!FileManager.default.fileExists(atPath: path + ".lock"))
    }
  }

  @Test("Every float survives: the smallest, the largest, NaN and infinities")
  func floats() throws {
    try withMemoryFolder { folder in
      let path = folder.appendingPathComponent("study.log").path
      let study = try Study(journal: path, settings: smallSettings())
      let number = try study.ask().number
      let values = [
        0.1, 1 / 3, Double.leastNonzeroMagnitude, -0.0, 1e16, 1e22, 123_456_789.123,
        .greatestFiniteMagnitude,
        -.infinity, .infinity, .nan, 2.2250738585072014e-308,
      ]
      for (step, value) in values.enumerated() {
        try study.report(number, step: step, value: value)
      }
      let read = try Study(opening: path).history.trials[0].reports
      #expect(read.count == values.count)
      for (report, value) in zip(read, values) {
        #expect(value.isNaN ? report.value.isNaN : report.value.bitPattern == value.bitPattern)
      }
    }
  }

  @Test("A journal cut at any byte resumes with every whole line")
  func cutAnywhere() throws {
    try withMemoryFolder { folder in
      let path = folder.appendingPathComponent("study.log").path
      let settings = try smallSettings()
      let study = try Study(journal: path, settings: settings)
      try run(study, 3)
      try study.enqueue(["rate": 0.5])
      _ = try study.ask()
      let whole = try Data(contentsOf: URL(fileURLWithPath: path))
      let cut = folder.appendingPathComponent("cut.log")
      var lines = 0
      for count in 0...whole.count {
        if count > 0, whole[count - 1] == 0x0a { lines += 1 }
        try whole.prefix(count).write(to: cut)
        if lines > 1 {
          // A reader leaves the torn line alone.
          let reader = try Study(opening: cut.path)
          #expect(reader.history.prefix == lines)
          #expect(try Data(contentsOf: cut).count == count)
        }
        // Each line is applied in the same way, whatever is torn behind it: resuming each line's
        // first, middle and last byte is enough.
        let isLineEnd =
          count == 0 || count == whole.count || whole[count] == 0x0a || whole[count - 1] == 0x0a
        guard isLineEnd || count % 7 == 0 else { continue }
        let resumed = try Study(journal: cut.path, settings: settings)
        let known = resumed.history
        let isWaiting = known.trials.contains { $0.state == .waiting }
        let trial = try resumed.ask()
        #expect(trial.number == known.trials.count - (isWaiting ? 1 : 0))
        for number in known.running.map(\.number) + [trial.number] {
          try resumed.tell(number, .complete([1]))
        }
        let again = try Study(opening: cut.path).history
        #expect(again.running.isEmpty)
        #expect(again.finished.count == again.trials.count)
        for (a, b) in zip(known.trials, again.trials) where a.state.isFinished {
          #expect(isSame(a, b))
        }
      }
    }
  }

  @Test("A damaged line in the middle is one error that names the line")
  func damagedLine() throws {
    try withMemoryFolder { folder in
      let path = folder.appendingPathComponent("study.log")
      try run(try Study(journal: path.path, settings: smallSettings()), 2)
      let lines = try String(contentsOf: path, encoding: .utf8).split(separator: "\n")
      for damage in ["{\"op_code\":7,\"worker", "{\"op_code\":77}", "[]", "{\"op_code\":7}", ""] {
        var copy = lines.map(String.init)
        copy[4] = damage
        let text = copy.joined(separator: "\n") + "\n"
        try text.write(to: path, atomically: true, encoding: .utf8)
        let error = #expect(throws: StudyError.self) { try Study(opening: path.path) }
        #expect(error?.exitCode == ExitCode.data)
        #expect(error?.description.contains("study.log:5: ") == true, "\(error?.description ?? "")")
        #expect(try String(contentsOf: path, encoding: .utf8) == text)
        #expect(!FileManager.default.fileExists(atPath: path.path + ".lock"))
      }
    }
  }

  @Test("Reading changes no file and makes none")
  func readOnly() throws {
    try withMemoryFolder { folder in
      let path = folder.appendingPathComponent("study.log")
      let missing = #expect(throws: StudyError.self) { try Study(opening: path.path) }
      #expect(missing?.exitCode == ExitCode.missingInput)
      try run(try Study(journal: path.path, settings: smallSettings()), 2)
      try (Data(contentsOf: path) + Data("{\"op_code\":".utf8)).write(to: path)
      let before = try Data(contentsOf: path)
      let study = try Study(opening: path.path)
      try study.refresh()
      _ = try study.replay()
      #expect(study.history.trials.count == 2)
      #expect(try Data(contentsOf: path) == before)
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["study.log"])
    }
  }

  @Test("A folder that is not there, and one that nobody may write to, are one line")
  func unwritable() throws {
    for (path, codes) in [
      ("/nowhere/at/all/study.log", [ExitCode.missingInput]),
      ("/proc/study.log", [ExitCode.data, ExitCode.missingInput]), ("/tmp", [ExitCode.data]),
    ] {
      let error = #expect(throws: StudyError.self) {
        try Study(journal: path, settings: smallSettings())
      }
      #expect(codes.contains(error?.exitCode ?? 0), "\(path): \(error?.description ?? "")")
    }
  }

  @Test("A lock whose process died is removed after the grace period, not before")
  func staleLock() throws {
    try withMemoryFolder { folder in
      let path = folder.appendingPathComponent("study.log").path
      _ = try Study(journal: path, settings: smallSettings())
      try FileManager.default.createSymbolicLink(
        atPath: path + ".lock", withDestinationPath: path)
      let begin = Date()
      let study = try Study(journal: path, settings: smallSettings(), lockGraceSeconds: 0.5)
      #expect(Date().timeIntervalSince(begin) > 0.45)
      #expect(try study.ask().number == 0)
      #expect(!FileManager.default.fileExists(atPath: path + ".lock"))
    }
  }

  @Test("A journal that is replaced under a running study is an error, not a mixture")
  func replaced() throws {
    try withMemoryFolder { folder in
      let path = folder.appendingPathComponent("study.log")
      let study = try Study(journal: path.path, settings: smallSettings())
      try run(study, 2)
      try Data("".utf8).write(to: path, options: .atomic)
      let error = #expect(throws: StudyError.self) { try study.ask() }
      #expect(error?.exitCode == ExitCode.inputOutput)
      #expect(try Data(contentsOf: path).isEmpty)
    }
  }

  @Test("A journal of version 1 of the format opens, and its proposals come out again")
  func golden() throws {
    let study = try Study(opening: fixture("sounder-1.journal").path)
    #expect(study.history.trials.count == 8)
    #expect(study.history.space.parameters.map(\.name) == ["rate", "kind", "size", "layers"])
    #expect(study.history.trials.map(\.state.rawValue) == [1, 1, 2, 3, 1, 1, 0, 4])
    #expect(study.history.best?.number == 4)
    #expect(study.history.trials[3].userAttributes["reason"] == "no memory")
    #expect(study.settings.seed == 7)
    let replay = try study.replay()
    #expect(replay.difference == nil)
    #expect(replay.proposalCount == 6)
  }
}
