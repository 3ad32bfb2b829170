import Foundation
import HDF5
import TestSupport
import Testing

/// Texts read row by row.
@Suite("Rows of texts")
struct TextRowsTests {
  private static let texts = ["Zürich", "", "a", "two words", "", "été 42", "x\u{1F417}y", "end"]

  private static func rows(
    _ path: String, _ name: String, _ rows: Range<Int>, field: String? = nil
  ) throws -> [String] {
    let dataset = try File(opening: path).dataset(name)
    let selected = try field.map { name in
      try #require(try dataset.fields().first { $0.name == name })
    }
    var texts = TextRows(["what was there before"])
    try dataset.read(try dataset.selectTexts(field: selected), rows: rows, into: &texts)
    #expect(texts.count == rows.count)
    return (0..<texts.count).map(texts.text)
  }

  @Test("texts of one length, of their own lengths, in one piece and in chunks come as they are")
  func roundTrip() throws {
    try withTemporaryFolder { folder in
      let path = folder.appendingPathComponent("a.h5").path
      try File.replace(path) { file in
        let root = try file.root()
        try root.createDataset("fixed", strings: Self.texts)
        let padded = try root.createTextDataset(
          "padded", rowCount: 8, byteCount: 12, chunkRows: 3, gzip: 4)
        var bytes = [UInt8](repeating: 0, count: 8 * 12)
        for (row, text) in Self.texts.enumerated() {
          for (index, byte) in text.utf8.enumerated() { bytes[row * 12 + index] = byte }
        }
        try bytes.withUnsafeBytes { try padded.writeTexts(rows: 0..<8, padded: $0) }
        let variable = try root.createTextDataset(
          "variable", rowCount: 8, byteCount: nil, chunkRows: 3)
        bytes = []
        var starts: [Int] = []
        for text in Self.texts {
          starts.append(bytes.count)
          bytes += Array(text.utf8) + [0]
        }
        try bytes.withUnsafeBufferPointer {
          try variable.writeTexts(rows: 0..<8, $0, startingAt: starts)
        }
      }
      for name in ["fixed", "padded", "variable"] {
        for rows in [0..<8, 2..<7, 5..<6, 3..<3] {
          #expect(try Self.rows(path, name, rows) == Array(Self.texts[rows]), "\(name) \(rows)")
        }
      }
    }
  }

  @Test("texts that h5py wrote come from data sets and from fields of records")
  func records() throws {
    let path = fixture("hdf5/records.h5").path
    #expect(
      try Self.rows(path, "houses/rows", 7..<10, field: "note") == ["row 7", "row 8", "row 9"])
    #expect(
      try Self.rows(path, "houses/rows", 0..<50, field: "code")
        == [String](repeating: "x", count: 50))
    let texts = (0..<300).map { row in
      row % 7 == 0 ? "" : String(repeating: "é", count: row % 5) + " \(row)"
    }
    for name in ["variable", "chunked", "fixed"] {
      for rows in [0..<300, 130..<131, 17..<240] {
        #expect(
          try Self.rows(fixture("hdf5/texts.h5").path, "t/\(name)", rows) == Array(texts[rows]))
      }
    }
    let error = #expect(throws: HDF5Error.self) {
      try Self.rows(path, "houses/rows", 0..<1, field: "price")
    }
    #expect(error?.kind == .wrongType)
  }

  @Test("texts of records can be read when the file is closed that they were found by first")
  func reopened() throws {
    let path = fixture("hdf5/records.h5").path
    func records() throws -> Dataset { try File(opening: path).dataset("houses/rows") }
    let other: Dataset
    do {
      let first = try records()
      other = try records()
      #expect(first.rowCount == 50)
    }
    // Somebody else uses the library's memory.
    for _ in 0..<20 { _ = try File(opening: fixture("hdf5/texts.h5").path).dataset("t/fixed") }
    let note = try #require(try other.fields().first { $0.name == "note" })
    var texts = TextRows([])
    try other.read(try other.selectTexts(field: note), rows: 4..<6, into: &texts)
    #expect((0..<texts.count).map(texts.text) == ["row 4", "row 5"])
    // An identifier is counted: the file can be opened again, and replaced.
    #expect(try records().rowCount == 50)
    try withTemporaryFolder { folder in
      let path = folder.appendingPathComponent("a.h5").path
      func write(_ value: Int32) throws {
        try File.replace(path) {
          try $0.root().createDataset("x", shape: [1], of: Int32.self).write([value])
        }
      }
      try write(1)
      let before = try File(opening: path)
      try write(2)
      let after = try File(opening: path)
      let values = try [before.dataset("x").readAll(as: Int32.self), after.dataset("x").readAll()]
      #expect(values == [[1], [2]])
    }
  }

  @Test("bytes that are no UTF-8 become U+FFFD")
  func repaired() throws {
    try withTemporaryFolder { folder in
      let path = folder.appendingPathComponent("a.h5").path
      try File.replace(path) { file in
        let texts = try file.root().createTextDataset(
          "x", rowCount: 2, byteCount: 4, chunkRows: 2)
        try [0x61, 0xff, 0x62, 0, 0xc3, 0xbc, 0, 0].map { UInt8($0) }.withUnsafeBytes {
          try texts.writeTexts(rows: 0..<2, padded: $0)
        }
      }
      #expect(try Self.rows(path, "x", 0..<2) == ["a\u{fffd}b", "ü"])
    }
  }

  @Test("numbers, and texts side by side, are refused")
  func refused() throws {
    try withTemporaryFolder { folder in
      let path = folder.appendingPathComponent("a.h5").path
      try File.replace(path) { file in
        try file.root().createDataset("x", shape: [2], of: Float.self).write([Float(1), 2])
      }
      let error = #expect(throws: HDF5Error.self) { try Self.rows(path, "x", 0..<2) }
      #expect(error?.kind == .wrongType)
    }
  }
}
