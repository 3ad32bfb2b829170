import Configuration
import Foundation
import HDF5
import Pipeline
import TestSupport
import Testing

/// Tables of many columns, long texts and many terms, and which rows are read together.
@Suite("Limits of tables")
struct TableLimitTests {
  /// Writes the table `t` of one column of texts, each with a length of its own.
  private static func write(_ texts: [String], to path: String) throws {
    try File.replace(path) { file in
      let group = try file.root().createGroup("t")
      let dataset = try group.createTextDataset(
        "text", rowCount: texts.count, byteCount: nil, chunkRows: min(16, texts.count))
      var bytes: [UInt8] = []
      var starts: [Int] = []
      for text in texts {
        starts.append(bytes.count)
        bytes += Array(text.utf8) + [0]
      }
      try bytes.withUnsafeBufferPointer {
        try dataset.writeTexts(rows: 0..<texts.count, $0, startingAt: starts)
      }
    }
  }

  @Test("a table of thousands of columns opens at once, by their names and those before")
  func wide() throws {
    let count = 4000
    try withTemporaryFolder { folder in
      let path = folder.appendingPathComponent("t.h5").path
      try File.replace(path) { file in
        let group = try file.root().createGroup("t")
        for index in 0..<count {
          let dataset = try group.createDataset("c\(index)", shape: [2], of: Float.self)
          try dataset.write([Float(index), -1])
          if index % 2 == 1 { try dataset.writeAttribute("name", "column \(index)") }
        }
      }
      let dropped = (0..<count).filter { $0 % 4 < 2 }
        .map { $0 % 2 == 1 ? "column \($0)" : "c\($0)" }
      let source = TableFixture.source(path, target: nil)
      let names = dropped.joined(separator: ", ")
      let start = ContinuousClock.now
      let (table, rows) = try TableFixture.fitted("drop: {columns: [\(names)]}", source)
      // A search for each name among all others would take minutes.
      #expect(start.duration(to: .now) < .seconds(60))
      #expect(table.width == count / 2 && rows.count == count)
      for (place, column) in table.output.columns.enumerated() {
        let number = try #require(Int(column.name.drop { !$0.isNumber }))
        #expect(number % 4 >= 2 && rows[place] == Float(number) && rows[count / 2 + place] == -1)
      }
    }
  }

  @Test(
    "rows are dealt and held out alike before and behind the fit, whatever is dropped",
    arguments: [nil, 16])
  func grid(chunk: Int?) throws {
    try withTemporaryFolder { folder in
      let path = folder.appendingPathComponent("t.h5").path
      func write(all: Bool) throws {
        try File.replace(path) { file in
          let group = try file.root().createGroup("t")
          let count = 30_000
          if all {
            try group.createDataset(
              "a", shape: [count, 8], of: Float.self, chunks: chunk.map { [$0, 8] }
            ).write([Float](repeating: 1, count: 8 * count))
          }
          try group.createDataset("b", shape: [count], of: Float.self)
            .write((0..<count).map(Float.init))
        }
      }
      try write(all: true)
      let source = TableFixture.source(path, target: nil)
      let configuration = try TableFixture.configuration(
        "drop: {columns: [a]}, standardize: {columns: [b]}")
      let before = try configuration.prepared(source).open().layout.blockRowCount
      #expect(before == chunk ?? (256 << 10) / 36)
      var bound = source
      bound.tableUse = .stages(try #require(try configuration.fittedTable(to: source)))
      #expect(try bound.open().layout.blockRowCount == before)
      // What is dropped need not be there for a prediction.
      try write(all: false)
      #expect(try bound.open().layout.rowCount == 30_000)
    }
  }

  @Test("columns are asked for of a source without a table")
  func withoutTable() throws {
    try TableFixture.withTable { _, source in
      let (table, _) = try TableFixture.fitted("select: {columns: [area]}", source)
      var other = source
      other.table = nil
      for use in [TableUse.columns, .stages(table)] {
        other.tableUse = use
        let error = #expect(throws: PipelineError.self) { try other.open() }
        #expect(error?.description.contains("`table: houses`") == true)
      }
    }
  }

  @Test("texts that are padded to a great length are read in pieces, also to the last row")
  func padded() throws {
    let (count, length) = (100, 200_000)
    try withTemporaryFolder { folder in
      let path = folder.appendingPathComponent("t.h5").path
      try File.replace(path) { file in
        let group = try file.root().createGroup("t")
        let dataset = try group.createTextDataset(
          "text", rowCount: count, byteCount: length, chunkRows: 1)
        var bytes = [UInt8](repeating: 0, count: count * length)
        for row in 0..<count {
          for (place, byte) in "\(row)".utf8.enumerated() { bytes[row * length + place] = byte }
        }
        try bytes.withUnsafeBytes { try dataset.writeTexts(rows: 0..<count, padded: $0) }
      }
      let source = TableFixture.source(path, target: nil)
      let (_, rows) = try TableFixture.fitted("cast: {columns: [text], to: number}", source)
      #expect(rows == (0..<count).map(Float.init))
    }
  }

  @Test("a category of over a megabyte is written so that it can be read again")
  func longCategory() throws {
    try withTemporaryFolder { folder in
      let long = String(repeating: "x", count: 1_200_000)
      let path = folder.appendingPathComponent("t.h5").path
      try Self.write([long, "b", long], to: path)
      let source = TableFixture.source(path, target: nil)
      let (table, rows) = try TableFixture.fitted("index: {columns: [text]}", source)
      #expect(rows == [0, 1, 0])
      let model = folder.appendingPathComponent("p.h5").path
      let pipeline = FittedPipeline(
        features: FittedStages(inputShape: [1]), target: FittedStages(inputShape: []), table: table)
      try File.replace(model) { try pipeline.write(to: try $0.root().createGroup("pipeline")) }
      let read = try FittedPipeline(from: try File(opening: model).group("pipeline"))
      #expect(try TableFixture.rows(try #require(read.table), source) == rows)
    }
  }

  @Test("more terms than can be counted are an error, and none is forgotten")
  func manyTerms() throws {
    let count = (1 << 21) + 1
    let digits = Array("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_")
    let texts = stride(from: 0, to: count, by: 1 << 14).map { first in
      (first..<min(count, first + (1 << 14))).map { number in
        String((0..<4).map { digits[number >> (6 * $0) & 63] })
      }.joined(separator: " ")
    }
    try withTemporaryFolder { folder in
      let path = folder.appendingPathComponent("t.h5").path
      try Self.write(texts, to: path)
      let error = #expect(throws: PipelineError.self) {
        try TableFixture.configuration(
          "count: {columns: [text], tokens: spaces, lowercase: false, max_features: 2}"
        ).fittedTable(to: TableFixture.source(path, target: nil))
      }
      #expect(error?.description.contains("more than 2097152 different terms") == true)
    }
  }
}
