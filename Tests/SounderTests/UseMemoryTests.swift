import Foundation
import HDF5
import TestSupport
import Testing

/// What is done with a model holds a part of a large file, whatever its size.
@Suite("Memory of predict, transform, evaluate and fit on large files")
struct UseMemoryTests {
  private static let width = 784
  /// 112 MiB, where a command holds up to 64 of rows.
  private static let largeCount = 150_000, smallCount = 1_000
  /// Tables of 102 and of 239 MiB as HDF5 has them; of the wide one each column is shorter than the 1 MiB that the
  /// library would keep of it by itself.
  private static let tables = [(rows: 640_000, width: 21), (rows: 40_000, width: 785)]
  /// 64 MiB of rows, the library's chunks and what malloc keeps.
  private static let most = 80.0
  private let sounder = Program()

  /// Writes `NAME.h5` with rows of bytes and classes, a thousand rows at a time.
  private func writeHDF5(_ name: String, rows: Int, in folder: URL) throws {
    try File.replace(folder.appendingPathComponent("\(name).h5").path) { file in
      let features = try file.root().createDataset(
        "x", shape: [rows, Self.width], of: UInt8.self, chunks: [250, Self.width])
      let block = (0..<1000 * Self.width).map { UInt8(truncatingIfNeeded: $0 / 50) }
      try block.withUnsafeBufferPointer { block in
        for row in stride(from: 0, to: rows, by: 1000) {
          try features.write(rows: row..<row + 1000, from: block)
        }
      }
      try file.root().createDataset("y", shape: [rows], of: UInt8.self)
        .write((0..<rows).map { UInt8($0 % 10) })
    }
  }

  /// Writes `NAME.csv.gz` with columns of numbers, the first of which is the class.
  private func writeCSV(_ name: String, rows: Int, width: Int, in folder: URL) throws {
    let url = folder.appendingPathComponent("\(name).csv")
    let header = ["y"] + (1..<width).map { "x\($0)" }
    try Data((header.joined(separator: ",") + "\n").utf8).write(to: url)
    let block = (0..<1000).map { row in
      "\(row % 10)" + (1..<width).map { ",\((row + $0) % 97)" }.joined() + "\n"
    }
    let bytes = Data(block.joined().utf8)
    let handle = try FileHandle(forWritingTo: url)
    try handle.seekToEnd()
    for _ in 0..<rows / 1000 { try handle.write(contentsOf: bytes) }
    try handle.close()
    try #require(
      try Program("/usr/bin/env").run(["gzip", "-1", "\(name).csv"], in: folder).status == 0)
  }

  /// Trains `model.h5` on the small file, and leaves the job in `NAME.yaml`.
  private func train(_ file: String, _ columns: String, in folder: URL) throws {
    for name in ["small", "large"] {
      try """
      data:
        train: {file: \(name).\(file), \(columns)}
        memory: 32 MiB
      pipeline: {features: [standardize]}
      network: {layers: [{dense: {units: 10, activation: softmax, name: last}}]}
      training:
        loss: sparse_categorical_crossentropy
        optimizer: {sgd: {learning_rate: 0.01}}
        batch_size: 250
        epochs: 1
      output: {model: model.h5}

      """.write(
        to: folder.appendingPathComponent("\(name).yaml"), atomically: true, encoding: .utf8)
    }
    let run = try sounder.run(["train", "small.yaml", "--quiet"], in: folder)
    try #require(run.status == 0, "\(run.errors)")
  }

  /// Runs a command on the small and on the large file; the difference of what they had at most, in MiB.
  private func growth(_ arguments: [String], _ ending: String, in folder: URL) throws -> Double {
    let peaks = try ["small", "large"].map { name in
      let words = arguments.map { $0 == "FILE" ? "\(name).\(ending)" : $0 }
      let (run, peak) = try sounder.peak(words + ["--quiet"], in: folder)
      try #require(run.status == 0, "\(words): \(run.errors)")
      return peak
    }
    return peaks[1] - peaks[0]
  }

  private static let uses = [
    ["predict", "model.h5", "FILE", "--output", "p.h5", "--overwrite"],
    ["transform", "model.h5", "FILE", "--layer", "last", "--output", "t.h5", "--overwrite"],
  ]

  @Test("of an HDF5 file no more rows are held than a window has")
  func hdf5() throws {
    try withTemporaryFolder { folder in
      try writeHDF5("small", rows: Self.smallCount, in: folder)
      try writeHDF5("large", rows: Self.largeCount, in: folder)
      try train("h5", "features: x, target: y", in: folder)
      for words in Self.uses + [["evaluate", "model.h5", "FILE"]] {
        let more = try growth(words, "h5", in: folder)
        #expect(more < Self.most, "\(words): \(more) MiB")
      }
      let more = try growth(["fit", "FILE", "--output", "f.h5", "--overwrite"], "yaml", in: folder)
      #expect(more < 32 + 8, "fit: \(more) MiB")
    }
  }

  @Test("of a gzipped CSV neither the text nor the table is held whole", arguments: tables)
  func csv(rows: Int, width: Int) throws {
    try withTemporaryFolder { folder in
      try writeCSV("small", rows: Self.smallCount, width: width, in: folder)
      try writeCSV("large", rows: rows, width: width, in: folder)
      try train("csv.gz", "target: y", in: folder)
      for words in Self.uses {
        let more = try growth(words, "csv.gz", in: folder)
        #expect(more < Self.most, "\(words): \(more) MiB")
      }
    }
  }
}
