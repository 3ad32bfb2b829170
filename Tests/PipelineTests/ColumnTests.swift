import Configuration
import Foundation
import HDF5
import Pipeline
import TestSupport
import Testing

/// Groups of columns, records, nested names, virtual and very long data sets as features.
///
/// The fixtures are h5py's: Tests/Reference/hdf5_data.py.
@Suite("Columns of groups and of records as rows")
struct ColumnTests {
  private static func fixturePath(_ name: String) -> String { fixture("hdf5/" + name).path }

  private static func source(
    _ path: String, table: String? = nil, _ features: [String], target: String? = nil
  ) -> DataSource {
    var source = DataSource(
      file: path, features: features.joined(separator: ", "), target: target)
    source.table = table
    if features.count > 1 { source.featureColumns = features }
    return source
  }

  private static func features(_ source: any RowSource, _ rows: Range<Int>) throws -> [Float] {
    var values = [Float](repeating: -1, count: rows.count * source.layout.featureCount)
    try values.withUnsafeMutableBufferPointer { try source.readFeatures(rows, into: $0) }
    return values
  }

  private static func refused(_ source: DataSource) -> PipelineError? {
    #expect(throws: PipelineError.self) { try source.open() }
  }

  @Test("records' fields are columns, of every type of numbers, by name and in the order asked for")
  func records() throws {
    let path = Self.fixturePath("records.h5")
    func row(_ r: Int) -> [Float] {
      let pairs: [Float] = [Float(r) + 0.25, -Float(r)]
      let grid = (0..<4).map { Float(r * 4 + $0) }
      return [Float(r) / 4, Float(r % 7), Float(1950 + r), Float(r) * 1.5 - 10, r % 2 == 0 ? 1 : 0]
        + pairs + [Float(r % 3)] + grid
    }
    // All fields of a data set that has numbers only.
    let plain = try Self.source(path, ["plain"]).open()
    #expect(plain.layout.rowCount == 50 && plain.layout.featureShape == [12])
    #expect(!plain.layout.hasByteFeatures)
    #expect(try Self.features(plain, 0..<50) == (0..<50).flatMap(row))
    #expect(try Self.features(plain, 17..<18) == row(17))
    // Some of one in chunks that has texts, too, in another order.
    let some = try Self.source(
      path, table: "houses/rows", ["area", "place", "rooms"], target: "label"
    ).open()
    #expect(some.layout.featureShape == [4] && some.layout.targetShape == [])
    #expect(some.layout.chunkRowCount == 16)
    #expect(
      try Self.features(some, 10..<40)
        == (10..<40).flatMap { [row($0)[3], row($0)[5], row($0)[6], row($0)[1]] })
    var targets = [Float](repeating: -1, count: 3)
    try targets.withUnsafeMutableBufferPointer { try some.readTargets(30..<33, into: $0) }
    #expect(targets == [0, 1, 2])
    // One field is a row of its own shape.
    let grid = try Self.source(path, table: "houses/rows", ["grid"]).open()
    #expect(grid.layout.featureShape == [2, 2])
    #expect(try Self.features(grid, 49..<50) == [196, 197, 198, 199])
  }

  @Test("fields without numbers, missing ones and records in a square are refused by name")
  func refusedRecords() throws {
    let path = Self.fixturePath("records.h5")
    for (table, features, parts, code) in [
      (nil, ["houses/rows"], ["'note' (string)", "'code' (string)", "'table'"], 65),
      ("houses/rows", ["price", "note"], ["'note' (string)", "leave them out"], 65),
      ("houses/rows", ["prize", "area"], ["no field 'prize'", "did you mean 'price'?"], 66),
      ("houses/rows", ["prize"], ["'/houses/rows'", "did you mean 'price'?"], 66),
      ("houses/row", ["price"], ["did you mean '/houses/rows'?"], 66),
      ("houses", ["row"], ["'/houses'", "no column 'row'", "did you mean 'rows'?"], 66),
      (nil, ["square"], ["shape [5, 10]", "one axis"], 65),
    ] as [(String?, [String], [String], Int32)] {
      let error = Self.refused(Self.source(path, table: table, features))
      let text = error?.description ?? ""
      #expect(error?.exitCode == code, "\(text)")
      for part in parts { #expect(text.contains(part), "\(text)") }
      #expect(!text.contains("\n"))
    }
    let error = Self.refused(
      Self.source(Self.fixturePath("part-0.h5"), table: "x", ["a"]))
    #expect(error?.description.contains("holds float32, but a table is a compound") == true)
  }

  /// A group of three columns and a target, and one with a text.
  private static func withTable<R>(_ body: (String) throws -> R) throws -> R {
    try HDF5SourceTests.withFile { root in
      let group = try root.createGroup("deep/houses")
      func column<E: Element>(_ name: String, _ values: [E]) throws {
        try group.createDataset(name, shape: [values.count], of: E.self).write(values)
      }
      try column("b", (0..<20).map { Float($0) / 2 })
      try column("a", (0..<20).map { UInt8($0) })
      try column("price", (0..<20).map { Int32($0 * 100) })
      let changed = try group.createDataset("u_v", shape: [20], of: Double.self)
      try changed.write((0..<20).map { Double(-$0) })
      try changed.writeAttribute("name", "u/v")
      try root.createGroup("texts").createDataset("city", strings: ["a", "b"])
      try root.createDataset("texts/n", shape: [2], of: Float.self).write([Float(1), 2])
      try root.createDataset("pixels/a", shape: [2], of: UInt8.self).write([UInt8(1), 2])
      try root.createDataset("pixels/b", shape: [2, 2], of: UInt8.self).write([UInt8(3), 4, 5, 6])
      try root.createDataset("uneven/a", shape: [2], of: Float.self).write([Float(1), 2])
      try root.createDataset("uneven/b", shape: [3], of: Float.self).write([Float(1), 2, 3])
    } _: {
      try body($0)
    }
  }

  @Test("a group's data sets are columns, by name or in the order of its attribute")
  func groups() throws {
    try Self.withTable { path in
      // The target in the group is none of the features, with and without being read.
      let data = Self.source(path, ["deep/houses"], target: "deep/houses/price")
      for target in [data.target, nil] {
        var data = data
        data.target = target
        let source = try data.open()
        #expect(source.layout.rowCount == 20 && source.layout.featureShape == [3])
        #expect(try Self.features(source, 4..<6) == [4, 2, -4, 5, 2.5, -5])
      }
      let named = try Self.source(path, table: "deep/houses", ["u/v", "price", "a"]).open()
      #expect(try Self.features(named, 7..<8) == [-7, 700, 7])
      let one = try Self.source(path, table: "/deep/houses", ["b"], target: "price").open()
      #expect(one.layout.featureShape == [] && one.layout.targetShape == [])
      let listed = try Self.source(path, ["deep/houses/a", "deep/houses/b"]).open()
      #expect(try Self.features(listed, 3..<4) == [3, 1.5])
      let bytes = try Self.source(path, ["pixels"]).open()
      #expect(bytes.layout.hasByteFeatures && bytes.layout.featureShape == [3])
      var pixels = [UInt8](repeating: 0, count: 6)
      try pixels.withUnsafeMutableBufferPointer { try bytes.readFeatures(0..<2, into: $0) }
      #expect(pixels == [1, 3, 4, 2, 5, 6])
      for (table, features, parts, code) in [
        (nil, ["texts"], ["'city' (string)", "'/texts'"], 65),
        ("texts", ["city"], ["'city' (string)", "leave them out"], 65),
        (nil, ["deep"], ["has the group 'houses' in it"], 65),
        (nil, ["uneven"], ["/uneven/a' has 2 rows", "/uneven/b' has 3"], 65),
        ("deep/houses", ["prise"], ["'/deep/houses'", "did you mean 'price'?"], 66),
        (nil, ["deep/house"], ["did you mean '/deep/houses'?"], 66),
        (nil, ["deep/houses/prise"], ["did you mean '/deep/houses/price'?"], 66),
        (nil, ["depe/houses/price"], ["did you mean '/deep/houses/price'?"], 66),
        (nil, ["prices"], ["did you mean '/deep/houses/price'?"], 66),
      ] as [(String?, [String], [String], Int32)] {
        let error = Self.refused(Self.source(path, table: table, features))
        let text = error?.description ?? ""
        #expect(error?.exitCode == code, "\(text)")
        for part in parts { #expect(text.contains(part), "\(text)") }
      }
    }
  }

  @Test("a table that convert writes is read in the order of its file")
  func convertedTable() throws {
    try ImportBench.run { bench in
      try bench.write("t.csv", "z,a,city,y\n1,2,x,0\n3,4,w,1\n")
      try bench.convert("t.csv", to: "t.h5") { $0.isTable = true }
      let path = bench.path("t.h5")
      let error = Self.refused(Self.source(path, ["t"], target: "t/y"))
      #expect(error?.description.contains("'city' (string)") == true)
      #expect(
        try Self.features(
          try Self.source(path, table: "t", ["z", "a"], target: "y").open(), 0..<2) == [1, 2, 3, 4])
      try bench.write("n.csv", "z,a,y\n1,2,0\n3,4,1\n")
      try bench.convert("n.csv", to: "n.h5") { $0.isTable = true }
      let whole = try Self.source(bench.path("n.h5"), ["n"], target: "n/y").open()
      #expect(try Self.features(whole, 0..<2) == [1, 2, 3, 4])
    }
  }

  @Test("virtual data sets are read, unless a source is missing, unwritten or too short")
  func virtual() throws {
    for name in ["virtual.h5", "virtual-twice.h5"] {
      let source = try Self.source(Self.fixturePath(name), ["x"]).open()
      #expect(source.layout.rowCount == 30 && source.layout.featureShape == [3])
      #expect(try Self.features(source, 0..<30) == (0..<90).map { Float($0) })
      #expect(try Self.features(source, 19..<21) == (57..<63).map { Float($0) })
    }
    for (name, parts, code) in [
      ("virtual-file.h5", ["part-7.h5", "is not there", "HDF5_VDS_PREFIX"], 66),
      ("virtual-name.h5", ["part-1.h5", "did you mean '/x'?"], 66),
      ("virtual-short.h5", ["takes 45 elements", "part-0.h5", "60"], 65),
      ("virtual-twice-file.h5", ["virtual-file.h5", "part-7.h5"], 66),
    ] as [(String, [String], Int32)] {
      let error = Self.refused(Self.source(Self.fixturePath(name), ["x"]))
      let text = error?.description ?? ""
      #expect(error?.exitCode == code, "\(text)")
      for part in parts { #expect(text.contains(part), "\(text)") }
    }
    // Elsewhere, without its sources.
    try withTemporaryFolder { folder in
      let copy = folder.appendingPathComponent("v.h5")
      try FileManager.default.copyItem(at: fixture("hdf5/virtual.h5"), to: copy)
      let error = Self.refused(Self.source(copy.path, ["x"]))
      #expect(error?.description.contains("'part-0.h5' is not there") == true)
    }
  }

  @Test("more than 2^31 rows: read, dealt and shuffled beyond that")
  func long() throws {
    let chunk = 1 << 20
    let rowCount = (1 << 31) + 3 * chunk
    func value(_ row: Int) -> UInt8 { UInt8(truncatingIfNeeded: row / 7 + row) }
    try HDF5SourceTests.withFile { root in
      let dataset = try root.createDataset(
        "x", shape: [rowCount], of: UInt8.self, chunks: [chunk])
      for start in [0, (1 << 31) - chunk, 1 << 31, rowCount - chunk] {
        let values = (start..<start + chunk).map(value)
        try values.withUnsafeBufferPointer {
          try dataset.write(rows: start..<start + chunk, from: $0)
        }
      }
    } _: { path in
      let data = DataSource(file: path, features: "x", target: nil)
      let source = try data.open()
      #expect(source.layout.rowCount == rowCount && source.layout.blockRowCount == chunk)
      let border = (1 << 31) - 500..<(1 << 31) + 500
      for rows in [0..<1000, border, rowCount - 1000..<rowCount] {
        #expect(try Self.features(source, rows) == rows.map { Float(value($0)) })
      }
      // The last of many workers reads its rows, in its own order.
      let workerCount = 2051
      let slices = Slice.deal(
        rowCount: rowCount, blockRowCount: chunk, workerCount: workerCount)
      #expect(slices[workerCount - 1].positions == rowCount - chunk..<rowCount)
      let pipeline = try PipelineConfiguration().fitted(to: source)
      let reader = try BatchReader(
        { () throws(PipelineError) in try data.open() }, pipeline: pipeline,
        memoryByteCount: 4 * chunk, batchRowCount: 64)
      let shuffle = reader.shuffle(seed: 3)
      for worker in [2047, 2048, workerCount - 1] {
        let stream = shuffle.stream(epoch: 1, worker: worker, of: workerCount)
        reader.start(EpochPlan(shuffle: shuffle, epoch: 1, worker: worker, of: workerCount))
        var batch = [Float](repeating: -1, count: 64)
        var none: [Float] = []
        let count = try batch.withUnsafeMutableBufferPointer { x in
          try none.withUnsafeMutableBufferPointer {
            try reader.next(into: x, targets: $0, count: 64)
          }
        }
        #expect(count == 64)
        for place in 0..<64 {
          let row = stream.position(at: place)
          #expect(row >= (1 << 31) - chunk)
          #expect(batch[place] == Float(value(row)))
        }
      }
    }
  }
}
