import Foundation
import HDF5
import Pipeline
import TestSupport
import Testing

@Suite("Importing IDX files")
struct IDXImportTests {
  /// Four numbers of each element type, high byte first.
  static let types: [(code: UInt8, type: ElementType, bytes: [UInt8], values: [Float])] = [
    (0x08, .uint8, [0, 1, 128, 255], [0, 1, 128, 255]),
    (0x09, .int8, [0, 1, 128, 255], [0, 1, -128, -1]),
    (0x0b, .int16, [0, 1, 1, 0, 255, 255, 128, 0], [1, 256, -1, -32768]),
    (
      0x0c, .int32, [0, 0, 0, 1, 0, 1, 0, 0, 255, 255, 255, 255, 0, 0, 1, 2],
      [1, 65536, -1, 258]
    ),
    (
      0x0d, .float32, [0x3f, 0x80, 0, 0, 0xbf, 0, 0, 0, 0, 0, 0, 0, 0x40, 0x49, 0x0f, 0xda],
      [1, -0.5, 0, .pi]
    ),
    (
      0x0e, .float64,
      [0x3f, 0xf0, 0, 0, 0, 0, 0, 0] + [0xbf, 0xe0, 0, 0, 0, 0, 0, 0] + [0, 0, 0, 0, 0, 0, 0, 0]
        + [0x40, 0, 0, 0, 0, 0, 0, 0],
      [1, -0.5, 0, 2]
    ),
  ]

  @Test(
    "every element type comes over in this machine's order, plain and gzipped", arguments: 0..<6)
  func elementTypes(index: Int) throws {
    try ImportBench.run { bench in
      let (code, type, bytes, values) = Self.types[index]
      try bench.write("x.idx", ImportBench.idx(code, [2, 2]) + bytes)
      try bench.gzip("x.idx")
      let summary = try bench.convert("plain=x.idx", "packed/x=x.idx.gz")
      #expect(summary.entries.map(\.name) == ["plain", "packed/x"])
      for name in ["plain", "packed/x"] {
        let dataset = try File(opening: bench.path("out.h5")).dataset(name)
        #expect(dataset.elementType == type && !dataset.isBigEndian)
        #expect(dataset.shape == [2, 2])
        #expect(try dataset.readAll(as: Float.self) == values)
      }
    }
  }

  @Test("images keep their shape and bytes, in chunks of 256 rows over many blocks")
  func images() throws {
    try ImportBench.run { bench in
      let bytes = (0..<3000 * 28 * 28).map { UInt8(truncatingIfNeeded: $0 * 31 ^ $0 >> 8) }
      try bench.write("images-idx3-ubyte", ImportBench.idx(8, [3000, 28, 28]) + bytes)
      try bench.gzip("images-idx3-ubyte")
      try bench.convert("images-idx3-ubyte.gz") { $0.gzip = 1 }
      let dataset = try File(opening: bench.path("out.h5")).dataset("images-idx3-ubyte")
      #expect(dataset.shape == [3000, 28, 28])
      #expect(dataset.elementType == .uint8)
      #expect(dataset.chunkShape == [256, 28, 28])
      #expect(dataset.filters == ["gzip 1"])
      #expect(try dataset.readAll(as: UInt8.self) == bytes)
    }
  }

  @Test("chunks follow the options and never pass the rows")
  func chunks() throws {
    try ImportBench.run { bench in
      try bench.write("a", ImportBench.idx(8, [10, 2]) + [UInt8](repeating: 1, count: 20))
      try bench.convert("a")
      #expect(try File(opening: bench.path("out.h5")).dataset("a").chunkShape == [10, 2])
      try bench.convert("a", to: "b.h5") { $0.chunkRows = 4 }
      let dataset = try File(opening: bench.path("b.h5")).dataset("a")
      #expect(dataset.chunkShape == [4, 2])
      #expect(dataset.filters == [])
      #expect(try dataset.readAll(as: UInt8.self) == [UInt8](repeating: 1, count: 20))
    }
  }

  @Test("what is damaged is one clear line and code 65, and leaves nothing behind")
  func damaged() throws {
    try ImportBench.run { bench in
      let good = ImportBench.idx(8, [1000, 10]) + (0..<10_000).map { UInt8($0 * 7 % 251) }
      try bench.write("good", good)
      try bench.gzip("good")
      let packed = [UInt8](try Data(contentsOf: bench.folder.appendingPathComponent("good.gz")))
      try FileManager.default.removeItem(atPath: bench.path("good.gz"))
      var flipped = packed
      flipped[packed.count / 2] ^= 0x55
      try bench.write("short", Array(good.dropLast(5)))
      try bench.write("long", good + [1])
      try bench.write("head", Array(good.prefix(7)))
      try bench.write("huge", ImportBench.idx(14, [1 << 31, 1 << 31, 1 << 31]))
      try bench.write("norows", ImportBench.idx(8, [0, 10]))
      try bench.write("noaxes", [0, 0, 8, 0])
      try bench.write("short.gz", Array(packed.dropLast(packed.count / 2)))
      try bench.write("flipped.gz", flipped)
      try bench.write("empty", [])
      try bench.write("binary", [1, 2, 3, 0, 5])
      try bench.write("hdf5", [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a])
      for (name, words) in [
        ("short", "truncated"), ("long", "wrong"), ("head", "truncated"), ("huge", "impossible"),
        ("norows", "no rows"), ("noaxes", "no axes"), ("short.gz", "truncated"),
        ("flipped.gz", "damaged"), ("empty", "is empty"), ("binary", "neither IDX, CSV"),
        ("hdf5", "HDF5 file already"),
      ] {
        let (line, code) = try bench.failure(name)
        #expect(code == 65, "\(line)")
        #expect(line.contains(words), "\(line)")
        #expect(line.contains(bench.path(name)), "\(line)")
      }
      let (line, code) = try bench.failure("nothing")
      #expect(code == 66 && line.contains("no such file"))
    }
  }

  @Test("no truncation or damage of a gzipped file crashes, hangs, or leaves half an output")
  func fuzz() throws {
    try ImportBench.run { bench in
      try bench.write("x", ImportBench.idx(8, [40, 9]) + (0..<360).map { UInt8($0 % 256) })
      try bench.gzip("x")
      let packed = [UInt8](try Data(contentsOf: bench.folder.appendingPathComponent("x.gz")))
      var state: UInt32 = 1
      for index in 0..<300 {
        state = state &* 1_664_525 &+ 1_013_904_223
        var bytes = packed
        let position = Int(state >> 8) % bytes.count
        if index % 2 == 0 {
          bytes.removeLast(bytes.count - position)
        } else {
          bytes[position] ^= UInt8(1 << (index / 2 % 8))
        }
        try bench.write("y.gz", bytes)
        do { try bench.convert("y.gz") { $0.overwrites = true } } catch {}
        // Either all of it or nothing: whatever is there can be opened.
        if FileManager.default.fileExists(atPath: bench.path("out.h5")) {
          #expect(throws: Never.self) { _ = try File(opening: bench.path("out.h5")) }
        }
        let names = try FileManager.default.contentsOfDirectory(atPath: bench.folder.path)
        #expect(!names.contains { $0.contains(".tmp.") })
      }
    }
  }
}
