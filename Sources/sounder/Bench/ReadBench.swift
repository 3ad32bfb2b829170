private import Configuration
private import Foundation
private import HDF5

/// Measures reading bytes as floats: a bare loop over the C library's call beside ours, in turns.
enum ReadBench {
  /// One layout's two speeds, in GB of float per second.
  struct Figures {
    /// `contiguous` or `chunked`.
    var layout: String
    /// The C library's read with its own conversion.
    var library: Double
    /// `Dataset.read`.
    var ours: Double

    /// How many times as fast ours is.
    var ratio: Double { ours / library }
  }

  private static let rowWidth = 784

  /// Writes a file of bytes into the folder for temporary files, and reads it `rounds` times.
  ///
  /// All reads are of `batch` rows into one buffer, and come from the page cache.
  static func measure(rowCount: Int = 60_000, batch: Int = 128, rounds: Int = 5) throws -> [Figures]
  {
    let path = FileManager.default.temporaryDirectory
      .appendingPathComponent("sounder-bench-\(UUID().uuidString).h5").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    let layouts = ["contiguous", "chunked"]
    try File.replace(path) { file in
      for layout in layouts { try write(layout, rowCount, into: file) }
    }
    let file = try File(opening: path)
    let buffer = UnsafeMutableBufferPointer<Float>.allocate(capacity: batch * rowWidth)
    buffer.initialize(repeating: 0)
    defer { buffer.deallocate() }
    return try layouts.map { layout in
      let dataset = try file.dataset(layout)
      var speeds: (library: [Double], ours: [Double]) = ([], [])
      for round in 0...rounds {
        let library = try gigabytesPerSecond(rowCount) {
          try dataset.sweepByLibrary(blockRows: batch, into: buffer)
        }
        let ours = try gigabytesPerSecond(rowCount) {
          for row in stride(from: 0, through: rowCount - batch, by: batch) {
            try dataset.read(rows: row..<row + batch, into: buffer)
          }
        }
        // The first round only brings the file into the page cache.
        if round == 0 { continue }
        speeds.library.append(library)
        speeds.ours.append(ours)
      }
      return Figures(
        layout: layout, library: speeds.library.sorted()[rounds / 2],
        ours: speeds.ours.sorted()[rounds / 2])
    }
  }

  private static func write(_ layout: String, _ rowCount: Int, into file: borrowing File) throws {
    let dataset = try file.root().createDataset(
      layout, shape: [rowCount, rowWidth], of: UInt8.self,
      chunks: layout == "chunked" ? [256, rowWidth] : nil)
    let block = (0..<1000 * rowWidth).map { UInt8(truncatingIfNeeded: $0 * 31) }
    try block.withUnsafeBufferPointer { block in
      for row in stride(from: 0, to: rowCount, by: 1000) {
        try dataset.write(rows: row..<min(row + 1000, rowCount), from: block)
      }
    }
  }

  private static func gigabytesPerSecond(_ rowCount: Int, _ body: () throws -> Void) rethrows
    -> Double
  {
    let begin = ContinuousClock.now
    try body()
    let seconds = (ContinuousClock.now - begin) / .seconds(1)
    return Double(rowCount * rowWidth * MemoryLayout<Float>.size) / seconds / 1e9
  }
}
