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

  /// Appends the first `count` rows to a message.
  func pack(_ count: Int, into message: inout ImportMessage) {
    for chunk in chunks(count) { message.append(packed(chunk)) }
  }

  /// Writes the first rows as the rows `rows` of `dataset`, which begin with a chunk.
  ///
  /// - Throws: `HDF5Error`: `wrongShape` for rows outside, `io` for a full disk.
  func write(rows: Range<Int>, to dataset: borrowing Dataset) throws(HDF5Error) {
    guard dataset.chunkShape != nil else {
      // One number without axes.
      let bytes = UnsafeRawBufferPointer(start: start, count: rows.count * rowByteCount)
      return try dataset.writeRaw(rows: rows, from: bytes)
    }
    for chunk in chunks(rows.count) {
      try dataset.writeChunk(
        row: rows.lowerBound + chunk * packing.chunkRows, packed: packed(chunk))
    }
  }

  /// The numbers of the chunks that the first `count` rows fill; behind them the last one gets zeros, as
  /// the library does it.
  private func chunks(_ count: Int) -> Range<Int> {
    let chunkCount = (count + packing.chunkRows - 1) / packing.chunkRows
    let end = count * rowByteCount
    (start + end).initializeMemory(
      as: UInt8.self, repeating: 0, count: chunkCount * packing.chunkRows * rowByteCount - end)
    return 0..<chunkCount
  }

  /// The bytes of a chunk in the file; good until the next call.
  private func packed(_ chunk: Int) -> UnsafeRawBufferPointer {
    let byteCount = packing.chunkRows * rowByteCount
    let bytes = UnsafeRawBufferPointer(start: start + chunk * byteCount, count: byteCount)
    return packing.compressor?.compress(bytes) ?? bytes
  }
}

/// How the rows of a data set go into its chunks, and there from the process that has read them.
struct ChunkPacking {
  /// The rows of a chunk.
  let chunkRows: Int
  /// What compresses chunks, in the process that has read them; nil leaves them as they are.
  let compressor: ChunkCompressor?

  /// Packs chunks of `chunkRows` rows by `compressor`.
  init(chunkRows: Int, _ compressor: ChunkCompressor?) {
    self.chunkRows = chunkRows
    self.compressor = compressor
  }

  /// Writes the rows that a message has next.
  func write(
    rows: Range<Int>, of message: inout ImportMessage.Reader, to dataset: borrowing Dataset
  ) throws {
    for row in stride(from: rows.lowerBound, to: rows.upperBound, by: chunkRows) {
      try message.some { try dataset.writeChunk(row: row, packed: $0) }
    }
  }
}
