import Foundation
import HDF5
import TestSupport
import Testing

/// How a data set of 11 rows of 2 x 3 elements lies in the file.
enum Storage: CaseIterable {
  case contiguous, chunked, compressed

  var chunks: [Int]? { self == .contiguous ? nil : [4, 2, 2] }
  var gzip: Int? { self == .compressed ? 6 : nil }
}

@Suite("Data sets")
struct DatasetTests {
  /// Whole numbers that every type holds, so that no conversion may change them.
  private static func values(of type: ElementType) -> [Double] {
    (0..<66).map { index in
      switch type {
      case .uint8, .uint16, .uint32, .uint64: Double(index % 61 * 4)
      case .float16, .float32, .float64: Double(index - 33) / 8
      default: Double((index - 33) * 3)
      }
    }
  }

  @Test(
    "every type, byte order and layout gives back its numbers, whole and in rows",
    arguments: ElementType.numbers, Storage.allCases)
  func roundTrip(type: ElementType, storage: Storage) throws {
    try withTemporaryFolder { folder in
      let path = folder.appendingPathComponent("a.h5").path
      let values = Self.values(of: type)
      try File.replace(path) { file in
        for (name, isBigEndian) in [("little", false), ("big", true)] {
          try file.root().createDataset(
            name, shape: [11, 2, 3], type: type, isBigEndian: isBigEndian, chunks: storage.chunks,
            gzip: storage.gzip
          ).write(values)
        }
      }
      let file = try File(opening: path)
      for name in ["little", "big"] {
        let dataset = try file.dataset(name)
        #expect(dataset.elementType == type)
        #expect(dataset.isBigEndian == (name == "big" && type.byteCount != 1))
        #expect(dataset.shape == [11, 2, 3] && dataset.rowCount == 11 && dataset.rowWidth == 6)
        #expect(dataset.chunkShape == storage.chunks)
        #expect(dataset.filters == (storage == .compressed ? ["gzip 6"] : []))
        #expect(try dataset.readAll(as: Float.self) == values.map(Float.init))
        #expect(try dataset.readAll(as: Double.self) == values)
        if type.isInteger { #expect(try dataset.readAll(as: Int.self) == values.map { Int($0) }) }
        // Within a chunk, at its edge, over it, one row, no row, all rows.
        for rows in [0..<4, 1..<3, 3..<4, 4..<8, 2..<9, 10..<11, 5..<5, 0..<11] {
          var floats = [Float](repeating: -1, count: rows.count * 6 + 1)
          try floats.withUnsafeMutableBufferPointer { try dataset.read(rows: rows, into: $0) }
          let expected = values[rows.lowerBound * 6..<rows.upperBound * 6].map(Float.init)
          #expect(Array(floats.dropLast()) == expected, "\(type) \(rows)")
          #expect(floats.last == -1, "a read beyond its rows")
        }
      }
    }
  }

  @Test("every pattern of half precision becomes the same number as float")
  func halves() throws {
    try withTemporaryFolder { folder in
      let path = folder.appendingPathComponent("a.h5").path
      let bits = (0...UInt16.max).map { $0 }
      try File.replace(path) { file in
        let dataset = try file.root().createDataset(
          "half", shape: [bits.count], type: .float16, isBigEndian: true)
        try bits.withUnsafeBytes { try dataset.writeRaw(rows: 0..<bits.count, from: $0) }
      }
      let read = try File(opening: path).dataset("half").readAll(as: Float.self)
      for (bits, float) in zip(bits, read) {
        let expected = Self.half(bits)
        #expect(float == expected || (float.isNaN && expected.isNaN), "\(bits)")
        #expect(float.sign == expected.sign || float.isNaN, "\(bits)")
      }
    }
  }

  /// IEEE 754-2008, 3.4, for 5 bits of exponent and 10 of fraction.
  private static func half(_ bits: UInt16) -> Float {
    let fraction = Float(bits & 0x3ff) / 1024
    let exponent = Int(bits >> 10 & 31)
    let sign: Float = bits >> 15 == 0 ? 1 : -1
    switch exponent {
    case 0: return sign * fraction * 0x1p-14
    case 31: return fraction == 0 ? sign * .infinity : .nan
    default:
      return sign * (1 + fraction) * Float(sign: .plus, exponent: exponent - 15, significand: 1)
    }
  }

  @Test("extreme numbers round to the nearest float")
  func extremes() throws {
    try withTemporaryFolder { folder in
      let path = folder.appendingPathComponent("a.h5").path
      let whole: [Int] = [.min, .max, 16_777_217, -16_777_217, 1 << 62, 0]
      let unsigned: [UInt64] = [.max, 1 << 63, 9_007_199_254_740_993, 0, 1, 255]
      let doubles = [1e300, -1e300, .nan, 0.1, 1e-300, -.infinity]
      try File.replace(path) { file in
        let root = try file.root()
        try root.createDataset("i", shape: [6], of: Int.self).write(whole)
        try root.createDataset("u", shape: [6], of: UInt64.self).write(unsigned)
        try root.createDataset("d", shape: [6], of: Double.self).write(doubles)
      }
      let file = try File(opening: path)
      #expect(try file.dataset("i").readAll(as: Float.self) == whole.map(Float.init))
      #expect(try file.dataset("u").readAll(as: Float.self) == unsigned.map(Float.init))
      let read = try file.dataset("d").readAll(as: Float.self)
      #expect(read.map(\.description) == doubles.map { Float($0).description })
    }
  }

  @Test("rows larger than a block of the conversion come out whole")
  func largeRows() throws {
    try withTemporaryFolder { folder in
      let path = folder.appendingPathComponent("a.h5").path
      let width = 300_000
      let values = (0..<3 * width).map { UInt8(truncatingIfNeeded: $0 * 7) }
      try File.replace(path) { file in
        try file.root().createDataset("x", shape: [3, width], of: UInt8.self).write(values)
        try file.root().createDataset("c", shape: [3, width], of: UInt8.self, chunks: [2, 70_000])
          .write(values)
      }
      let file = try File(opening: path)
      for name in ["x", "c"] {
        #expect(try file.dataset(name).readAll(as: Float.self) == values.map(Float.init))
      }
    }
  }

  @Test("raw reads give the file's own numbers in this machine's order")
  func raw() throws {
    try withTemporaryFolder { folder in
      let path = folder.appendingPathComponent("a.h5").path
      try File.replace(path) { file in
        try file.root().createDataset("x", shape: [4, 2], type: .int16, isBigEndian: true)
          .write((0..<8).map { Int16($0 * 1000 - 3000) })
      }
      let dataset = try File(opening: path).dataset("x")
      var numbers = [Int16](repeating: 0, count: 4)
      try numbers.withUnsafeMutableBytes { try dataset.readRaw(rows: 1..<3, into: $0) }
      #expect(numbers == [-1000, 0, 1000, 2000])
    }
  }

  @Test("a data set without axes is one row of one number, one without rows has none")
  func unusualShapes() throws {
    try withTemporaryFolder { folder in
      let path = folder.appendingPathComponent("a.h5").path
      try File.replace(path) { file in
        try file.root().createDataset("scalar", shape: [], of: Int.self).write([42])
        try file.root().createDataset("empty", shape: [0, 5], of: Float.self)
      }
      let file = try File(opening: path)
      let scalar = try file.dataset("scalar")
      #expect(scalar.shape == [] && scalar.rowCount == 1 && scalar.rowWidth == 1)
      #expect(try scalar.readAll(as: Float.self) == [42])
      let empty = try file.dataset("empty")
      #expect(empty.rowCount == 0)
      #expect(try empty.readAll(as: Float.self) == [])
    }
  }

  @Test("as many chunks are kept as a row goes through, and none of a plain column")
  func chunkCache() throws {
    try withTemporaryFolder { folder in
      let path = folder.appendingPathComponent("a.h5").path
      try File.replace(path) { file in
        let root = try file.root()
        try root.createDataset("column", shape: [200_000], of: Double.self, chunks: [16_384])
        try root.createDataset("narrow", shape: [2000, 100], of: Float.self, chunks: [200, 50])
        try root.createDataset("wide", shape: [2000, 4000], of: Float.self, chunks: [200, 200])
      }
      let file = try File(opening: path)
      #expect(try file.dataset("column").chunkCacheByteCount == 0)
      #expect(try file.dataset("narrow").chunkCacheByteCount == 1 << 20)
      #expect(try file.dataset("wide").chunkCacheByteCount == 20 * 200 * 200 * 4)
    }
  }

  @Test(
    "of many columns that are open at once each keeps its share of chunks, and no less than one")
  func chunkCacheOfColumns() throws {
    try withTemporaryFolder { folder in
      let path = folder.appendingPathComponent("a.h5").path
      try File.replace(path) { file in
        let root = try file.root()
        try root.createDataset("short", shape: [200_000], of: Double.self, chunks: [1000])
        try root.createDataset(
          "packed", shape: [200_000], of: Double.self, chunks: [16_384], gzip: 1)
      }
      let root = try File(opening: path).root()
      for (name, chunkByteCount) in [("short", 8000), ("packed", 8 * 16_384)] {
        #expect(try root.dataset(name, amongColumns: 16).chunkCacheByteCount == 1 << 20)
        #expect(try root.dataset(name, amongColumns: 64).chunkCacheByteCount == 256 << 10)
        #expect(try root.dataset(name, amongColumns: 4000).chunkCacheByteCount == chunkByteCount)
      }
    }
  }

  @Test(
    "of a data set that is written by whole chunks the library keeps none", arguments: [nil, 1])
  func wholeChunks(gzip: Int?) throws {
    try withTemporaryFolder { folder in
      let path = folder.appendingPathComponent("a.h5").path
      // The last chunk is not full.
      let numbers = (0..<2500).map { Double($0 % 37) }
      try File.replace(path) { file in
        let root = try file.root()
        for byWholeChunks in [true, false] {
          let dataset = try root.createDataset(
            "\(byWholeChunks)", shape: [numbers.count], type: .float64, chunks: [1000], gzip: gzip,
            byWholeChunks: byWholeChunks)
          #expect(dataset.chunkCacheByteCount == (byWholeChunks ? 0 : 1 << 20))
          try numbers.withUnsafeBytes { bytes in
            for row in stride(from: 0, to: numbers.count, by: 1000) {
              let rows = row..<min(row + 1000, numbers.count)
              try dataset.writeRaw(
                rows: rows,
                from: UnsafeRawBufferPointer(rebasing: bytes[8 * row..<8 * rows.upperBound]))
            }
          }
        }
      }
      let file = try File(opening: path)
      for name in ["true", "false"] {
        #expect(try file.dataset(name).readAll(as: Double.self) == numbers)
      }
    }
  }

  @Test("texts are given back")
  func texts() throws {
    try withTemporaryFolder { folder in
      let path = folder.appendingPathComponent("a.h5").path
      try File.replace(path) { file in
        try file.root().createDataset("t", strings: ["", "Häuser", "b"])
        try file.root().createDataset("none", strings: [])
      }
      let file = try File(opening: path)
      #expect(try file.dataset("t").readStrings() == ["", "Häuser", "b"])
      #expect(try file.dataset("none").readStrings() == [])
      #expect(throws: HDF5Error.self) { try file.dataset("t").readAll(as: Float.self) }
    }
  }

  @Test("an integer read that cannot hold a value throws instead of clamping it")
  func lossyIntegers() throws {
    try withTemporaryFolder { folder in
      let path = folder.appendingPathComponent("a.h5").path
      try File.replace(path) { file in
        try file.root().createDataset("large", shape: [2], of: Int.self).write([1, 300])
        try file.root().createDataset("broken", shape: [2], of: Float.self).write([1, 1.5])
      }
      let file = try File(opening: path)
      #expect(throws: HDF5Error.self) { try file.dataset("large").readAll(as: UInt8.self) }
      #expect(throws: HDF5Error.self) { try file.dataset("broken").readAll(as: Int.self) }
      #expect(try file.dataset("large").readAll(as: Int16.self) == [1, 300])
    }
  }
}
