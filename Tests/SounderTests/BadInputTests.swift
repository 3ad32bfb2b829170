import Foundation
import TestSupport
import Testing

/// The list: each gets one clear message on one line, the exit code of the design, within
/// seconds, on any number of ranks, and no file is harmed.
@Suite("Bad input", .serialized)
struct BadInputTests {
  private let sounder = Program()

  /// What every case begins with: an existing model that must survive, and one to predict with.
  private func withJob(_ body: (SmallJob) throws -> Void) throws {
    try withTemporaryFolder { folder in
      let job = try SmallJob(in: folder)
      try Data("a precious model".utf8).write(to: job.url("model.h5"))
      try Self.trained.get().write(to: job.url("trained.h5"))
      try body(job)
    }
  }

  /// A model that was trained once.
  private static let trained: Result<Data, any Error> = Result {
    try withTemporaryFolder { folder in
      let job = try SmallJob(in: folder)
      let run = try Program().run(["train", "job.yaml"], in: folder)
      guard let bytes = job.bytes("model.h5") else {
        throw CocoaError(.fileNoSuchFile, userInfo: ["errors": run.errors])
      }
      return bytes
    }
  }

  private func check(_ bad: BadInput, ranks: Int?) throws {
    try withJob { job in
      try bad.spoil(job)
      let before = Dictionary(uniqueKeysWithValues: job.files.map { ($0, job.bytes($0)) })
      let run = try sounder.run(
        bad.arguments, ranks: ranks, in: job.folder, environment: bad.environment,
        timeoutSeconds: 30)
      #expect(!run.timedOut)
      #expect(run.status == bad.status, "\(run.errors)")
      #expect(run.errorLines.count == 1, "\(run.errors)")
      for word in bad.words {
        #expect(run.errorLines.first?.contains(word) == true, "'\(word)' is not in: \(run.errors)")
      }
      if ranks == nil {
        #expect(run.errors.split(separator: "\n").last?.hasPrefix("sounder: error: ") == true)
      }
      let after = Dictionary(uniqueKeysWithValues: job.files.map { ($0, job.bytes($0)) })
      #expect(after.keys.sorted() == before.keys.sorted(), "files came or went")
      #expect(after == before, "a file was harmed")
    }
  }

  @Test("alone", arguments: (BadInput.all + BadInput.searches).filter { !$0.needsRanks })
  func alone(_ bad: BadInput) throws {
    try check(bad, ranks: nil)
  }

  @Test(
    "on three ranks",
    arguments: BadInput.all.filter { $0.name != "a process that throws alone" }
      + BadInput.searches.filter(\.needsRanks))
  func onRanks(_ bad: BadInput) throws {
    try check(bad, ranks: 3)
  }

  @Test("more workers than rows train, some of them on nothing", arguments: [4, 5])
  func moreWorkersThanRows(ranks: Int) throws {
    try withJob { job in
      try job.writeData("data.h5", rowCount: 2)
      let run = try sounder.run(BadInput.train, ranks: ranks, in: job.folder, timeoutSeconds: 60)
      #expect(run.status == 0, "\(run.errors)")
      #expect(run.errorLines.isEmpty)
      #expect(job.bytes("model.h5") != Data("a precious model".utf8))
    }
  }

  @Test("an output folder that is full", arguments: [nil, 3])
  func fullFolder(ranks: Int?) throws {
    try withJob { job in
      let small = job.url("small")
      try FileManager.default.createDirectory(at: small, withIntermediateDirectories: false)
      let mount = try Program("/bin/mount").run([
        "-t", "tmpfs", "-o", "size=64k", "tmpfs", small.path,
      ])
      guard mount.status == 0 else {
        try Test.cancel("this user may not mount a file system that can be filled")
      }
      defer { _ = try? Program("/bin/umount").run([small.path]) }
      try Data().write(to: small.appendingPathComponent("rest"))
      let rest = try FileHandle(forWritingTo: small.appendingPathComponent("rest"))
      while (try? rest.write(contentsOf: Data(count: 4096))) != nil {}
      try rest.close()
      try job.edit("model: model.h5", "model: small/model.h5")
      let run = try sounder.run(BadInput.train, ranks: ranks, in: job.folder, timeoutSeconds: 30)
      #expect(run.status == 74, "\(run.errors)")
      #expect(run.errorLines.count == 1, "\(run.errors)")
      #expect(run.errors.contains("small"))
      let files = try FileManager.default.contentsOfDirectory(atPath: small.path)
      #expect(files == ["rest"], "something was left behind: \(files)")
    }
  }

  @Test("a folder that fills up while the predictions are written leaves nothing behind")
  func fillsUp() throws {
    try withJob { job in
      let small = job.url("small")
      try FileManager.default.createDirectory(at: small, withIntermediateDirectories: false)
      let mount = try Program("/bin/mount").run([
        "-t", "tmpfs", "-o", "size=8k", "tmpfs", small.path,
      ])
      guard mount.status == 0 else {
        try Test.cancel("this user may not mount a file system that can be filled")
      }
      defer { _ = try? Program("/bin/umount").run([small.path]) }
      try job.writeData("data.h5", rowCount: 3000)
      for name in ["p.h5", "p.csv"] {
        let run = try sounder.run(
          ["predict", "trained.h5", "data.h5", "--output", "small/\(name)"], in: job.folder)
        #expect(run.status == 74, "\(run.errors)")
        #expect(run.errorLines.count == 1, "\(run.errors)")
        let files = try FileManager.default.contentsOfDirectory(atPath: small.path)
        #expect(files.isEmpty, "something was left behind: \(files)")
      }
    }
  }
}
