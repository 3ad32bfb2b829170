import Configuration
import Foundation
import HDF5
import Pipeline
import TestSupport
import Testing

/// Plain NumPy, IDX and LIBSVM files that several processes read together: the output is that of one.
@Suite("Importing arrays and sparse rows on several processes")
struct SharedFormatsTests {
  /// How a file is imported.
  struct Way: Sendable, CustomTestStringConvertible {
    var gzip: Int?
    var chunkRows: Int?
    var skips = false
    var testDescription: String {
      "gzip \(gzip.map { "\($0)" } ?? "-"), chunks of \(chunkRows.map { "\($0)" } ?? "-"), \(skips)"
    }
  }

  static let ways = [
    Way(), Way(chunkRows: 3, skips: true), Way(gzip: 1, chunkRows: 7, skips: true),
    Way(gzip: 0, skips: true), Way(gzip: 6, chunkRows: 1),
  ]

  /// What an import leaves behind: the file's content and what was said of it, or the error.
  private func outcome(
    _ bench: ImportBench, _ names: [String], size: Int, _ way: Way
  ) throws -> String {
    var options = ImportOptions()
    options.gzip = way.gzip
    options.chunkRows = way.chunkRows
    options.badRows = way.skips ? .skip : .stop
    let importer = Importer(
      inputs: names.map { ImportInput(path: bench.path($0)) }, output: bench.path("out.h5"),
      options: options)
    do {
      let summary = try size == 1 ? importer.run() : ThreadCrew.run(importer, size: size)
      let content = try SharedImportTests.content(bench.path("out.h5"))
      try bench.remove("out.h5")
      return summary.value.json + content
    } catch let error as any ExitCoded {
      #expect(!FileManager.default.fileExists(atPath: bench.path("out.h5")))
      return "\(error.exitCode) \(error)"
    }
  }

  private func check(
    _ bench: ImportBench, _ names: [String], _ way: Way, sizes: [Int] = [2, 3, 8],
    _ comment: String = ""
  ) throws -> String {
    let alone = try outcome(bench, names, size: 1, way)
    for size in sizes {
      let shared = try outcome(bench, names, size: size, way)
      #expect(shared == alone, "\(size) processes, \(names) \(comment)")
    }
    return alone
  }

  private func bytes(_ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ $0 >> 8) }
  }

  @Test("arrays of all shapes, in either order of bytes, are the same", arguments: ways)
  func arrays(way: Way) throws {
    var way = way
    // An array has no rows that cannot be used.
    way.skips = false
    try ImportBench.runInMemory { bench in
      try bench.write("a", ImportBench.idx(0x0b, [97, 3, 5]) + bytes(2 * 97 * 15))
      try bench.write("b.npy", ImportBench.npy(">i4", "50, 4", bytes(4 * 200)))
      try bench.write("c.npy", ImportBench.npy("<f8", "101,", bytes(8 * 101)))
      try bench.write("d.npy", ImportBench.npy("|u1", "1, 9", bytes(9)))
      try bench.write("e.npy", ImportBench.npy("<i2", "", bytes(2)))
      try bench.write("large", ImportBench.idx(8, [3000, 28, 28]) + bytes(3000 * 784))
      let found = try check(bench, ["a", "b.npy", "c.npy", "d.npy", "e.npy", "large"], way)
      #expect(!found.contains("read by one rank"), "\(found.prefix(1000))")
    }
  }

  @Test("what is one stream, or is turned as a whole, is read by process 0, which is said")
  func oneReader() throws {
    try ImportBench.runInMemory { bench in
      try bench.write("a", ImportBench.idx(8, [9, 2]) + bytes(18))
      try bench.gzip("a")
      try bench.write("f.npy", ImportBench.npy("<i2", "4, 3", isFortran: true, bytes(24)))
      try bench.write("s", "1 1:2\n0 2:1\n")
      try bench.gzip("s")
      try FileManager.default.copyItem(
        atPath: fixture("numpy/deflated.npz").path, toPath: bench.path("z.npz"))
      let importer = Importer(
        inputs: ["a.gz", "f.npy", "s.gz", "z.npz"].map { ImportInput(path: bench.path($0)) },
        output: bench.path("out.h5"))
      let notes = try ThreadCrew.run(importer, size: 3).entries.flatMap(\.notes)
      #expect(
        notes
          == [
            "a gzipped file is one stream", "an array in Fortran order is turned as a whole",
            "a gzipped file is one stream", "the members of an archive are streams",
          ].map { "read by one rank: " + $0 })
      let shared = try SharedImportTests.content(bench.path("out.h5"))
      try bench.remove("out.h5")
      try importer.run()
      #expect(try SharedImportTests.content(bench.path("out.h5")) == shared)
    }
  }

  @Test("a level that gzip does not have is refused", arguments: [-1, 10])
  func level(gzip: Int) throws {
    try ImportBench.run { bench in
      try bench.write("a", ImportBench.idx(8, [9, 2]) + bytes(18))
      let (line, code) = try bench.failure("a") { $0.gzip = gzip }
      #expect(line.contains("there is no gzip level \(gzip): choose one from 0 to 9"), "\(line)")
      #expect(code == ExitCode.usage)
    }
  }

  @Test("a damaged array ends all with the same words")
  func damaged() throws {
    try ImportBench.runInMemory { bench in
      try bench.write("short", ImportBench.idx(8, [100, 10]) + bytes(999))
      try bench.write("long.npy", ImportBench.npy("<f4", "10, 2", bytes(81)))
      try bench.write("head.npy", Array(ImportBench.npy("<f4", "10, 2", []).prefix(20)))
      for (name, words) in [
        ("short", "truncated"), ("long.npy", "the file is wrong"), ("head.npy", "truncated"),
      ] {
        let found = try check(bench, [name], Way())
        #expect(found.hasPrefix("65 ") && found.contains(words), "\(found)")
      }
    }
  }

  @Test(
    "sparse rows, blanks, comments and bad rows, at every place where the text may be divided",
    arguments: ways)
  func sparse(way: Way) throws {
    try ImportBench.runInMemory { bench in
      let rows =
        "1 1:0.5 3:-2e1 # first\n\n-1 qid:7 2:3\r\n1\r\n# only words\n-1  4:1\t5:2\n2 9:1\n"
        + (way.skips ? "1 2:1 1:1\nx 1:1\n" : "")
      for shift in 0..<24 {
        let start = shift % 3 == 0 ? "\u{feff}" : ""
        let text =
          start + "1 1:1" + String(repeating: " ", count: shift) + "\n" + rows + rows + rows
          + (shift % 2 == 0 ? "" : "7 7:7")
        try bench.write("t.svm", text)
        let found = try check(bench, ["t.svm"], way, sizes: [2, 7], text.debugDescription)
        #expect(!found.hasPrefix("65 ") && !found.contains("read by one rank"), "\(found)")
      }
      for text in ["\n", "# nothing\n", "1", "1 1:1", "1 0:1\n", "\n\n\n\n\n\n\n\n\n\n\n1 1:2"] {
        try bench.write("t.svm", text)
        _ = try check(bench, ["t.svm"], way, text.debugDescription)
      }
    }
  }

  @Test("several files of many blocks, and one of other columns, have the same columns")
  func large() throws {
    try ImportBench.runInMemory { bench in
      var text = ""
      // Above 256 KB, so that there are places within parts.
      for row in 0..<30_000 {
        text += "\(row % 5) \(1 + row % 7):\(Double(row % 1013) / 8) 90:\(row)"
        text += row % 997 == 5 ? " 3:1\n" : "\n"
      }
      try bench.write("a.svm", text)
      try bench.write("b.svm", "1 100:1\n-300 0:1\n")
      let found = try check(bench, ["a.svm", "b.svm"], Way(skips: true), sizes: [2, 3])
      #expect(found.contains("b/features [2, 101]"), "\(found.prefix(1000))")
    }
  }

  @Test(
    "the first bad row is told with its line, whichever process meets it", arguments: [2, 3, 5])
  func stopping(size: Int) throws {
    try ImportBench.runInMemory { bench in
      for places in [[100], [1500, 1700], [2900]] {
        var rows = (0..<3000).map { $0 % 10 == 0 ? "\n" : "1 1:\($0)\r\n" }
        for place in places { rows[place] = "1 2:1 1:1\n" }
        try bench.write("t.svm", rows.joined())
        let found = try outcome(bench, ["t.svm"], size: size, Way(chunkRows: 10))
        #expect(found.hasPrefix("65 "), "\(found)")
        #expect(found.contains("t.svm:\(places[0] + 1): the index 1 stands behind 2"), "\(found)")
      }
    }
  }
}
