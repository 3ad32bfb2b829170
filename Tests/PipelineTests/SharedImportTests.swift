import Configuration
import Foundation
import HDF5
import Pipeline
import TestSupport
import Testing

/// Plain CSV files that several processes read together: the output is that of one.
@Suite("Importing on several processes")
struct SharedImportTests {
  /// How a text is imported.
  struct Way: Sendable, CustomTestStringConvertible {
    var name: String
    var isTable = false
    var target: String?
    var skips = false
    var gzip: Int?
    var chunkRows: Int?
    var hasHeader: Bool?
    var testDescription: String { name }

    func options(_ options: inout ImportOptions) {
      options.isTable = isTable
      options.target = target
      options.badRows = skips ? .skip : .stop
      options.gzip = gzip
      options.chunkRows = chunkRows
      options.hasHeader = hasHeader
      options.overwrites = true
    }
  }

  static let ways = [
    Way(name: "matrix"),
    Way(name: "matrix, bad rows skipped, packed", skips: true, gzip: 1, chunkRows: 3),
    Way(name: "target", target: "-1", skips: true, chunkRows: 2),
    Way(name: "target, packed", target: "0", skips: true, gzip: 6, chunkRows: 5),
    Way(name: "table", isTable: true, chunkRows: 2),
    Way(name: "table, packed", isTable: true, skips: true, gzip: 9, chunkRows: 3),
  ]

  /// Numbers that are the same in every run.
  struct Dice {
    private var state: UInt64 = 1

    mutating func roll(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % bound
    }
  }

  /// All that is in a file.
  static func content(_ path: String) throws -> String {
    let file = try File(opening: path)
    var text = try Outline(of: file).text
    func add(_ group: borrowing Group, _ prefix: String) throws {
      for name in group.childNames() {
        if group.kind(of: name) == .group {
          try add(try group.group(name), prefix + name + "/")
          continue
        }
        let dataset = try group.dataset(name)
        text += "\n\(prefix)\(name) \(dataset.shape) \(dataset.elementType)"
        text += " \(dataset.chunkShape ?? []) \(dataset.filters) \(dataset.storedByteCount) "
        if let size = dataset.elementByteCount {
          var bytes = [UInt8](repeating: 0, count: dataset.rowCount * dataset.rowWidth * size)
          try bytes.withUnsafeMutableBytes {
            try dataset.readRaw(rows: 0..<dataset.rowCount, into: $0)
          }
          text += Data(bytes).base64EncodedString()
        } else {
          text += try dataset.readStrings().description
        }
      }
    }
    try add(try file.root(), "")
    return text
  }

  private func run(_ body: (ImportBench) throws -> Void) throws {
    try ImportBench.runInMemory(body)
  }

  /// What an import leaves behind: the file's content and what was said of it, or the error.
  private func outcome(
    _ bench: ImportBench, size: Int, _ way: Way, output: String = "out.h5"
  ) throws -> String {
    var options = ImportOptions()
    way.options(&options)
    let importer = Importer(
      inputs: [ImportInput(path: bench.path("t.csv"))], output: bench.path(output),
      options: options)
    do {
      let summary =
        try size == 1 ? importer.run() : ThreadCrew.run(importer, size: size)
      let content = try Self.content(bench.path(output))
      try bench.remove(output)
      return summary.value.json + content
    } catch let error as any ExitCoded {
      #expect(try FileManager.default.contentsOfDirectory(atPath: bench.folder.path) == ["t.csv"])
      return "\(error.exitCode) \(error)"
    }
  }

  private func check(
    _ bench: ImportBench, _ text: String, _ way: Way, sizes: [Int] = [2, 3, 8]
  ) throws {
    try bench.write("t.csv", text)
    let alone = try outcome(bench, size: 1, way)
    for size in sizes {
      let shared = try outcome(bench, size: size, way)
      #expect(
        shared == alone, "\(size) processes, \(text.debugDescription.prefix(2000))")
    }
  }

  @Test("texts of all kinds", arguments: ways)
  func dialects(way: Way) throws {
    try run { bench in
      for dialect in CSVImportTests.dialects { try check(bench, dialect.text, way) }
      for text in ["", "\n", "a,b\n", "\u{feff}", "1", "a,b\n1\n", "a,b\n\n\n\n\n\n\n\n\n1,2"] {
        try check(bench, text, way)
      }
    }
  }

  @Test("line ends within quotes, at every place where the text may be divided", arguments: ways)
  func quotes(way: Way) throws {
    try run { bench in
      // However the text is shifted, the borders are the same: so they come to every place. Each way can
      // use some of the rows.
      let rows =
        "1,2,3\n4,5,\"a\n\nb\"\r\n\"x\r\n\",7,8\n\"9\",\"10\",\"11\"\n\"\"\"\n\"\"\",12,\",\n\"\n"
      for shift in 0..<40 {
        let text = String(repeating: "0", count: shift) + "1,1,1\n" + rows + rows + "1,2,\"\n\""
        try check(bench, text, way, sizes: [2, 7])
      }
    }
  }

  @Test("texts that nobody would write", arguments: [false, true])
  func strange(hasHeader: Bool) throws {
    var dice = Dice()
    let parts = ["1", "2", ",", ",", "\"", "\"", "\n", "\n", "\r", "\r\n", " ", "x", "\"\""]
    try run { bench in
      for index in 0..<120 {
        var text = hasHeader ? "a,b\n" : ""
        for _ in 0..<dice.roll(60) { text += parts[dice.roll(parts.count)] }
        var way = Self.ways[index % Self.ways.count]
        way.hasHeader = hasHeader
        try check(bench, text, way, sizes: [2, 3, 6])
      }
    }
  }

  @Test(
    "bad rows are counted, and told of with their lines, wherever they are",
    arguments: [2, 3, 5])
  func badRows(size: Int) throws {
    try run { bench in
      var text = "a,kind\n"
      var lines: [Int] = []
      var places: [Int] = []
      var line = 2
      for row in 0..<2000 {
        if row % 61 == 60 {
          places.append(row - lines.count)
          text += ["1,2,3\n", "x,1\n", "\"1\"y,2\n"][row % 3]
          lines.append(line)
          line += 1
        } else {
          text += "\(row),\"k\(row % 7)\n\"\n"
          line += 2
        }
      }
      try bench.write("t.csv", text)
      var options = ImportOptions()
      options.badRows = .skip
      options.target = "kind"
      let importer = Importer(
        inputs: [ImportInput(path: bench.path("t.csv"))], output: bench.path("out.h5"),
        options: options)
      let summary = try ThreadCrew.run(importer, size: size)
      #expect(summary.entries[0].badRows.count == lines.count)
      #expect(summary.entries[0].badRows.lines == Array(lines.prefix(20)))
      #expect(summary.entries[0].badRows.places == places)
      #expect(summary.entries[0].badRows.firstProblem.hasPrefix("the row has 3 fields"))
      #expect(summary.entries[0].shape == [2000 - lines.count, 1])
    }
  }

  @Test(
    "the first bad row ends all, whichever process meets it, and leaves no file",
    arguments: [2, 3, 5])
  func stopping(size: Int) throws {
    try run { bench in
      for (bad, words) in [
        ("1", "the row has 1 fields"), ("1,x", "'x', which is no finite number"),
        ("\"1\"x,2", "there is text behind"), ("1,\"2", "a quote that opens"),
      ] {
        // A second open quote would close the first.
        for places in bad == "1,\"2" ? [[100], [2900]] : [[100], [1500, 1700], [2900]] {
          var rows = [String](repeating: "1,2\n", count: 3000)
          for place in places { rows[place] = bad + "\n" }
          try bench.write("t.csv", rows.joined())
          let found = try outcome(bench, size: size, Way(name: "", chunkRows: 10))
          #expect(found.hasPrefix("65 "), "\(found)")
          #expect(found.contains("t.csv:\(places[0] + 1): "), "\(found)")
          #expect(found.contains(words), "\(found)")
        }
      }
    }
  }

  @Test("several megabytes, in many blocks and from many places", arguments: ways)
  func large(way: Way) throws {
    try run { bench in
      // A block has 1 MB of floats.
      let zeros = String(repeating: "0,", count: 20)
      var text = "id,x," + (0..<20).map { "c\($0)," }.joined() + "name\n"
      for row in 0..<40_000 {
        text += "\(row),\(Double(row % 1013) / 8),\(zeros)\(row % 5)\n"
        if way.skips, row % 997 == 5 { text += "\(row)\n" }
        if way.isTable, row == 31_000 {
          text += "1,2,\(zeros)\"\(String(repeating: "n\n", count: 9000))\"\n"
        }
      }
      var way = way
      way.chunkRows = way.chunkRows.map { _ in 256 }
      try check(bench, text, way, sizes: [2, 3])
    }
  }

  @Test("files that are one stream are read by process 0, which is said; classes are common to all")
  func others() throws {
    try run { bench in
      try bench.write("a.csv", "x,kind\n1,dog\n2,cat\n")
      try bench.write("b.csv", "x,kind\n1,ant\n2,cat\n")
      try bench.gzip("b.csv")
      try bench.write("c", ImportBench.idx(8, [2, 2]) + [1, 2, 3, 4])
      var options = ImportOptions()
      options.target = "kind"
      let importer = Importer(
        inputs: ["a.csv", "b.csv.gz", "c"].map { ImportInput(path: bench.path($0)) },
        output: bench.path("out.h5"), options: options)
      let summary = try ThreadCrew.run(importer, size: 3)
      #expect(
        summary.entries.map(\.notes) == [
          [], [], ["read by one rank: a gzipped file is one stream"], [],
          [],
        ])
      #expect(try bench.floats("a/target") == [2, 1])
      #expect(try bench.floats("b/target") == [0, 1])
      #expect(try bench.floats("c") == [1, 2, 3, 4])
      let alone = try Self.content(bench.path("out.h5"))
      try bench.remove("out.h5")
      try importer.run()
      #expect(try Self.content(bench.path("out.h5")) == alone)
    }
  }
}
