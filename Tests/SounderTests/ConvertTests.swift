import Configuration
import Foundation
import HDF5
import TestSupport
import Testing

@Suite("sounder convert")
struct ConvertTests {
  private let sounder = Program()

  private func write(_ text: String, _ name: String, in folder: URL) throws {
    try Data(text.utf8).write(to: folder.appendingPathComponent(name))
  }

  @Test("writes several inputs under their names and says what it wrote")
  func names() throws {
    try withTemporaryFolder { folder in
      try write("a,b,kind\n1,,x\n3,4,y\n", "t.csv", in: folder)
      let idx: [UInt8] = [0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6]
      try Data(idx).write(to: folder.appendingPathComponent("images-idx2"))
      let run = try sounder.run(
        ["convert", "train/images=images-idx2", "table=t.csv", "out.h5", "--target", "kind"],
        in: folder)
      #expect(run.status == 0, "\(run.errors)")
      #expect(run.errors.isEmpty)
      #expect(
        run.output == """
          train/images  uint8 [2, 3]  from images-idx2
          table/features  float32 [2, 2]  from t.csv; missing values, now NaN: 1
          table/target  uint8 [2]  from t.csv; classes: x, y
          Wrote out.h5

          """)
      let file = try File(opening: folder.appendingPathComponent("out.h5").path)
      #expect(try file.dataset("train/images").readAll(as: UInt8.self) == [1, 2, 3, 4, 5, 6])
    }
  }

  @Test("--table, --bad-rows, --columns, NumPy and LIBSVM, and what is said of them")
  func formats() throws {
    try withTemporaryFolder { folder in
      try write("id,x,city\n1,0.5,Bonn\n2\n3,,Ulm\n", "t.csv", in: folder)
      let table = try sounder.run(
        ["convert", "--table", "--bad-rows", "skip", "t.csv", "t.h5"], in: folder)
      #expect(table.status == 0, "\(table.errors)")
      #expect(
        table.output == """
          t  table [2, 3]  from t.csv; missing values: 1; columns: id int64, x float64, city string; \
          rows left out: 1, on lines 3; the first: the row has 1 fields, the first has 3: mend the \
          row, or pass such rows over with --bad-rows skip (in a job data.bad_rows: skip)
          Wrote t.h5

          """)
      try FileManager.default.copyItem(
        at: fixture("numpy/fortran.npz"), to: folder.appendingPathComponent("a.npz"))
      try write("1 1:2 3:4\n-1 qid:1 2:5\n", "s.svm", in: folder)
      let arrays = try sounder.run(
        ["convert", "a.npz", "s.svm", "--columns", "4", "a.h5", "--json"], in: folder)
      #expect(arrays.status == 0, "\(arrays.errors)")
      let value = try Value(json: arrays.output)
      guard case .list(let sets) = value["datasets"]?.kind, sets.count == 3 else {
        Issue.record("\(arrays.output)")
        return
      }
      #expect(sets[0]["name"] == "a/cube" && sets[0]["type"] == "int32")
      #expect(sets[1]["name"] == "s/features" && sets[1]["shape"] == [2, 4])
      #expect(sets[1]["skipped_rows"] == 0)
      #expect(sets[1]["notes"] == ["sparse: 3 pairs", "qid of 1 rows left out"])
      let sparse = try File(opening: folder.appendingPathComponent("a.h5").path)
      #expect(try sparse.dataset("s/features/data").readAll(as: Float.self) == [2, 4, 5])
      let dense = try sounder.run(
        ["convert", "a.npz", "s.svm", "--columns", "4", "a.h5", "--dense", "--overwrite"],
        in: folder)
      #expect(dense.status == 0, "\(dense.errors)")
      let file = try File(opening: folder.appendingPathComponent("a.h5").path)
      #expect(try file.dataset("s/features").readAll(as: Float.self) == [2, 0, 4, 0, 0, 5, 0, 0])
    }
  }

  @Test("--json is one object, --quiet is silence")
  func reports() throws {
    try withTemporaryFolder { folder in
      try write("1,2\n3,4\n", "t.csv", in: folder)
      let json = try sounder.run(["convert", "t.csv", "out.h5", "--json"], in: folder)
      let value = try Value(json: json.output)
      #expect(value["output"] == "out.h5" && value["overwritten"] == false)
      guard case .list(let sets) = value["datasets"]?.kind else {
        Issue.record("\(json.output)")
        return
      }
      #expect(sets[0]["name"] == "t" && sets[0]["shape"] == [2, 2] && sets[0]["type"] == "float32")
      let quiet = try sounder.run(
        ["convert", "t.csv", "out.h5", "--quiet", "--overwrite"], in: folder)
      #expect(quiet.status == 0 && quiet.output.isEmpty && quiet.errors.isEmpty)
    }
  }

  @Test("an existing output is refused, and replaced only with a word about it")
  func overwriting() throws {
    try withTemporaryFolder { folder in
      try write("1,2\n3,4\n", "t.csv", in: folder)
      try write("precious", "out.h5", in: folder)
      let refused = try sounder.run(["convert", "t.csv", "out.h5"], in: folder)
      #expect(refused.status == ExitCode.inputOutput)
      #expect(refused.errorLines.count == 1 && refused.errors.contains("--overwrite"))
      let out = folder.appendingPathComponent("out.h5")
      #expect(try Data(contentsOf: out) == Data("precious".utf8))
      let replaced = try sounder.run(["convert", "t.csv", "out.h5", "--overwrite"], in: folder)
      #expect(replaced.status == 0)
      #expect(replaced.output.contains("Replaced the existing out.h5"))
    }
  }

  @Test(
    "what cannot be converted is one line and a code, and leaves no file",
    arguments: [
      (["none.csv", "out.h5"], 66, "there is no such file"),
      (["bad.csv", "out.h5"], 65, "bad.csv:3: the row has 1 fields"),
      (["cut.idx", "out.h5"], 65, "it is truncated"),
      (["cut.gz", "out.h5"], 65, "truncated"),
      (["good.csv", "no/such/folder/out.h5"], 74, "does not exist"),
      (["good.csv", "good.csv/out.h5"], 74, "is not a folder"),
      (["good.csv", "--target", "z", "out.h5"], 65, "there is no column 'z'"),
      (["good.csv", "good.csv", "out.h5"], 64, "two inputs would both become 'good'"),
      (["=good.csv", "out.h5"], 64, "neither a file nor NAME=FILE"),
      (["good.csv"], 64, "at least one input"),
      (["good.csv", "x=good.csv", "good.CSV"], 64, "'good.CSV', is the output, an HDF5 file"),
      (["good.csv", "out.npy", "--overwrite"], 64, "does not end in .npy"),
      (["parquet", "out.h5"], 65, "is a Parquet file, which is not read"),
      (["good.csv", "out.h5", "--bad-rows", "keep"], 64, "'stop' or 'skip'"),
      (["good.csv", "out.h5", "--columns", "0"], 64, "at least 1"),
      (["good.csv", "out.h5", "--table", "--target", "a"], 64, "leave --target out"),
      (["good.csv", "out.h5", "--gzip", "12"], 64, "0 to 9"),
      (["good.csv", "out.h5", "--separator", "ab"], 64, "single character"),
      (["good.csv", "out.h5", "--chunk-rows", "0"], 64, "at least 1"),
    ] as [([String], Int32, String)])
  func faults(arguments: [String], code: Int32, words: String) throws {
    try withTemporaryFolder { folder in
      try write("a,b\n1,2\n", "good.csv", in: folder)
      try write("a,b\n1,2\n3\n", "bad.csv", in: folder)
      try write("PAR1....PAR1", "parquet", in: folder)
      let idx: [UInt8] = [0, 0, 8, 1, 0, 0, 0, 9, 1, 2]
      try Data(idx).write(to: folder.appendingPathComponent("cut.idx"))
      try write(String(repeating: "1,2\n", count: 1000), "cut", in: folder)
      #expect(try Program("/usr/bin/env").run(["gzip", "cut"], in: folder).status == 0)
      let gz = folder.appendingPathComponent("cut.gz")
      try Data(contentsOf: gz).dropLast(12).write(to: gz)
      let before = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
      let run = try sounder.run(["convert"] + arguments, in: folder)
      #expect(run.status == code, "\(run.errors)")
      #expect(run.errorLines.count == 1 && run.errors.contains(words), "\(run.errors)")
      #expect(run.errors.split(separator: "\n").count == 1)
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() == before)
    }
  }

  @Test("a full disk is one line and code 74, and leaves no file")
  func fullDisk() throws {
    try withTemporaryFolder { folder in
      try write(String(repeating: "1,2,3,4\n", count: 50_000), "t.csv", in: folder)
      // No file may grow beyond 100 KB: to the program that is a disk without room.
      let run = try Program("/bin/bash").run(
        ["-c", "trap '' XFSZ; ulimit -f 100; exec '\(sounder.path)' convert t.csv out.h5"],
        in: folder)
      #expect(run.status == ExitCode.inputOutput, "\(run.errors)")
      #expect(run.errorLines.count == 1, "\(run.errors)")
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["t.csv"])
    }
  }

  @Test("SIGINT and SIGTERM leave no file", arguments: [SIGINT, SIGTERM])
  func interruption(signal: Int32) throws {
    try withTemporaryFolder { folder in
      // Numbers that take some seconds to compress.
      let rows = (0..<1000).map { row in
        (1...4).map { "\(row * row * $0 % 9973).\(row * 7919 * $0 % 10_007)" }
          .joined(separator: ",") + "\n"
      }
      try write(String(repeating: rows.joined(), count: 2000), "t.csv", in: folder)
      let running = try sounder.start(["convert", "t.csv", "out.h5", "--gzip", "9"], in: folder)
      var names = ["t.csv"]
      while names.count == 1, running.isRunning {
        usleep(2_000)
        names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
      }
      #expect(running.isRunning)
      running.send(signal)
      let run = running.wait()
      #expect(run.status != 0)
      names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
      #expect(names == ["t.csv"], "\(names)")
    }
  }

  @Test("memory does not grow with the file")
  func boundedMemory() throws {
    try withTemporaryFolder { folder in
      // 80 MB of numbers, 10 MB gzipped or less, under a limit that the whole would break.
      var idx = Data([0, 0, 8, 2, 0, 1, 56, 128, 0, 0, 4, 0])
      idx.append(Data(count: 80_000 * 1024))
      try idx.write(to: folder.appendingPathComponent("x"))
      #expect(try Program("/usr/bin/env").run(["gzip", "-1", "x"], in: folder).status == 0)
      let small = folder.appendingPathComponent("small")
      try Data([0, 0, 8, 2, 0, 0, 0, 1, 0, 0, 4, 0] + [UInt8](repeating: 1, count: 1024))
        .write(to: small)
      func peak(_ name: String) throws -> Double {
        let (run, peak) = try sounder.peak(["convert", name, "\(name).h5", "--quiet"], in: folder)
        try #require(run.status == 0, "\(run.errors)")
        return peak
      }
      #expect(try peak("x.gz") < peak("small") + 30, "MiB")
    }
  }

  @Test("a terminal gets a bar that fits its width, a log nothing")
  func bar() throws {
    try withTemporaryFolder { folder in
      try write(String(repeating: "1,2,3\n", count: 5000), "t.csv", in: folder)
      for ranks in [[], ["--ranks", "2"]] {
        let run = try sounder.run(
          ["convert", "t.csv", "out.h5", "--overwrite"] + ranks, in: folder,
          environment: ["SOUNDER_TERMINAL": "60", "NO_COLOR": "1", "TERM": "xterm", "LC_ALL": "C"])
        try #require(run.status == 0, "\(run.errors)")
        let bars = run.errors.split(separator: "\r").filter { $0.contains(" %") }
        #expect(!bars.isEmpty, "\(run.errors.debugDescription)")
        for bar in bars {
          #expect(bar.hasSuffix("\u{1b}[K") && bar.count - 3 < 60, "\(bar.debugDescription)")
          #expect(
            bar.contains("t.csv  ") || bar.contains("out.h5  "), "\(bar.debugDescription)")
          #expect(bar.contains("..") || bar.contains("##"), "\(bar.debugDescription)")
        }
        // Nothing of it stays.
        #expect(run.errors.hasSuffix("\r\u{1b}[K"), "\(run.errors.debugDescription)")
      }
      let log = try sounder.run(["convert", "t.csv", "out.h5", "--overwrite"], in: folder)
      #expect(log.errors.isEmpty, "\(log.errors)")
    }
  }

  @Test("sparse rows train alike as they are, and converted, packed or not")
  func sparseTraining() throws {
    try withTemporaryFolder { folder in
      _ = try SmallJob(in: folder)
      let rows = (0..<SmallJob.rowCount).map { row in
        "\(row % 3) \(1 + row % 3):1 \(5 + row % 9):\(Float(row % 7) / 8)"
      }
      try write(rows.joined(separator: "\n"), "rows.svm", in: folder)
      try #require(try sounder.run(["convert", "rows.svm", "sparse.h5"], in: folder).status == 0)
      for (output, options) in [("packed.h5", []), ("plain.h5", ["--gzip", "0"])] {
        let run = try sounder.run(["convert", "--dense", "rows.svm", output] + options, in: folder)
        try #require(run.status == 0, "\(run.errors)")
        let filters = try File(opening: folder.appendingPathComponent(output).path)
          .dataset("features").filters
        #expect(filters == [options.isEmpty ? "gzip 4" : "gzip 0"])
      }
      var losses: [Value] = []
      for file in ["rows.svm", "sparse.h5", "packed.h5", "plain.h5"] {
        let data = "{file: \(file), features: features, target: target}"
        let run = try sounder.run(
          [
            "train", "job.yaml", "--json", "--overwrite", "--set", "data.train=\(data)", "--set",
            "data.validation=\(data)",
          ], in: folder)
        try #require(run.status == 0, "\(run.errors)")
        let last = try #require(run.output.split(separator: "\n").last)
        losses.append(try #require(try Value(json: String(last))["val_loss"]))
      }
      #expect(losses.count == 4 && Set(losses.map(\.json)).count == 1, "\(losses)")
    }
  }
}
