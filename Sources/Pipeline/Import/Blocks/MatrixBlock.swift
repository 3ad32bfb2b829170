import HDF5

/// Some rows of numbers in memory, and the target of each.
final class MatrixBlock {
  /// The features of the rows.
  let features: RowBlock
  /// The targets of the rows; nil without any.
  let targets: RowBlock?
  private let targetType: ElementType

  /// Makes room for one block of a matrix.
  init(_ plan: MatrixPlan) {
    features = RowBlock(
      rowCount: plan.blockRows, rowByteCount: 4 * plan.width, plan.packing)
    targetType = plan.target?.elementType ?? .float32
    targets =
      plan.target == nil
      ? nil
      : RowBlock(
        rowCount: plan.blockRows, rowByteCount: targetType.byteCount ?? 4, plan.packing)
  }

  /// Where the features of a row go.
  func features(at index: Int) -> UnsafeMutablePointer<Float> {
    (features.start + index * features.rowByteCount).assumingMemoryBound(to: Float.self)
  }

  /// Keeps the target of a row; false where the targets' type does not hold it.
  func setTarget(_ value: Double, at index: Int) -> Bool {
    switch targetType {
    case .uint8: store(UInt8(exactly: value), at: index)
    case .int32: store(Int32(exactly: value), at: index)
    case .int64: store(Int64(exactly: value), at: index)
    default: store(Float(value), at: index)
    }
  }

  private func store<Number: BitwiseCopyable>(_ number: Number?, at index: Int) -> Bool {
    guard let number else { return false }
    targets?.start.storeBytes(
      of: number, toByteOffset: index * MemoryLayout<Number>.stride, as: Number.self)
    return true
  }

  /// Appends the first rows to a message.
  func pack(_ rowCount: Int, into message: inout ImportMessage) {
    features.pack(rowCount, into: &message)
    targets?.pack(rowCount, into: &message)
  }
}
