import HDF5

/// The targets of some rows in memory.
final class TargetBlock {
  private let numbers: RowBlock
  private let type: ElementType

  /// Makes room for the targets of one block of rows.
  init(_ target: ImportTarget, rowCount: Int, _ packing: ChunkPacking) {
    type = target.elementType
    numbers = RowBlock(rowCount: rowCount, rowByteCount: type.byteCount ?? 4, packing)
  }

  /// Keeps the target of a row; false where the targets' type does not hold it.
  func set(_ value: Double, at index: Int) -> Bool {
    switch type {
    case .uint8: store(UInt8(exactly: value), at: index)
    case .int32: store(Int32(exactly: value), at: index)
    case .int64: store(Int64(exactly: value), at: index)
    default: store(Float(value), at: index)
    }
  }

  private func store<Number: BitwiseCopyable>(_ number: Number?, at index: Int) -> Bool {
    guard let number else { return false }
    numbers.start.storeBytes(
      of: number, toByteOffset: index * MemoryLayout<Number>.stride, as: Number.self)
    return true
  }

  /// Writes the first targets as those of the rows `rows` of `dataset`, which begin with a chunk.
  ///
  /// - Throws: `HDF5Error`: `wrongShape` for rows outside, `io` for a full disk.
  func write(rows: Range<Int>, to dataset: borrowing Dataset) throws(HDF5Error) {
    try numbers.write(rows: rows, to: dataset)
  }

  /// Appends the targets of the first rows to a message.
  func pack(_ rowCount: Int, into message: inout ImportMessage) {
    numbers.pack(rowCount, into: &message)
  }
}
