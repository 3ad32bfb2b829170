import HDF5

/// Writes rows of numbers, and a target for each, block by block.
final class MatrixWriter {
  /// What it writes, for the summary; features first.
  private(set) var entries: [ImportSummary.Entry]
  private let packing: ChunkPacking
  private let features: Dataset
  private let targets: Targets?

  /// The attribute of the features with the names of the columns.
  static let featureNames = "feature_names"

  /// The data set of the targets.
  private final class Targets {
    let dataset: Dataset

    init(_ dataset: consuming Dataset) { self.dataset = dataset }
  }

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
    var entries = [
      ImportSummary.Entry(
        name: plan.featuresName, path: plan.path, shape: [rowCount, width], type: .float32)
    ]
    if let target = plan.target {
      let dataset = try root.createDataset(
        plan.targetName, shape: [rowCount], type: target.elementType, chunks: [chunkRows],
        gzip: plan.gzip)
      var entry = ImportSummary.Entry(
        name: plan.targetName, path: plan.path, shape: [rowCount], type: target.elementType)
      if case .classes(let names) = target {
        try dataset.writeAttribute("class_names", names)
        entry.classNames = names
      }
      if let targetName { try dataset.writeAttribute("name", targetName) }
      entries.append(entry)
      targets = Targets(dataset)
    } else {
      targets = nil
    }
    self.entries = entries
    self.features = features
    packing = plan.packing
  }

  /// Writes the first rows of a block.
  func write(rows: Range<Int>, from block: MatrixBlock) throws {
    try block.features.write(rows: rows, to: features)
    if let targets { try block.targets?.write(rows: rows, to: targets.dataset) }
  }

  /// Writes the rows that another process has packed.
  func write(rows: Range<Int>, from message: inout ImportMessage.Reader) throws {
    try packing.write(rows: rows, of: &message, to: features)
    if let targets { try packing.write(rows: rows, of: &message, to: targets.dataset) }
  }
}
