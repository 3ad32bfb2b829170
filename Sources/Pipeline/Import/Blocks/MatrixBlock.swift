/// Some rows of numbers in memory, and the target of each.
final class MatrixBlock {
  /// The features.
  let features: RowBlock
  /// The targets; nil without any.
  let targets: TargetBlock?

  /// Makes room for one block of a matrix.
  init(_ plan: MatrixPlan) {
    features = RowBlock(
      rowCount: plan.blockRows, rowByteCount: 4 * plan.width, plan.packing)
    targets = plan.target.map { TargetBlock($0, rowCount: plan.blockRows, plan.packing) }
  }

  /// Where the features of a row go.
  func features(at index: Int) -> UnsafeMutablePointer<Float> {
    (features.start + index * features.rowByteCount).assumingMemoryBound(to: Float.self)
  }

  /// Keeps the target of a row; false where the targets' type does not hold it.
  func setTarget(_ value: Double, at index: Int) -> Bool {
    targets?.set(value, at: index) ?? true
  }

  /// Appends the first rows to a message.
  func pack(_ rowCount: Int, into message: inout ImportMessage) {
    features.pack(rowCount, into: &message)
    targets?.pack(rowCount, into: &message)
  }
}
