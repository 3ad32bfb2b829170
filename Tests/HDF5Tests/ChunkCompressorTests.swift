import Foundation
import HDF5
import TestSupport
import Testing

@Suite("Chunks compressed before they are written")
struct ChunkCompressorTests {
  private static let chunkRows = 1000
  private static let width = 3

  /// Rows of numbers that repeat here and there, so that a level has something to find.
  private static let numbers = (0..<2 * chunkRows * width).map { Int32($0 % 97 * ($0 % 13)) }

  /// Writes two chunks, the second with 100 rows of its own, at `level`.
  private func write(_ path: String, level: Int) throws {
    let compressor = try #require(ChunkCompressor(level: level))
    try File.replace(path) { file in
      let dataset = try file.root().createDataset(
        "x", shape: [Self.chunkRows + 100, Self.width], of: Int32.self,
        chunks: [Self.chunkRows, Self.width], gzip: level)
      try Self.numbers.withUnsafeBytes { bytes in
        let half = bytes.count / 2
        for (row, part) in [(0, bytes[..<half]), (Self.chunkRows, bytes[half...])] {
          try dataset.writeChunk(
            row: row, packed: compressor.compress(UnsafeRawBufferPointer(rebasing: part)))
        }
      }
    }
  }

  @Test("the library's own filter unpacks each level", arguments: ChunkCompressor.levels)
  func levels(level: Int) throws {
    try withTemporaryFolder { folder in
      let path = folder.appendingPathComponent("a.h5").path
      try write(path, level: level)
      let dataset = try File(opening: path).dataset("x")
      #expect(dataset.filters == ["gzip \(level)"])
      let count = (Self.chunkRows + 100) * Self.width
      #expect(try dataset.readAll(as: Int32.self) == Array(Self.numbers.prefix(count)))
    }
  }

  @Test("level 0 only packs, and 9 packs no worse than 1")
  func sizes() throws {
    var sizes: [Int] = []
    try Self.numbers.withUnsafeBytes { bytes in
      for level in [0, 1, 9] {
        let compressor = try #require(ChunkCompressor(level: level))
        sizes.append(compressor.compress(bytes).count)
      }
      #expect(sizes[0] > bytes.count && sizes[0] < bytes.count + 100)
    }
    #expect(sizes[1] < sizes[0] / 2 && sizes[2] <= sizes[1])
  }

  @Test("one of them takes chunks of any size, in any order, and none at all")
  func reuse() throws {
    let compressor = try #require(ChunkCompressor(level: 6))
    try Self.numbers.withUnsafeBytes { bytes in
      for count in [40, bytes.count, 0, 1, 4000, bytes.count] {
        let part = UnsafeRawBufferPointer(rebasing: bytes[..<count])
        let fresh = try #require(ChunkCompressor(level: 6))
        #expect(Array(compressor.compress(part)) == Array(fresh.compress(part)), "\(count) bytes")
      }
    }
  }
}
