import HDF5

/// Writes a sparse matrix, and a target for each row, block by block.
///
/// Pairs are written chunk by chunk, wherever blocks end: the file is the same for any blocks.
final class SparseWriter {
  /// What it writes, for the summary; features first.
  let entries: [ImportSummary.Entry]
  private let path: String
  private let pairCount: Int
  private let values: AppendedDataset
  private let indices: AppendedDataset
  private let starts: AppendedDataset
  private let targets: TargetWriter
  /// The pairs of the blocks before.
  private var writtenPairCount = 0
  /// The beginnings of a block's rows.
  private var begins: [Int] = []

  /// Creates the group and its data sets.
  init(_ plan: SparsePlan, in file: borrowing File) throws {
    let root = try file.root()
    let group = try root.createGroup(plan.featuresName)
    try group.writeAttribute(SparseGroup.encodingType, SparseGroup.encoding)
    try group.writeAttribute(SparseGroup.encodingVersion, SparseGroup.version)
    try group.writeAttribute(SparseGroup.shape, [plan.rowCount, plan.width])
    let chunk = plan.chunkPairCount
    values = try AppendedDataset(
      SparseGroup.data, .float32, rowCount: plan.pairCount, chunkRows: chunk, plan, in: group)
    // Columns are fewer than 2^31, pairs need not be.
    indices = try AppendedDataset(
      SparseGroup.indices, .int32, rowCount: plan.pairCount, chunkRows: chunk, plan, in: group)
    starts = try AppendedDataset(
      SparseGroup.indptr, .int64, rowCount: plan.rowCount + 1, chunkRows: plan.packing.chunkRows,
      plan, in: group)
    targets = try TargetWriter(
      plan.targetName, plan.target, rowCount: plan.rowCount, plan.packing, gzip: plan.gzip,
      from: plan.path, in: root)
    var features = ImportSummary.Entry(
      name: plan.featuresName, path: plan.path, shape: [plan.rowCount, plan.width], type: .float32)
    features.notes.append("sparse: \(plan.pairCount) pairs")
    entries = [features, targets.entry]
    path = plan.path
    pairCount = plan.pairCount
    try [0].withUnsafeBytes { try starts.append($0) }
  }

  /// Writes a block, which has `rows`.
  func write(rows: Range<Int>, from block: SparseBlock) throws {
    try block.values.withUnsafeBytes { try append(values: $0) }
    try block.indices.withUnsafeBytes { try indices.append($0) }
    try block.ends.withUnsafeBytes { try append(ends: $0) }
    try targets.write(rows: rows, from: block.targets)
  }

  /// Writes the rows that another process has packed.
  func write(rows: Range<Int>, from message: inout ImportMessage.Reader) throws {
    try message.some { try append(values: $0) }
    try message.some { try indices.append($0) }
    try message.some { try append(ends: $0) }
    try targets.write(rows: rows, from: &message)
  }

  /// Writes what is still in memory.
  ///
  /// - Throws: `PipelineError` where there are fewer pairs than the file had when it was looked through.
  func finish() throws {
    guard writtenPairCount == pairCount else { throw CSVImport.changed(path) }
    for dataset in [values, indices, starts] { try dataset.finish() }
  }

  private func append(values bytes: UnsafeRawBufferPointer) throws {
    guard bytes.count / MemoryLayout<Float>.size <= pairCount - writtenPairCount else {
      throw CSVImport.changed(path)
    }
    try values.append(bytes)
  }

  private func append(ends: UnsafeRawBufferPointer) throws {
    begins.removeAll(keepingCapacity: true)
    for end in ends.bindMemory(to: Int.self) { begins.append(writtenPairCount + end) }
    writtenPairCount = begins.last ?? writtenPairCount
    try begins.withUnsafeBytes { try starts.append($0) }
  }
}
