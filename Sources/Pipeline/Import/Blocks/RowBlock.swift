import CZlib
import HDF5

/// Some rows of one data set in memory: whole chunks, the last of the data set perhaps not full.
final class RowBlock {
  /// The bytes of a row.
  let rowByteCount: Int
  /// Where the rows are, end to end.
  let start: UnsafeMutableRawPointer
  private let packing: ChunkPacking

  /// Makes room for `rowCount` rows, and what the last chunk has behind them.
  init(rowCount: Int, rowByteCount: Int, _ packing: ChunkPacking) {
    let chunkCount = (rowCount + packing.chunkRows - 1) / packing.chunkRows
    self.rowByteCount = rowByteCount
    self.packing = packing
    start = .allocate(
      byteCount: max(1, chunkCount * packing.chunkRows * rowByteCount), alignment: 64)
  }

  deinit { start.deallocate() }

  /// The bytes of the first rows.
  func rows(_ count: Int) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(start: start, count: count * rowByteCount)
  }

  /// Appends the first `count` rows to a message.
  func pack(_ count: Int, into message: inout ImportMessage) throws(PipelineError) {
    guard let level = packing.level else { return message.append(rows(count)) }
    let chunkRows = packing.chunkRows
    let chunkByteCount = chunkRows * rowByteCount
    let chunkCount = (count + chunkRows - 1) / chunkRows
    let end = count * rowByteCount
    // The library puts zeros behind the last row, too.
    (start + end).initializeMemory(
      as: UInt8.self, repeating: 0, count: chunkCount * chunkByteCount - end)
    for chunk in 0..<chunkCount {
      let bytes = UnsafeRawBufferPointer(
        start: start + chunk * chunkByteCount, count: chunkByteCount)
      try Self.deflate(bytes, level, into: &message)
    }
  }

  private static func deflate(
    _ chunk: UnsafeRawBufferPointer, _ level: Int, into message: inout ImportMessage
  ) throws(PipelineError) {
    var code = Z_OK
    message.append(capacity: Int(compressBound(uLong(chunk.count)))) { packed in
      var count = uLong(packed.count)
      code = compress2(
        packed.baseAddress?.assumingMemoryBound(to: Bytef.self), &count,
        chunk.baseAddress?.assumingMemoryBound(to: Bytef.self), uLong(chunk.count), Int32(level))
      return Int(count)
    }
    guard code == Z_OK else {
      throw PipelineError("zlib cannot pack \(chunk.count) bytes: is there memory left?")
    }
  }
}

/// How the rows of a data set go from the process that read them to the one that writes.
struct ChunkPacking {
  /// The rows of a chunk.
  var chunkRows: Int
  /// The level at which chunks are compressed by who sends them; nil sends them as they are.
  var level: Int?

  /// Writes the rows that a message has next.
  func write(
    rows: Range<Int>, of message: inout ImportMessage.Reader, to dataset: borrowing Dataset
  ) throws {
    guard level != nil else {
      return try message.some { try dataset.writeRaw(rows: rows, from: $0) }
    }
    for row in stride(from: rows.lowerBound, to: rows.upperBound, by: chunkRows) {
      try message.some { try dataset.writeChunk(row: row, packed: $0) }
    }
  }
}
