import Configuration
import Foundation
import HDF5
import Pipeline
import TestSupport

/// A table of 83 rows with numbers and texts, and what scikit-learn makes of it: `Tests/Reference/tables.py`.
struct TableFixture: Decodable {
  let city, text, size: [String]
  let area, rooms, target: [Float]
  let missing: [Float?]
  let index, alphabetical, ordinal, one_hot, target_auto, target_10, hash: [Double]
  let terms, pair_terms: [String]
  let count, pairs, `case`, tf_idf, tf_idf_plain, sequence, scaled, imputed, ratio: [Double]
  let most_frequent_city: String
  let murmur3: [String: Int32]

  static func load() throws -> TableFixture {
    try JSONDecoder().decode(
      TableFixture.self, from: try Data(contentsOf: TestSupport.fixture("tables.json")))
  }

  /// What scikit-learn's numbers of this name are.
  func numbers(_ name: String) -> [Double] {
    switch name {
    case "index": index
    case "alphabetical": alphabetical
    case "ordinal": ordinal
    case "one_hot": one_hot
    case "target_auto": target_auto
    case "target_10": target_10
    case "hash": hash
    case "count": count
    case "pairs": pairs
    case "case": `case`
    case "tf_idf": tf_idf
    case "tf_idf_plain": tf_idf_plain
    case "sequence": sequence
    case "scaled": scaled
    case "imputed": imputed
    case "ratio": ratio
    default: []
    }
  }

  /// Writes the table as the group `t`, whose columns are in another order than their names.
  ///
  /// Texts of the column `text` have their own lengths with `variable`.
  func write(_ path: String, variable: Bool = false, rows: Range<Int>? = nil) throws {
    let rows = rows ?? city.indices
    try File.replace(path) { file in
      let group = try file.root().createGroup("t")
      func numbers(_ name: String, _ values: [Float]) throws {
        try group.createDataset(name, shape: [rows.count], of: Float.self, chunks: [16])
          .write(Array(values[rows]))
      }
      func texts(_ name: String, _ values: [String]) throws {
        guard variable else {
          try group.createDataset(name, strings: Array(values[rows]))
          return
        }
        let dataset = try group.createTextDataset(
          name, rowCount: rows.count, byteCount: nil, chunkRows: 16)
        var bytes: [UInt8] = []
        var starts: [Int] = []
        for row in rows {
          starts.append(bytes.count)
          bytes += Array(values[row].utf8) + [0]
        }
        try bytes.withUnsafeBufferPointer {
          try dataset.writeTexts(rows: 0..<rows.count, $0, startingAt: starts)
        }
      }
      try numbers("area", area)
      try texts("city", city)
      try numbers("rooms", rooms)
      try numbers("missing", missing.map { $0 ?? .nan })
      try texts("size", size)
      try numbers("target", target)
      try texts("words", text)
      // The name in a CSV file need not be one in HDF5.
      try group.dataset("words").writeAttribute("name", "text")
      try group.writeAttribute(
        "columns", ["area", "city", "rooms", "missing", "size", "target", "words"])
    }
  }

  /// The table in a file of its own, for the time of `body`.
  static func withTable<R>(
    variable: Bool = false, _ body: (TableFixture, DataSource) throws -> R
  ) throws -> R {
    try withTemporaryFolder { folder in
      let path = folder.appendingPathComponent("t.h5").path
      let fixture = try load()
      try fixture.write(path, variable: variable)
      return try body(fixture, source(path))
    }
  }

  /// The table of a file; all columns but the target are features.
  static func source(_ path: String, target: String? = "target") -> DataSource {
    var source = DataSource(file: path, features: "t", target: target)
    source.table = "t"
    source.takesAllColumns = true
    return source
  }

  /// A configuration with these stages of a table.
  static func configuration(_ stages: String) throws -> PipelineConfiguration {
    var options = try Options(try Value(yaml: "table: [\(stages)]", file: "test"))
    let configuration = try PipelineConfiguration(options: &options)
    try options.finish()
    return configuration
  }

  /// All rows that a fitted table makes of a source.
  static func rows(_ table: FittedTable, _ source: DataSource) throws -> [Float] {
    var source = source
    source.tableUse = .stages(table)
    let opened = try source.open()
    let layout = opened.layout
    var rows = [Float](repeating: -1, count: layout.rowCount * layout.featureCount)
    try rows.withUnsafeMutableBufferPointer {
      try opened.readFeatures(0..<layout.rowCount, into: $0)
    }
    return rows
  }

  /// The stages fitted to all rows, and what they make of these.
  static func fitted(
    _ stages: String, _ source: DataSource
  ) throws -> (table: FittedTable, rows: [Float]) {
    guard let table = try configuration(stages).fittedTable(to: source) else {
      throw PipelineError("no stages")
    }
    return (table, try rows(table, source))
  }
}
