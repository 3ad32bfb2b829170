import Foundation
import HDF5
import Pipeline
import TestSupport
import Testing

/// A table of more rows than are read at a time, in chunks that are read past HDF5's cache.
@Suite("A table of several blocks")
struct LongTableTests {
  private static let rowCount = 40_001
  private static let chunk = 16_384

  private static func number(_ row: Int) -> Double { 1e4 + Double(row * 7919 % 1000) / 8 }
  private static func shop(_ row: Int) -> Int { row * 31 % 700 - 300 }
  /// In the first and the last block all texts are in ASCII.
  private static func city(_ row: Int) -> String {
    (chunk..<2 * chunk).contains(row) && row % 5 == 0 ? "Zürich" : "city \(row * 13 % 17)"
  }

  private static func write(_ path: String) throws {
    try File.replace(path) { file in
      let group = try file.root().createGroup("t")
      let rows = 0..<rowCount
      try group.createDataset("x", shape: [rowCount], of: Double.self, chunks: [chunk])
        .write(rows.map(number))
      try group.createDataset("shop", shape: [rowCount], of: Int64.self, chunks: [chunk])
        .write(rows.map { Int64(shop($0)) })
      let texts = try group.createTextDataset(
        "city", rowCount: rowCount, byteCount: 12, chunkRows: chunk)
      var bytes = [UInt8](repeating: 0, count: 12 * rowCount)
      for row in rows {
        for (index, byte) in city(row).utf8.enumerated() { bytes[12 * row + index] = byte }
      }
      try bytes.withUnsafeBytes { try texts.writeTexts(rows: rows, padded: $0) }
      try group.writeAttribute("columns", ["x", "shop", "city"])
    }
  }

  @Test("is scaled, and its categories get their places, in every row")
  func fitted() throws {
    try withTemporaryFolder { folder in
      let path = folder.appendingPathComponent("t.h5").path
      try Self.write(path)
      let (table, found) = try TableFixture.fitted(
        "standardize: {columns: [x]}, one_hot: {columns: [city]}, index: {columns: [shop], order: alphabetical}",
        TableFixture.source(path, target: nil))
      let rows = 0..<Self.rowCount
      let mean = rows.reduce(0.0) { $0 + Self.number($1) } / Double(Self.rowCount)
      let squares = rows.reduce(0.0) { $0 + (Self.number($1) - mean) * (Self.number($1) - mean) }
      let deviation = (squares / Double(Self.rowCount)).squareRoot()
      // By their texts' bytes: the one that is not in ASCII comes first, as Z stands before c.
      let cities = ["Zürich"] + (0..<17).map { "city \($0)" }.sorted()
      #expect(table.width == 2 + cities.count)
      for row in rows {
        let own = found[row * table.width..<(row + 1) * table.width]
        let numbers = Array(own)
        let places = numbers.indices.dropFirst(2).filter { numbers[$0] == 1 }
        let scaled = (Self.number(row) - mean) / deviation
        guard abs(Double(numbers[0]) - scaled) < 1e-5,
          numbers[1] == Float(Self.shop(row) + 300), places.count == 1,
          cities[places[0] - 2] == Self.city(row)
        else {
          Issue.record("row \(row) became \(numbers)")
          return
        }
      }
    }
  }

  @Test("a number that is missing in the last block is named by its row")
  func missing() throws {
    try withTemporaryFolder { folder in
      let path = folder.appendingPathComponent("t.h5").path
      try File.replace(path) { file in
        let group = try file.root().createGroup("t")
        for (name, bad) in [("x", Double.nan), ("y", 0)] {
          var values = [Double](repeating: 0, count: Self.rowCount)
          values[40_000] = bad
          try group.createDataset(
            name, shape: [Self.rowCount], of: Double.self, chunks: [Self.chunk]
          )
          .write(values)
        }
      }
      let error = #expect(throws: PipelineError.self) {
        try TableFixture.fitted(
          "standardize: {columns: [y, x]}", TableFixture.source(path, target: nil))
      }
      #expect(error?.description.contains("row 40000 of the column 'x' is missing (NaN)") == true)
    }
  }
}
