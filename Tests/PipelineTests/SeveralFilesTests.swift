import Configuration
import Foundation
import HDF5
import Pipeline
import TestSupport
import Testing

@Suite("Several files as one source of rows")
struct SeveralFilesTests {
  /// Files `part-0.h5` and so on, of the lengths given, whose features are 3 times the row among all and
  /// the next numbers, and whose targets are the row.
  private static func write(
    _ folder: URL, _ counts: [Int], chunk: Int? = nil, names: (Int) -> String = { "part-\($0).h5" }
  ) throws {
    var first = 0
    for (index, count) in counts.enumerated() {
      let rows = first..<first + count
      try File.replace(folder.appendingPathComponent(names(index)).path) { file in
        let root = try file.root()
        try root.createDataset(
          "x", shape: [count, 3], of: Float.self, chunks: chunk.map { [min($0, count), 3] }
        ).write(rows.flatMap { row in (0..<3).map { Float(row * 3 + $0) } })
        try root.createDataset("y", shape: [count], of: Int32.self).write(rows.map { Int32($0) })
      }
      first += count
    }
  }

  private static func source(_ folder: URL, _ files: [String]) -> DataSource {
    var source = DataSource(file: "", features: "x", target: "y")
    source.files = files.map { $0.hasPrefix("/") ? $0 : folder.path + "/" + $0 }
    return source
  }

  /// Reads `rows` of features and targets.
  private static func read(
    _ source: any RowSource, _ rows: Range<Int>
  ) throws -> (features: [Float], targets: [Float]) {
    var features = [Float](repeating: -1, count: rows.count * source.layout.featureCount)
    var targets = [Float](repeating: -1, count: rows.count * source.layout.targetCount)
    try features.withUnsafeMutableBufferPointer { try source.readFeatures(rows, into: $0) }
    try targets.withUnsafeMutableBufferPointer { try source.readTargets(rows, into: $0) }
    return (features, targets)
  }

  @Test("rows of all files stand one behind the other, in any range, with few files open")
  func rows() throws {
    try withTemporaryFolder { folder in
      // More files than are open at a time.
      let counts = (0..<40).map { 1 + $0 % 5 }
      let total = counts.reduce(0, +)
      try Self.write(folder, counts) { String(format: "part-%02d.h5", $0) }
      let source = try Self.source(folder, ["part-*.h5"]).open()
      #expect(source.layout.rowCount == total)
      #expect(source.layout.featureShape == [3] && source.layout.targetShape == [])
      #expect(source.layout.fileStarts.count == 40)
      #expect(source.layout.fileStarts.prefix(4) == [0, 1, 3, 6])
      for rows in [0..<total, 0..<1, 5..<6, 2..<17, total - 1..<total, 60..<110, 3..<4, 7..<7] {
        let (features, targets) = try Self.read(source, rows)
        #expect(features == (rows.lowerBound * 3..<rows.upperBound * 3).map { Float($0) })
        #expect(targets == rows.map { Float($0) })
      }
      #expect(source.featureName.contains("40 files"))
      let descriptors = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")
        .compactMap {
          try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\($0)")
        }
        .filter { $0.hasPrefix(folder.path + "/part-") }
      #expect(!descriptors.isEmpty && Set(descriptors).count <= 16)
    }
  }

  @Test("a list, a pattern and a text name files in their own orders")
  func names() throws {
    try withTemporaryFolder { folder in
      try FileManager.default.createDirectory(
        at: folder.appendingPathComponent("data"), withIntermediateDirectories: true)
      try Self.write(folder, [1, 1, 1, 1]) { "data/part-\([10, 2, 1, 30][$0]).h5" }
      try "no data".write(
        to: folder.appendingPathComponent("data/notes.md"), atomically: true, encoding: .utf8)
      try """
      # two of them
        part-30.h5

      part-2.h5\t\r
      #part-1.h5
      """.write(
        to: folder.appendingPathComponent("data/files.txt"), atomically: true, encoding: .utf8)
      func targets(_ files: String...) throws -> [Float] {
        let source = try Self.source(folder, files).open()
        return try Self.read(source, 0..<source.layout.rowCount).targets
      }
      // By the bytes of their names: 1, 10, 2, 30.
      #expect(try targets("data/part-*.h5") == [2, 0, 1, 3])
      #expect(try targets("data/part-[12].h5") == [2, 1])
      #expect(try targets("data/part-2.h5", "data/part-1.h5") == [1, 2])
      #expect(try targets("data/files.txt") == [3, 1])
      #expect(try targets("data/files.txt", "data/part-1*.h5") == [3, 1, 2, 0])
      // An HDF5 file is no list, whatever its name, and a file that is there is no pattern.
      try FileManager.default.copyItem(
        at: folder.appendingPathComponent("data/part-30.h5"),
        to: folder.appendingPathComponent("data/numbers.txt"))
      #expect(try targets("data/numbers.txt") == [3])
      try FileManager.default.copyItem(
        at: folder.appendingPathComponent("data/part-1.h5"),
        to: folder.appendingPathComponent("data/part-[2].h5"))
      #expect(try targets("data/part-[2].h5") == [2])
    }
  }

  @Test("names that lead nowhere are refused with what to do")
  func refusedNames() throws {
    try withTemporaryFolder { folder in
      try Self.write(folder, [2, 2])
      func write(_ name: String, _ text: String) throws {
        try text.write(
          to: folder.appendingPathComponent(name), atomically: true, encoding: .utf8)
      }
      try write("empty.txt", "# nothing\n\n")
      try write("gone.txt", "part-0.h5\nelsewhere.h5\n")
      try write("twice.txt", "part-0.h5\npart-0.h5\n")
      try write("binary.txt", "part\0-0.h5\n")
      for (files, code, part) in [
        (["none-*.h5"], 66, "no file matches"), (["part-7.h5"], 66, "there is no such file"),
        (["gone.txt"], 66, "elsewhere.h5: there is no such file"),
        (["empty.txt"], 65, "lists no file"), (["binary.txt"], 65, "is no text"),
        (["twice.txt"], 65, "named twice"), (["part-*.h5", "part-1.h5"], 65, "named twice"),
        (["missing.txt"], 66, "there is no such file"),
      ] as [([String], Int32, String)] {
        let error = #expect(throws: PipelineError.self, "\(files)") {
          try Self.source(folder, files).open()
        }
        #expect(error?.exitCode == code, "\(files): \(error?.description ?? "")")
        #expect(error?.description.contains(part) == true, "\(error?.description ?? "")")
        #expect(error?.description.contains(folder.path) == true)
      }
    }
  }

  @Test("files whose rows differ are refused before a row is read, and both are named")
  func refusedForms() throws {
    try withTemporaryFolder { folder in
      func file(_ name: String, _ fill: (borrowing Group) throws -> Void) throws {
        try File.replace(folder.appendingPathComponent(name).path) { try fill($0.root()) }
      }
      func number<E: Element>(
        _ root: borrowing Group, _ name: String, _ shape: [Int], _ zero: E
      ) throws {
        try root.createDataset(name, shape: shape, of: E.self)
          .write([E](repeating: zero, count: shape.reduce(1, *)))
      }
      try file("a.h5") {
        try number($0, "x", [4, 3], Float(0))
        try number($0, "y", [4], UInt8(0))
        try number($0, "t/u", [4], Float(0))
        try number($0, "t/v", [4], Float(0))
      }
      try file("width.h5") {
        try number($0, "x", [4, 2], Float(0))
        try number($0, "y", [4], UInt8(0))
      }
      try file("type.h5") {
        try number($0, "x", [4, 3], Double(0))
        try number($0, "y", [4], UInt8(0))
      }
      try file("target.h5") {
        try number($0, "x", [4, 3], Float(0))
        try number($0, "y", [4], Int32(0))
      }
      try file("rows.h5") {
        try number($0, "x", [4, 3], Float(0))
        try number($0, "y", [5], UInt8(0))
      }
      try file("name.h5") {
        try number($0, "xs", [4, 3], Float(0))
        try number($0, "y", [4], UInt8(0))
      }
      try file("columns.h5") {
        try number($0, "y", [4], UInt8(0))
        try number($0, "t/u", [4], Float(0))
        try number($0, "t/w", [4], Float(0))
      }
      for (other, features, parts, code) in [
        ("width.h5", "x", ["rows of [3]", "rows of [2]"], 65),
        ("type.h5", "x", ["float32", "float64"], 65),
        ("target.h5", "x", ["uint8", "int32", "'/y'"], 65),
        ("rows.h5", "x", ["4 rows", "5"], 65), ("name.h5", "x", ["did you mean '/xs'"], 66),
        ("columns.h5", "t", ["u, v", "u, w"], 65),
      ] as [(String, String, [String], Int32)] {
        var source = Self.source(folder, ["a.h5", other])
        source.features = features
        let error = #expect(throws: PipelineError.self, "\(other)") { try source.open() }
        let text = error?.description ?? ""
        #expect(error?.exitCode == code && text.contains(folder.path + "/" + other), "\(text)")
        for part in parts { #expect(text.contains(part), "\(text)") }
        if code == 65, other != "rows.h5" { #expect(text.contains("/a.h5"), "\(text)") }
      }
    }
  }

  @Test("a file that changes meanwhile is refused")
  func changed() throws {
    try withTemporaryFolder { folder in
      try Self.write(folder, [Int](repeating: 2, count: 20)) { String(format: "part-%02d.h5", $0) }
      let source = try Self.source(folder, ["part-*.h5"]).open()
      let last = folder.appendingPathComponent("part-19.h5")
      try FileManager.default.removeItem(at: last)
      let missing = #expect(throws: PipelineError.self) { try Self.read(source, 0..<40) }
      #expect(missing?.exitCode == 66)
      try Self.write(folder, [3]) { _ in "part-19.h5" }
      let longer = #expect(throws: PipelineError.self) { try Self.read(source, 38..<40) }
      #expect(longer?.description.contains("has changed") == true)
    }
  }

  @Test("a worker's windows are made of whole chunks of each file")
  func chunks() throws {
    try withTemporaryFolder { folder in
      let counts = [100, 37, 64, 5, 250]
      try Self.write(folder, counts, chunk: 16)
      let data = Self.source(folder, ["part-*.h5"])
      let layout = try data.open().layout
      #expect(layout.blockRowCount == 16 && layout.fileStarts == [0, 100, 137, 201, 206])
      let ends = Set(
        zip(layout.fileStarts, counts).flatMap { start, count in
          stride(from: 0, to: count, by: 16).map { start + $0 } + [start + count]
        })
      let pipeline = try PipelineConfiguration().fitted(to: try data.open())
      // Memory for two windows of 40 rows of 16 bytes.
      let reader = try BatchReader(
        { () throws(PipelineError) in try data.open() }, pipeline: pipeline,
        memoryByteCount: 2 * 40 * 16, batchRowCount: 8)
      let shuffle = reader.shuffle(seed: 4)
      var seen = Set<Int>()
      for worker in 0..<3 {
        let stream = shuffle.stream(epoch: 1, worker: worker, of: 3)
        #expect(stream.windows.count > 1)
        for run in stream.windows.flatMap(\.runs) {
          #expect(ends.contains(run.lowerBound) && ends.contains(run.upperBound), "\(run)")
        }
        reader.start(EpochPlan(shuffle: shuffle, epoch: 1, worker: worker, of: 3))
        var features = [Float](repeating: 0, count: 8 * 3)
        var targets = [Float](repeating: 0, count: 8)
        var place = 0
        while place < stream.count {
          let count = try features.withUnsafeMutableBufferPointer { x in
            try targets.withUnsafeMutableBufferPointer { y in
              try reader.next(into: x, targets: y, count: 8)
            }
          }
          #expect(count > 0)
          for index in 0..<count {
            let row = stream.position(at: place + index)
            #expect(targets[index] == Float(row) && features[index * 3] == Float(row * 3))
            #expect(seen.insert(row).inserted)
          }
          place += count
        }
      }
      #expect(seen.count == 456)
    }
  }

  @Test(
    "slices of several files are dealt once each, evenly, between blocks where that is even enough",
    arguments: [1, 2, 3, 7, 40])
  func slices(workerCount: Int) {
    let cases: [(starts: [Int], count: Int, block: Int)] = [
      ([0, 100, 137, 201, 206], 456, 16), ([0, 10_007, 20_011], 30_000, 10),
      ([0, 3, 4, 5], 9, 100), ([0, 0, 50, 50], 90, 7), ([0, 90], 90, 7),
    ]
    for (starts, count, block) in cases {
      let slices = Slice.deal(
        rowCount: count, blockRowCount: block, workerCount: workerCount, fileStarts: starts)
      #expect(slices.count == workerCount && slices[0].positions.lowerBound == 0)
      for (slice, next) in zip(slices, slices.dropFirst()) {
        #expect(slice.positions.upperBound == next.positions.lowerBound)
      }
      #expect(slices[workerCount - 1].positions.upperBound == count)
      let lengths = slices.map(\.count)
      let spread = (lengths.max() ?? 0) - (lengths.min() ?? 0)
      #expect(Double(spread) <= max(1, 0.05 * Double(count) / Double(workerCount)))
      guard count == 30_000 else { continue }
      for slice in slices.dropFirst() {
        let lower = slice.positions.lowerBound
        let start = starts.last { $0 <= lower } ?? 0
        #expect((lower - start) % block == 0, "\(lower)")
      }
    }
  }

  @Test("rows left over from a split keep each file's count of blocks")
  func leftOver() {
    // Of files of 100 and 50 rows, rows 90 to 110 are held out, 2 whole blocks of 10 of one count.
    let rows = RowSet(runs: [0..<90, 113..<150])
    // Row 113 is the 13th of its file: its next block of 10 begins 7 rows behind it.
    #expect(rows.blockStarts(fileStarts: [0, 100], blockRowCount: 10) == [0, 97])
    #expect(rows.blockStarts(fileStarts: [0, 100, 150], blockRowCount: 10) == [0, 97])
    #expect(rows.blockStarts(fileStarts: [], blockRowCount: 10) == [0, 97])
    // One count does for whole blocks, and for the set of all rows but whole blocks.
    let all = RowSet(rowCount: 150)
    #expect(all.blockStarts(fileStarts: [0, 100], blockRowCount: 10).isEmpty)
    #expect(all.blockStarts(fileStarts: [0, 95], blockRowCount: 10) == [0, 95])
    let whole = RowSet(runs: [0..<90, 110..<150])
    #expect(whole.blockStarts(fileStarts: [], blockRowCount: 10).isEmpty)
    let stream = RowStream(
      RowSet(rowCount: rows.count), blockRowCount: 10, windowRowCount: 20, fileStarts: [0, 97],
      key: 1)
    #expect(stream.count == rows.count)
    var positions: [Int] = []
    for place in 0..<stream.count { positions.append(stream.position(at: place)) }
    #expect(positions.sorted() == Array(0..<rows.count))
  }

  @Test("a job file's names come back as they were given")
  func jobFile() throws {
    func decoded(_ text: String) throws -> DataSource {
      var options = try Options(try Value(yaml: text, file: "job.yaml"))
      let source = try DataSource(options: &options)
      try options.finish()
      return source
    }
    for text in [
      "{file: a.h5, features: x, target: y}", "{file: [a.h5, b-*.h5], features: x, target: y}",
      "{file: a.h5, table: t, features: [u, v], target: y, weights: w}",
      "{file: a.h5, features: {one: x, two: z}, target: [u, v]}",
      "{file: a.h5, table: t, target: y}",
    ] {
      let source = try decoded(text)
      var options = try Options(source.value)
      #expect(try DataSource(options: &options) == source, "\(text)")
    }
    let source = try decoded("{file: [a.h5, b-*.h5], table: t, features: [u, v], target: y}")
    #expect(source.files == ["a.h5", "b-*.h5"] && source.featureColumns == ["u", "v"])
    #expect(source.features == "u, v" && source.table == "t" && source.leftOut == ["y"])
    #expect(!source.takesAllColumns)
    let all = try decoded("{file: a.h5, table: t, target: y, weights: w}")
    #expect(all.takesAllColumns && all.leftOut == ["y", "w"])
    for (text, part) in [
      ("{file: [], features: x, target: y}", "at least one"),
      ("{file: [a, 3], features: x, target: y}", "list of names"),
      ("{file: a, features: [u, u], target: y}", "named twice"),
    ] {
      let error = #expect(throws: ConfigurationError.self) { try decoded(text) }
      #expect(error?.description.contains(part) == true, "\(error?.description ?? "")")
    }
  }
}
