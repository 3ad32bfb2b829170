/// The pairs of some rows in memory, and the target of each row.
final class SparseBlock {
  /// The values of all rows, end to end.
  private(set) var values: [Float] = []
  /// The column of each value.
  private(set) var indices: [Int32] = []
  /// The pairs up to the end of each row.
  private(set) var ends: [Int] = []
  /// The targets.
  let targets: TargetBlock

  /// Makes room for the targets of one block of a sparse matrix; that for pairs grows to the largest block.
  init(_ plan: SparsePlan) {
    targets = TargetBlock(plan.target, rowCount: plan.blockRows, plan.packing)
  }

  /// Begins another block in the same memory.
  func clear() {
    values.removeAll(keepingCapacity: true)
    indices.removeAll(keepingCapacity: true)
    ends.removeAll(keepingCapacity: true)
  }

  /// Appends a pair to the row that has not ended.
  func append(_ value: Float, column: Int) {
    values.append(value)
    indices.append(Int32(column))
  }

  /// Ends row `index` of the block; false where the targets' type does not hold its target.
  func endRow(target: Double, at index: Int) -> Bool {
    ends.append(values.count)
    return targets.set(target, at: index)
  }

  /// Appends all rows, of which there are `rowCount`, to a message.
  func pack(_ rowCount: Int, into message: inout ImportMessage) {
    values.withUnsafeBytes { message.append($0) }
    indices.withUnsafeBytes { message.append($0) }
    ends.withUnsafeBytes { message.append($0) }
    targets.pack(rowCount, into: &message)
  }
}
