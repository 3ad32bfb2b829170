import Configuration
import Foundation
import HDF5
import TestSupport
import Testing

/// `sounder convert` on several ranks.
@Suite("sounder convert on ranks", .serialized)
struct SharedConvertTests {
  private let sounder = Program()

  /// Rows of two numbers and a text; some texts have line ends, so that a rank may begin within one.
  private func rows(_ count: Int) -> [String] {
    (0..<count).map { row in
      "\(row),\(Double(row % 1013) / 8),\(["\"a\nb\"", "c", "\"d\r\n\"\"e\"\"\n\""][row % 3])\n"
    }
  }

  private func write(_ lines: [String], in folder: URL) throws {
    try Data(("id,x,kind\n" + lines.joined()).utf8)
      .write(to: folder.appendingPathComponent("t.csv"))
  }

  private func names(_ folder: URL) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
  }

  /// A data set as it is in the file.
  private func dataset(_ name: String, _ folder: URL, _ file: String) throws -> String {
    let dataset = try File(opening: folder.appendingPathComponent(file).path).dataset(name)
    var text = "\(dataset.shape) \(dataset.elementType) \(dataset.chunkShape ?? [])"
    text += " \(dataset.filters) \(dataset.storedByteCount) "
    guard let size = dataset.elementByteCount else {
      return text + (try dataset.readStrings().description)
    }
    var bytes = [UInt8](repeating: 0, count: dataset.rowCount * dataset.rowWidth * size)
    try bytes.withUnsafeMutableBytes {
      try dataset.readRaw(rows: 0..<dataset.rowCount, into: $0)
    }
    return text + Data(bytes).base64EncodedString()
  }

  @Test(
    "1, 2 and 3 ranks write what one process writes, and say the same",
    arguments: [
      (["--target", "kind"], ["features", "target"]),
      (["--target", "kind", "--gzip", "2", "--bad-rows", "skip"], ["features", "target"]),
      (["--table", "--gzip", "1", "--chunk-rows", "1000"], ["t/id", "t/x", "t/kind"]),
    ] as [([String], [String])])
  func same(options: [String], datasets: [String]) throws {
    try withTemporaryFolder { folder in
      var lines = rows(20_000)
      if options.contains("skip") { for row in [7, 9000, 19_000] { lines[row] = "1,2\n" } }
      try write(lines, in: folder)
      let arguments = ["convert", "t.csv", "out.h5", "--overwrite"] + options
      let alone = try sounder.run(arguments, in: folder)
      try #require(alone.status == 0, "\(alone.errors)")
      if options.contains("skip") {
        // Three rows have six line ends: those within texts count, too.
        #expect(alone.output.contains("rows left out: 3, on lines 16, "), "\(alone.output)")
      }
      let expected = try datasets.map { try dataset($0, folder, "out.h5") }
      for (ranks, launcher) in [(1, true), (2, true), (3, true), (2, false)] {
        try FileManager.default.removeItem(at: folder.appendingPathComponent("out.h5"))
        let run =
          try launcher
          ? sounder.run(arguments + ["--ranks", "\(ranks)"], in: folder)
          : sounder.run(arguments, ranks: ranks, in: folder)
        try #require(run.status == 0, "\(run.errors)")
        #expect(run.output == alone.output.replacingOccurrences(of: "Replaced the", with: "Wrote"))
        for (name, expected) in zip(datasets, expected) {
          #expect(try dataset(name, folder, "out.h5") == expected, "\(name) on \(ranks) ranks")
        }
      }
    }
  }

  @Test("2 and 3 ranks write plain arrays and LIBSVM files as one process does", arguments: [2, 3])
  func formats(ranks: Int) throws {
    try withTemporaryFolder { folder in
      let numbers = (0..<20_000 * 12).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ $0 >> 8) }
      let head: [UInt8] = [0, 0, 8, 2, 0, 0, 0x4e, 0x20, 0, 0, 0, 12]
      try Data(head + numbers).write(to: folder.appendingPathComponent("x.idx"))
      let text = "{'descr': '<i2', 'fortran_order': False, 'shape': (10000, 12)}"
      let start = [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(text.utf8.count), 0]
      try Data(start + Array(text.utf8) + numbers).write(to: folder.appendingPathComponent("y.npy"))
      var rows = (0..<20_000).map { "\($0 % 3) \(1 + $0 % 40):\(Double($0 % 1013) / 8) 300:1\n" }
      rows[19_000] = "1 2:1 1:1\n"
      try Data(rows.joined().utf8).write(to: folder.appendingPathComponent("z.svm"))
      let arguments = [
        "convert", "x.idx", "y.npy", "z.svm", "out.h5", "--overwrite", "--gzip", "2",
        "--bad-rows", "skip",
      ]
      let names =
        ["x", "y", "z/target"] + ["data", "indices", "indptr"].map { "z/features/\($0)" }
      let alone = try sounder.run(arguments, in: folder)
      try #require(alone.status == 0, "\(alone.errors)")
      #expect(alone.output.contains("rows left out: 1, on lines 19001"), "\(alone.output)")
      let expected = try names.map { try dataset($0, folder, "out.h5") }
      let run = try sounder.run(arguments, ranks: ranks, in: folder)
      try #require(run.status == 0, "\(run.errors)")
      #expect(
        run.output == alone.output.replacingOccurrences(of: "Wrote", with: "Replaced the existing"))
      for (name, expected) in zip(names, expected) {
        #expect(try dataset(name, folder, "out.h5") == expected, "\(name)")
      }
    }
  }

  @Test(
    "a bad row on rank 2 ends all ranks with one line and code 65, and leaves no file",
    arguments: [
      // The first is found while the rows are counted, the second in the sixth block that is written.
      ("1,2\n", "the row has 2 fields, the first has 3"),
      ("1,y,c\n", "column 'x' holds 'y', which is no finite number"),
    ])
  func badRow(row: String, words: String) throws {
    try withTemporaryFolder { folder in
      var lines = [String](repeating: "1,2,c\n", count: 1_000_000)
      lines[700_000] = row
      lines[990_000] = "3\n"
      if words.contains("finite") { lines[990_000] = lines[0] }
      try write(lines, in: folder)
      for launcher in [true, false] {
        let arguments = ["convert", "t.csv", "out.h5", "--target", "kind"]
        let run =
          try launcher
          ? sounder.run(arguments + ["--ranks", "3"], in: folder)
          : sounder.run(arguments, ranks: 3, in: folder)
        #expect(run.status == ExitCode.data, "\(run.errors)")
        #expect(run.errorLines.count == 1, "\(run.errors)")
        #expect(run.errors.contains("t.csv:700002: \(words)"), "\(run.errors)")
        #expect(run.output.isEmpty)
        #expect(try names(folder) == ["t.csv"])
      }
    }
  }

  @Test("a gzipped file is one stream, which is said")
  func gzipped() throws {
    try withTemporaryFolder { folder in
      try write(rows(300), in: folder)
      #expect(try Program("/usr/bin/env").run(["gzip", "t.csv"], in: folder).status == 0)
      let run = try sounder.run(
        ["convert", "t.csv.gz", "out.h5", "--target", "kind", "--ranks", "2"], in: folder)
      #expect(run.status == 0, "\(run.errors)")
      #expect(
        run.output.contains(
          "features  float32 [300, 2]  from t.csv.gz; read by one rank: a gzipped file is one stream"
        ),
        "\(run.output)")
    }
  }

  @Test(
    "what cannot be converted is one line and a code on ranks, too",
    arguments: [
      (["none.csv", "out.h5"], 66, "there is no such file"),
      (["t.csv", "there.h5"], 74, "--overwrite"),
      (["t.csv", "no/such/folder/out.h5"], 74, "does not exist"),
      (["t.csv", "--target", "z", "out.h5"], 65, "there is no column 'z'"),
    ] as [([String], Int32, String)])
  func faults(arguments: [String], code: Int32, words: String) throws {
    try withTemporaryFolder { folder in
      try write(rows(30), in: folder)
      try Data("precious".utf8).write(to: folder.appendingPathComponent("there.h5"))
      let run = try sounder.run(["convert", "--ranks", "3"] + arguments, in: folder)
      #expect(run.status == code, "\(run.errors)")
      #expect(run.errorLines.count == 1 && run.errors.contains(words), "\(run.errors)")
      #expect(try names(folder) == ["t.csv", "there.h5"])
      let there = folder.appendingPathComponent("there.h5")
      #expect(try Data(contentsOf: there) == Data("precious".utf8))
    }
  }

  @Test("SIGTERM ends all ranks, and leaves no file")
  func interruption() throws {
    try withTemporaryFolder { folder in
      // Numbers that take some seconds to compress.
      let lines = (0..<1000).map { "\($0 * $0 % 9973).\($0 * 7919 % 10_007),\($0 % 991),c\n" }
      try write([String](repeating: lines.joined(), count: 3000), in: folder)
      let running = try sounder.start(
        ["convert", "t.csv", "out.h5", "--target", "kind", "--gzip", "9", "--ranks", "2"],
        in: folder)
      while try names(folder).count == 1, running.isRunning { usleep(2_000) }
      #expect(running.isRunning)
      running.send(SIGTERM)
      let run = running.wait()
      #expect(run.status == 130, "\(run.errors)")
      #expect(run.errors.contains("stopped: nothing was written"), "\(run.errors)")
      #expect(try names(folder) == ["t.csv"])
    }
  }
}
