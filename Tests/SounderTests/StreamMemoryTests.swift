import Configuration
import Distributed
import Foundation
import HDF5
import TestSupport
import Testing

/// Files that are larger than `data.memory`, in a form that takes seconds; `Benchmarks/stream.py` has 20 GiB.
@Suite("Memory of a training on a large file")
struct StreamMemoryTests {
  private static let width = 784
  private static let largeCount = 343_000, smallCount = 1_000
  /// MiB of rows that a rank may hold; of the large file each of two workers has 128.
  private static let memory = 32

  /// How a file keeps its rows of bytes.
  enum Storage: String, CaseIterable {
    case contiguous, chunked, gzip
  }

  /// Writes `NAME.h5` with rows of bytes and classes, a thousand rows at a time.
  private func write(_ name: String, rows: Int, _ storage: Storage, in folder: URL) throws {
    let file = try File(creating: folder.appendingPathComponent("\(name).h5").path)
    let features = try file.root().createDataset(
      "x", shape: [rows, Self.width], of: UInt8.self,
      chunks: storage == .contiguous ? nil : [250, Self.width], gzip: storage == .gzip ? 1 : nil)
    let block = (0..<1000 * Self.width).map { UInt8(truncatingIfNeeded: $0 / 50) }
    try block.withUnsafeBufferPointer { block in
      for row in stride(from: 0, to: rows, by: 1000) {
        try features.write(rows: row..<row + 1000, from: block)
      }
    }
    try file.root().createDataset("y", shape: [rows], of: UInt8.self)
      .write((0..<rows).map { UInt8($0 % 10) })
    try file.flush()
  }

  /// Trains an epoch with a server and two workers; the most memory that each rank had, in MiB.
  private func peaks(_ name: String, rows: Int, in folder: URL) throws -> [Double] {
    try """
    data:
      train: {file: \(name).h5, features: x, target: y}
      memory: \(Self.memory) MiB
    pipeline: {features: [{scale: {factor: 1/255}}]}
    network: {layers: [{dense: {units: 10, activation: softmax}}]}
    training:
      loss: sparse_categorical_crossentropy
      optimizer: {sgd: {learning_rate: 0.01}}
      batch_size: 250
      epochs: 1
    output: {model: \(name)-model.h5}

    """.write(to: folder.appendingPathComponent("\(name).yaml"), atomically: true, encoding: .utf8)
    let run = try Program().run(
      ["train", "\(name).yaml", "--ranks", "3", "--json", "--quiet"], in: folder,
      timeoutSeconds: 120)
    try #require(run.status == 0, "\(run.errors)")
    let line = try #require(run.output.split(separator: "\n").last)
    guard case .list(let items)? = try Value(json: String(line))["ranks"]?.kind else {
      Issue.record("no ranks in \(line)")
      return []
    }
    let usages = items.map(RankUsage.init)
    #expect(usages.map(\.rowCount).reduce(0, +) == rows)
    return usages.map { Double($0.peakByteCount) / Double(1 << 20) }
  }

  @Test("each rank holds no more rows than data.memory allows", arguments: Storage.allCases)
  func bounded(storage: Storage) throws {
    try withTemporaryFolder { folder in
      try write("small", rows: Self.smallCount, storage, in: folder)
      try write("large", rows: Self.largeCount, storage, in: folder)
      let small = try peaks("small", rows: Self.smallCount, in: folder)
      let large = try peaks("large", rows: Self.largeCount, in: folder)
      try #require(small.count == 3 && large.count == 3)
      for rank in 0..<3 {
        // A server has no rows. Beside the two windows of 16 MiB there are the library's chunks and what malloc
        // keeps, 1 to 3 MiB; a window that is copied on its way from thread to thread would be 16 more.
        let most = (rank == 0 ? 0 : Double(Self.memory)) + 8
        let more = large[rank] - small[rank]
        #expect(more < most, "rank \(rank): \(small[rank]) and \(large[rank]) MiB")
      }
      // It does hold them: the figure is not that of something else.
      #expect(large[1] - small[1] > Double(Self.memory) / 2, "\(small) \(large)")
    }
  }
}
