import Configuration
import Distributed
import Foundation
import TestSupport
import Testing

/// Data files that are copied to a disk of each node before they are read.
@Suite("Staging of data files", .serialized)
struct StagingTests {
  /// A `VisitJob` of 12 rows, whose copies stand in a folder of its own.
  private struct StagedJob {
    let job: VisitJob
    var stage: URL { job.folder.appendingPathComponent("disk/of node") }
    var data: URL { job.folder.appendingPathComponent("data.h5") }
    /// A line for each file that a command has copied.
    var log: URL { job.folder.appendingPathComponent("log") }

    init(in folder: URL) throws { job = try VisitJob(rows: 12, in: folder) }

    /// The setting; `more` are keys beside the folder.
    func setting(_ more: String = "") -> String { "data.stage={folder: '\(stage.path)'\(more)}" }

    /// The setting with a command that tells of its calls, and a line of the shell that copies.
    func logged(_ line: String = "cp {source} {target}", _ more: String = "") -> String {
      setting(", command: \"echo called >> '\(log.path)'; \(line)\"" + more)
    }

    var callCount: Int {
      ((try? String(contentsOf: log, encoding: .utf8)) ?? "").split(separator: "\n").count
    }

    /// Waits until so many files have been copied by a command.
    func waitForCalls(_ count: Int) {
      _ = Program.wait(timeoutSeconds: 20) { callCount >= count ? true : nil }
    }

    /// What stands in the folder beside its locks.
    var copies: [String] {
      get throws {
        try FileManager.default.contentsOfDirectory(atPath: stage.path)
          .filter { $0 != ".sounder-\(geteuid()).lock" }.sorted()
      }
    }
  }

  @Test("a job file's key comes back as it was given, and half a key is refused")
  func jobFile() throws {
    func data(_ stage: String) throws -> DataConfiguration {
      var options = try Options(
        try Value(
          yaml: "{train: {file: a.h5, features: x, target: y}, stage: \(stage)}", file: "job.yaml"))
      let data = try DataConfiguration(options: &options)
      try options.finish()
      return data
    }
    for (text, keeps, command) in [
      ("/disk", false, nil), ("{folder: /disk}", false, nil),
      ("{folder: /disk, keep: true}", true, nil),
      (
        "{folder: /disk, command: 'dd if={source} of={target}'}", false,
        "dd if={source} of={target}"
      ),
    ] as [(String, Bool, String?)] {
      let first = try data(text)
      let stage = try #require(first.stage)
      #expect(stage.folder == "/disk" && stage.keeps == keeps && stage.command == command)
      var options = try Options(first.value)
      #expect(try DataConfiguration(options: &options).stage == stage, "\(text)")
    }
    #expect(try data("null").stage == nil)
    for (text, words) in [
      ("''", "a folder is needed"), ("{keep: true}", "'folder' is missing"),
      ("{folder: /disk, keep: 1}", "true or false"), ("{folder: /disk, keeps: true}", "keeps"),
      ("{folder: /disk, command: 'cp {source} x'}", "{target} is missing"),
      ("{folder: /disk, command: 'cp x {target}'}", "{source} is missing"),
    ] {
      let error = #expect(throws: ConfigurationError.self) { try data(text) }
      #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
    }
  }

  @Test(
    "all ranks of a node read what one of them has copied, and the copy goes at the end",
    arguments: [(0, nil), (2, nil), (4, "2"), (5, "cyclic:3")] as [(Int, String?)])
  func copied(workers: Int, nodes: String?) throws {
    try withTemporaryFolder { folder in
      let staged = try StagedJob(in: folder)
      // What is copied has the same size and other targets: it shows which of both was read.
      let other = folder.appendingPathComponent("ones.h5")
      try FileManager.default.moveItem(at: staged.data, to: other)
      try staged.job.writeLinear(
        features: (0..<144).map { $0 % 13 == 0 ? 1 : 0 }, targets: [Float](repeating: 2, count: 12),
        chunkRows: 4, rate: VisitJob.rate, distribution: "{mode: sync}")
      try FileManager.default.moveItem(
        at: staged.data, to: folder.appendingPathComponent("twos.h5"))
      try FileManager.default.moveItem(at: other, to: staged.data)
      let twos = folder.appendingPathComponent("twos.h5").path
      var environment: [String: String] = [:]
      environment["SOUNDER_NODE_RANKS"] = nodes
      let run = try Program("MPIProbe").run(
        [
          "train", staged.job.file, "training.epochs=40",
          staged.logged("test -f {source} && sleep 0.2 && cp '\(twos)' {target}"),
          // The same file for validation is no second copy.
          "data.validation={file: \(staged.data.path), features: x, target: y}",
        ], ranks: workers == 0 ? nil : workers + 1, environment: environment)
      try #require(run.status == 0, "\(run.errors)\(run.output)")
      let trained = TrainedRun(result: try Value(json: run.output), text: run.output)
      #expect(trained.parameters.count == 12)
      #expect(trained.parameters.allSatisfy { abs($0 - 2) < 0.1 }, "\(trained.text)")
      // Imagined nodes share one folder: the second one finds, or waits for, what the first one copies.
      #expect(staged.callCount == 1)
      #expect(try staged.copies == [])
    }
  }

  @Test("a copy that is kept is used again as long as the file has its size and time")
  func kept() throws {
    try withTemporaryFolder { folder in
      let staged = try StagedJob(in: folder)
      let keep = staged.logged("cp {source} {target}", ", keep: true")
      _ = try staged.job.train(workers: 2, [keep])
      let copies = try staged.copies
      #expect(copies.count == 1 && copies.allSatisfy { $0.hasSuffix("-data.h5") }, "\(copies)")
      let copy = staged.stage.appendingPathComponent(copies[0])
      #expect(try Data(contentsOf: copy) == Data(contentsOf: staged.data))
      _ = try staged.job.train(workers: 0, [keep])
      #expect(staged.callCount == 1)
      // Another time, then another size.
      try FileManager.default.setAttributes(
        [.modificationDate: Date(timeIntervalSince1970: 1e9)], ofItemAtPath: staged.data.path)
      _ = try staged.job.train(workers: 0, [keep])
      #expect(staged.callCount == 2)
      let handle = try FileHandle(forWritingTo: copy)
      try handle.truncate(atOffset: 100)
      try handle.close()
      _ = try staged.job.train(workers: 0, [keep])
      #expect(staged.callCount == 3)
      #expect(try Data(contentsOf: copy) == Data(contentsOf: staged.data))
      // Without the key it goes, whoever has made it.
      _ = try staged.job.train(workers: 2, [staged.logged()])
      #expect(staged.callCount == 3)
      #expect(try staged.copies == [])
    }
  }

  @Test("Sounder's own copy of several files trains the same numbers, and is told of")
  func several() throws {
    try withTemporaryFolder { folder in
      let staged = try StagedJob(in: folder)
      let more = folder.appendingPathComponent("more")
      try FileManager.default.createDirectory(at: more, withIntermediateDirectories: true)
      // One name in two folders.
      try FileManager.default.copyItem(
        at: staged.data, to: more.appendingPathComponent("data.h5"))
      let files = [
        "data.train={file: ['\(staged.data.path)', '\(more.path)/*.h5'], features: x, target: y}",
        "distribution.mode=sync", "training.batch_size=4",
      ]
      let plain = try staged.job.train(workers: 2, files)
      let copied = try staged.job.train(workers: 2, files + [staged.setting()])
      #expect(plain.hash != nil && plain.hash == copied.hash)
      #expect(try staged.copies == [])
      let told = try Program().run(
        ["train", staged.job.file, "--overwrite", "--set", files[0], "--set", staged.setting()])
      #expect(told.status == 0, "\(told.errors)")
      #expect(
        (told.output + told.errors).contains("data.stage: copied 2 file(s)"),
        "\(told.output)\(told.errors)")
    }
  }

  @Test("what cannot be copied is told of once, and leaves nothing behind")
  func refusals() throws {
    try withTemporaryFolder { folder in
      let staged = try StagedJob(in: folder)
      let huge = folder.appendingPathComponent("huge.h5").path
      #expect(FileManager.default.createFile(atPath: huge, contents: nil))
      try #require(truncate(huge, 8 << 40) == 0, "no file of 8 TiB with nothing in it can be made")
      func source(_ name: String) -> String {
        "data.train={file: '\(folder.path)/\(name)', features: x, target: y}"
      }
      let cases: [(settings: [String], status: Int32, words: String)] = [
        ([staged.setting(), source("gone.h5")], 66, "gone.h5: No such file"),
        ([staged.setting(), source("gone-*.h5")], 66, "no file matches"),
        ([staged.setting(), source("huge.h5")], 74, "TiB are to be copied"),
        (["data.stage=\(staged.data.path)/disk"], 74, "cannot be made: Not a directory"),
        (["data.stage=\(staged.data.path)"], 74, "no folder in which you may write"),
        ([staged.logged("cp {source} {target}; exit 3")], 74, "ended with exit code 3"),
        ([staged.logged("kill -9 $$; cp {source} {target}")], 74, "was ended by signal 9"),
        (
          [staged.logged("true {source}; head -c 100 /dev/zero > {target}")], 74,
          "is not there with the"
        ),
        ([staged.logged("true {source} {target}")], 74, "is not there with the"),
        (
          [staged.logged("cp {source} {target}; touch {source}")], 74,
          "has changed while it was copied"
        ),
      ]
      for (settings, status, words) in cases {
        for workers in [0, 2] {
          let run = try staged.job.run(workers: workers, settings)
          #expect(run.status == status, "\(settings): \(run.errors)")
          #expect(run.errors.contains(words), "\(settings): \(run.errors)")
          #expect(run.errorLines.count == 1, "\(run.errors)")
          #expect(((try? staged.copies) ?? []) == [], "\(settings)")
        }
      }
    }
  }

  @Test("what a job that was killed leaves behind is the next one's")
  func killed() throws {
    try withTemporaryFolder { folder in
      let staged = try StagedJob(in: folder)
      let half = "head -c 500 {source} > {target}; kill -9 $PPID; sleep 0.3"
      for workers in [0, 2] {
        let run = try staged.job.run(workers: workers, [staged.logged(half)])
        #expect(run.status != 0)
        #expect(try staged.copies.count == 1 && staged.copies[0].hasSuffix(".part"))
        _ = try staged.job.train(workers: workers, [staged.setting()])
        #expect(try staged.copies == [])
      }
      // Killed while it trained: the copy is whole, and needs no other.
      _ = try staged.job.run(
        workers: 0, [staged.setting()], fault: "rank=0,step=2,kind=kill")
      #expect(try staged.copies.count == 1)
      _ = try staged.job.train(workers: 2, [staged.logged()])
      #expect(staged.callCount == 2)
      #expect(try staged.copies == [])
    }
  }

  @Test("a copy that takes longer than distribution.timeout is waited for, and a stop ends it")
  func long() throws {
    try withTemporaryFolder { folder in
      let staged = try StagedJob(in: folder)
      // A rank may be at a file for ten times as long as it may be silent, and so may a copy not grow.
      let waited = try Program("MPIProbe").run(
        [
          "train", staged.job.file, "distribution.timeout=3", "distribution.mode=sync",
          staged.logged("sleep 6; head -c 99 {source} > {target}; sleep 6; cp {source} {target}"),
        ], ranks: 5, environment: ["SOUNDER_NODE_RANKS": "2"])
      #expect(waited.status == 0, "\(waited.errors)")
      let running = try Program("MPIProbe").start(
        ["train", staged.job.file, staged.logged("cp {source} {target}; sleep 30")])
      staged.waitForCalls(2)
      running.send(SIGTERM)
      let run = running.wait(timeoutSeconds: 60)
      #expect(run.status == 75, "\(run.status) \(run.errors)")
      #expect(run.errors.contains("before anything was trained"), "\(run.errors)")
      #expect(try staged.copies == [])
    }
  }

  @Test("a copy that another job reads stays until that ends, and no other takes its place")
  func shared() throws {
    try withTemporaryFolder { folder in
      let staged = try StagedJob(in: folder)
      func start() throws -> RunningProgram {
        try Program("MPIProbe").start(
          ["train", staged.job.file, staged.setting(), "training.epochs=1000000"])
      }
      let first = try start()
      defer { first.send(SIGKILL) }
      // A worker alone writes its first checkpoint when it is stopped: the copy tells that it is there.
      try #require(
        Program.wait { (try? staged.copies)?.first { $0.hasSuffix("-data.h5") } } != nil)
      let other = "output.model=\(folder.path)/other.h5"
      _ = try staged.job.train(workers: 2, [staged.logged(), other])
      #expect(staged.callCount == 0)
      #expect(try staged.copies.count == 1)
      #expect(first.isRunning)
      try FileManager.default.setAttributes(
        [.modificationDate: Date(timeIntervalSince1970: 1e9)], ofItemAtPath: staged.data.path)
      let refused = try staged.job.run(workers: 0, [staged.logged(), other])
      #expect(refused.status == 74, "\(refused.errors)")
      #expect(refused.errors.contains("that another job reads"), "\(refused.errors)")
      first.send(SIGTERM)
      #expect(first.wait(timeoutSeconds: 60).status == 75)
      #expect(try staged.copies == [])
    }
  }

  @Test("another job whose copy does not grow is not waited for for ever")
  func silent() throws {
    try withTemporaryFolder { folder in
      let staged = try StagedJob(in: folder)
      let first = try Program("MPIProbe").start(
        ["train", staged.job.file, staged.logged("sleep 400; cp {source} {target}")])
      staged.waitForCalls(1)
      let run = try staged.job.run(
        workers: 0,
        [
          staged.setting(), "distribution.timeout=1", "output.model=\(folder.path)/other.h5",
        ])
      #expect(run.status == 74, "\(run.errors)")
      #expect(run.errors.contains("of which nothing has come for 10 s"), "\(run.errors)")
      first.send(SIGTERM)
      #expect(first.wait(timeoutSeconds: 60).status == 75)
    }
  }
}
