import Configuration
import Foundation
import HDF5
import Pipeline
import TestSupport
import Testing

@Suite("HDF5 as a source of rows")
struct HDF5SourceTests {
  static func withFile<R>(
    _ fill: (borrowing Group) throws -> Void, _ body: (String) throws -> R
  ) throws -> R {
    try withTemporaryFolder { folder in
      let path = folder.appendingPathComponent("data.h5").path
      try File.replace(path) { try fill($0.root()) }
      return try body(path)
    }
  }

  static func open(
    _ fill: (borrowing Group) throws -> Void, features: String = "x", target: String? = "y"
  ) throws -> PipelineError? {
    try withFile(fill) { path -> PipelineError? in
      do throws(PipelineError) {
        _ = try HDF5Source(DataSource(file: path, features: features, target: target))
        return nil
      } catch { return error }
    }
  }

  @Test("a batch of bytes in chunks comes converted and scaled")
  func bytes() throws {
    try Self.withFile { root in
      let pixels = (0..<40 * 6).map { UInt8($0 % 256) }
      try root.createDataset(
        "train/x", shape: [40, 2, 3], of: UInt8.self, chunks: [8, 2, 3], gzip: 1
      )
      .write(pixels)
      try root.createDataset("train/y", shape: [40], of: Int32.self)
        .write((0..<40).map { Int32($0 % 10) })
    } _: { path in
      let data = DataSource(file: path, features: "train/x", target: "train/y")
      let source = try data.open()
      #expect(source.layout.featureShape == [2, 3])
      #expect(source.layout.targetShape == [])
      #expect(source.layout.hasByteFeatures && source.layout.chunkRowCount == 8)
      let pipeline = try PipelineConfiguration(features: [Scale(factor: 1.0 / 255)])
        .fitted(to: source)
      let reader = try BatchReader(
        { () throws(PipelineError) in try data.open() }, pipeline: pipeline, classCount: 10,
        memoryByteCount: 300, batchRowCount: 40)
      let shuffle = reader.shuffle(seed: 2)
      reader.start(EpochPlan(shuffle: shuffle, epoch: 0, worker: 0, of: 1))
      var features = [Float](repeating: -1, count: 240)
      var targets = [Float](repeating: -1, count: 40)
      let count = try features.withUnsafeMutableBufferPointer { x in
        try targets.withUnsafeMutableBufferPointer { y in
          try reader.next(into: x, targets: y, count: 40)
        }
      }
      #expect(count == 40)
      let stream = shuffle.stream(epoch: 0, worker: 0, of: 1)
      #expect(stream.windows.count > 1)
      for place in 0..<40 {
        let row = stream.position(at: place)
        #expect(targets[place] == Float(row % 10))
        for column in 0..<6 {
          let expected = Float((row * 6 + column) % 256) / 255
          #expect(abs(features[place * 6 + column] - expected) < 1e-6)
        }
      }
    }
  }

  @Test("rows of several data sets, and windows of them, are read in blocks", arguments: [1, 2])
  func blocks(length: Int) throws {
    let (rowCount, width) = (5000, 1001)
    try Self.withFile { root in
      var numbers: [Float] = []
      for row in 0..<rowCount { numbers += repeatElement(Float(row), count: width - 1) }
      try root.createDataset(
        "wide", shape: [rowCount, width - 1], of: Float.self, chunks: [64, width - 1]
      )
      .write(numbers)
      try root.createDataset("narrow", shape: [rowCount], of: Float.self)
        .write((0..<rowCount).map { -Float($0) })
    } _: { path in
      var data = DataSource(file: path, features: "wide, narrow", target: "narrow")
      data.featureColumns = ["wide", "narrow"]
      if length > 1 { data.window = RowWindow(length: length) }
      let source = try data.open()
      // A block holds 16 MiB, which are fewer rows, and 4096 windows.
      let rows = 10..<source.layout.rowCount
      try #require(rows.count > 4900)
      var features = [Float](repeating: .nan, count: rows.count * length * width)
      try features.withUnsafeMutableBufferPointer { try source.readFeatures(rows, into: $0) }
      var targets = [Float](repeating: .nan, count: rows.count)
      try targets.withUnsafeMutableBufferPointer { try source.readTargets(rows, into: $0) }
      var wrongCount = 0
      for place in 0..<rows.count * length {
        let (first, row) = (place * width, Float(10 + place / length + place % length))
        let found = [features[first], features[first + width - 2], features[first + width - 1]]
        if found != [row, row, -row] { wrongCount += 1 }
      }
      for place in 0..<rows.count where targets[place] != -Float(10 + place + length - 1) {
        wrongCount += 1
      }
      #expect(wrongCount == 0)
    }
  }

  @Test("what cannot be trained on is refused in one line that says what to do")
  func refused() throws {
    func number(_ root: borrowing Group, _ name: String, _ shape: [Int]) throws {
      try root.createDataset(name, shape: shape, of: Float.self)
        .write([Float](repeating: 0, count: shape.reduce(1, *)))
    }
    let rows = try #require(
      try Self.open {
        try number($0, "x", [5, 2])
        try number($0, "y", [4])
      })
    #expect(rows.description.contains("has 5 rows") && rows.description.contains("has 4"))
    #expect(rows.exitCode == 65)
    let empty = try #require(
      try Self.open {
        try number($0, "x", [0, 2])
        try number($0, "y", [0])
      })
    #expect(empty.description.contains("empty") && empty.exitCode == 65)
    let scalar = try #require(
      try Self.open {
        try number($0, "x", [])
        try number($0, "y", [1])
      })
    #expect(scalar.description.contains("without axes"))
    let text = try #require(
      try Self.open {
        try $0.createDataset("x", strings: ["a", "b"])
        try number($0, "y", [2])
      })
    #expect(text.description.contains("numbers are needed") && text.exitCode == 65)
    let missing = try #require(
      try Self.open(
        {
          try number($0, "features", [5, 2])
          try number($0, "y", [5])
        }, features: "feature"))
    #expect(missing.description.contains("did you mean '/features'") && missing.exitCode == 66)
    let none = #expect(throws: PipelineError.self) {
      try HDF5Source(DataSource(file: "/nowhere/data.h5", features: "x", target: nil))
    }
    #expect(none?.exitCode == 66)
    #expect(
      [rows, empty, scalar, text, missing].allSatisfy { !$0.description.contains("\n") })
  }

  @Test("rows that were never written, or are longer than memory, are refused before a read")
  func implausible() throws {
    let sparse = try #require(
      try Self.open(
        { try $0.createDataset("x", shape: [1 << 40, 8], of: Float.self, chunks: [1, 8]) },
        target: nil))
    #expect(sparse.description.contains("nothing was ever written") && sparse.exitCode == 65)
    let long = try #require(
      try Self.open(
        { try $0.createDataset("x", shape: [4, 2_147_483_647], of: Float.self, chunks: [1, 99]) },
        target: nil))
    #expect(long.description.contains("nothing was ever written") && long.exitCode == 65)
    try Self.withFile {
      try $0.createDataset("x", shape: [3, 10], of: UInt8.self)
        .write([UInt8](repeating: 1, count: 30))
    } _: { path in
      var source = DataSource(file: path, features: "x", target: nil)
      source.largestRowByteCount = 10
      let layout = try source.open().layout
      #expect(layout.rowByteCount == 10)
      source.largestRowByteCount = 9
      let error = #expect(throws: PipelineError.self) { try source.open() }
      #expect(error?.description.contains("10 bytes in memory, but data.memory is 9") == true)
    }
  }

  @Test(
    "there are never more than a million blocks, and they are whole chunks",
    arguments: [(1, 1 << 40), (7, 1 << 33), (64, 1 << 50)])
  func blockCount(chunk: Int, rowCount: Int) {
    let layout = RowLayout(
      rowCount: rowCount, featureShape: [8], targetShape: [], chunkRowCount: chunk)
    #expect(layout.blockRowCount % chunk == 0)
    #expect(rowCount / layout.blockRowCount <= 1 << 20)
    #expect(rowCount / layout.blockRowCount > 1 << 18)
    let small = RowLayout(
      rowCount: 60_000, featureShape: [8], targetShape: [], chunkRowCount: chunk)
    #expect(small.blockRowCount == chunk)
  }

  @Test("a scan counts what is wrong and finds the range of labels")
  func scan() throws {
    var features = [Float](repeating: 1, count: 300)
    features[31] = .nan
    features[200] = .infinity
    features[2] = -4
    let source = MemorySource(
      features: features, featureShape: [3], targets: (0..<100).map { Float($0 % 7) },
      targetShape: [])
    let scan = try DataScan(source)
    #expect(scan.rowCount == 100)
    #expect(scan.features.notNumberCount == 1 && scan.features.infiniteCount == 1)
    #expect(scan.features.firstBadRow == 10)
    #expect(scan.features.range == -4...1)
    #expect(scan.targets.range == 0...6 && scan.targets.isWhole)
    #expect(scan.targets.firstBadRow == nil)
  }
}
