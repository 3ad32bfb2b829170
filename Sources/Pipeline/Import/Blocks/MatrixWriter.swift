import HDF5

/// Writes rows of numbers, and a target for each, block by block.
final class MatrixWriter {
  /// What it writes, for the summary; features first.
  private(set) var entries: [ImportSummary.Entry]
  private let packing: ChunkPacking
  private let features: Dataset
  private let targets: TargetWriter?

  /// The attribute of the features with the names of the columns.
  static let featureNames = "feature_names"

  /// Creates the data sets.
  ///
  /// `featureNames` and `targetName` are those that the file has, where it has some.
  init(
    _ plan: MatrixPlan, in file: borrowing File, featureNames: [String]? = nil,
    targetName: String? = nil
  ) throws {
    let (rowCount, width) = (plan.rowCount, plan.width)
    let chunkRows = plan.packing.chunkRows
    let root = try file.root()
    let features = try root.createDataset(
      plan.featuresName, shape: [rowCount, width], of: Float.self, chunks: [chunkRows, width],
      gzip: plan.gzip)
    if let featureNames { try features.writeAttribute(Self.featureNames, featureNames) }
    let targets = try plan.target.map { target in
      try TargetWriter(
        plan.targetName, target, rowCount: rowCount, plan.packing, gzip: plan.gzip, from: plan.path,
        original: targetName, in: root)
    }
    entries =
      [
        ImportSummary.Entry(
          name: plan.featuresName, path: plan.path, shape: [rowCount, width], type: .float32)
      ] + (targets.map { [$0.entry] } ?? [])
    self.features = features
    self.targets = targets
    packing = plan.packing
  }

  /// Writes the first rows of a block.
  func write(rows: Range<Int>, from block: MatrixBlock) throws {
    try block.features.write(rows: rows, to: features)
    if let targets, let block = block.targets { try targets.write(rows: rows, from: block) }
  }

  /// Writes the rows that another process has packed.
  func write(rows: Range<Int>, from message: inout ImportMessage.Reader) throws {
    try packing.write(rows: rows, of: &message, to: features)
    try targets?.write(rows: rows, from: &message)
  }
}
