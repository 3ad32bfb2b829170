import HDF5

/// Writes the targets of rows, block by block.
final class TargetWriter {
  /// What it writes, for the summary.
  let entry: ImportSummary.Entry
  private let dataset: Dataset
  private let packing: ChunkPacking

  /// Creates the data set `name`.
  ///
  /// `original` is the name that the file at `path` has for it, where it has one.
  init(
    _ name: String, _ target: ImportTarget, rowCount: Int, _ packing: ChunkPacking, gzip: Int?,
    from path: String, original: String? = nil, in root: borrowing Group
  ) throws {
    let type = target.elementType
    let dataset = try root.createDataset(
      name, shape: [rowCount], type: type, chunks: [packing.chunkRows], gzip: gzip)
    var entry = ImportSummary.Entry(name: name, path: path, shape: [rowCount], type: type)
    if case .classes(let names) = target {
      try dataset.writeAttribute("class_names", names)
      entry.classNames = names
    }
    if let original { try dataset.writeAttribute("name", original) }
    self.entry = entry
    self.dataset = dataset
    self.packing = packing
  }

  /// Writes the first targets of a block.
  func write(rows: Range<Int>, from block: TargetBlock) throws {
    try block.write(rows: rows, to: dataset)
  }

  /// Writes the targets that another process has packed.
  func write(rows: Range<Int>, from message: inout ImportMessage.Reader) throws {
    try packing.write(rows: rows, of: &message, to: dataset)
  }
}
