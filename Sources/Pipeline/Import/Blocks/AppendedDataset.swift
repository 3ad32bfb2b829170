import HDF5

/// A data set along one axis that is written from its beginning to its end, whole chunks at a time.
final class AppendedDataset {
  private let dataset: Dataset
  private let elementByteCount: Int
  private let memory: UnsafeMutableRawBufferPointer
  private var filledByteCount = 0
  private var writtenCount = 0

  /// What is written at once, unless a chunk is larger.
  private static let usualByteCount = 256 << 10

  /// Creates the data set; one without rows is in one piece, which takes no compression.
  init(
    _ name: String, _ type: ElementType, rowCount: Int, chunkRows: Int, _ gzip: Int?,
    in group: borrowing Group
  ) throws {
    let size = type.byteCount ?? 1
    dataset = try group.createDataset(
      name, shape: [rowCount], type: type, chunks: rowCount == 0 ? nil : [chunkRows],
      gzip: rowCount == 0 ? nil : gzip)
    let chunkByteCount = max(1, chunkRows) * size
    elementByteCount = size
    memory = .allocate(
      byteCount: max(1, Self.usualByteCount / chunkByteCount) * chunkByteCount, alignment: 64)
  }

  deinit { memory.deallocate() }

  /// Appends elements as they are in this machine's memory.
  ///
  /// - Throws: `HDF5Error`: `wrongShape` for more of them than the data set has rows, `io` for a full disk.
  func append(_ bytes: UnsafeRawBufferPointer) throws(HDF5Error) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let part = rest.prefix(memory.count - filledByteCount)
      UnsafeMutableRawBufferPointer(rebasing: memory[filledByteCount...])
        .copyMemory(from: UnsafeRawBufferPointer(rebasing: part))
      filledByteCount += part.count
      rest = rest.dropFirst(part.count)
      if filledByteCount == memory.count { try finish() }
    }
  }

  /// Writes what is still in memory.
  func finish() throws(HDF5Error) {
    let count = filledByteCount / elementByteCount
    guard count > 0 else { return }
    try dataset.writeRaw(
      rows: writtenCount..<writtenCount + count,
      from: UnsafeRawBufferPointer(rebasing: memory[..<filledByteCount]))
    writtenCount += count
    filledByteCount = 0
  }
}
