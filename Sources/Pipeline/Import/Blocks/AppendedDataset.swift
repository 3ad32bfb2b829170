import HDF5

/// A data set along one axis that is written from its beginning to its end, whole chunks at a time.
final class AppendedDataset {
  private let dataset: Dataset
  private let block: RowBlock
  private let capacity: Int
  private var filledCount = 0
  private var writtenCount = 0

  /// What is written at once, unless a chunk is larger.
  private static let usualByteCount = 256 << 10

  /// Creates the data set, compressed as `plan` says; one without rows is in one piece, which takes no compression.
  init(
    _ name: String, _ type: ElementType, rowCount: Int, chunkRows: Int, _ plan: SparsePlan,
    in group: borrowing Group
  ) throws {
    let size = type.byteCount ?? 1
    let chunkRows = max(1, chunkRows)
    dataset = try group.createDataset(
      name, shape: [rowCount], type: type, chunks: rowCount == 0 ? nil : [chunkRows],
      gzip: rowCount == 0 ? nil : plan.gzip)
    capacity = max(1, Self.usualByteCount / (chunkRows * size)) * chunkRows
    block = RowBlock(
      rowCount: capacity, rowByteCount: size,
      ChunkPacking(chunkRows: chunkRows, plan.packing.compressor))
  }

  /// Appends elements as they are in this machine's memory.
  ///
  /// - Throws: `HDF5Error`: `wrongShape` for a chunk behind the data set's end, `io` for a full disk. Who appends counts
  ///   the elements.
  func append(_ bytes: UnsafeRawBufferPointer) throws(HDF5Error) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let size = block.rowByteCount
      let part = rest.prefix((capacity - filledCount) * size)
      UnsafeMutableRawBufferPointer(start: block.start + filledCount * size, count: part.count)
        .copyMemory(from: UnsafeRawBufferPointer(rebasing: part))
      filledCount += part.count / size
      rest = rest.dropFirst(part.count)
      if filledCount == capacity { try finish() }
    }
  }

  /// Writes what is still in memory.
  func finish() throws(HDF5Error) {
    guard filledCount > 0 else { return }
    try block.write(rows: writtenCount..<writtenCount + filledCount, to: dataset)
    writtenCount += filledCount
    filledCount = 0
  }
}
