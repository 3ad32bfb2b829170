/// What a file of rows of numbers is written as.
struct MatrixPlan {
  /// The file.
  let path: String
  /// The data set of the features.
  let featuresName: String
  /// The data set of the targets.
  let targetName: String
  let rowCount: Int
  /// The count of features.
  let width: Int
  let target: ImportTarget?
  let gzip: Int?
  let packing: ChunkPacking
  /// The rows that are moved at once: whole chunks.
  let blockRows: Int

  /// Plans the matrix `name`; with a target, that is the group of `features` and `target`.
  ///
  /// `crewSize` is the number of processes that read the file.
  init(
    path: String, name: String, rowCount: Int, width: Int, target: ImportTarget?,
    _ options: ImportOptions, crewSize: Int = 1
  ) throws(PipelineError) {
    let prefix = name.isEmpty ? "" : name + "/"
    self.path = path
    featuresName = target == nil ? name : prefix + "features"
    targetName = prefix + "target"
    self.rowCount = rowCount
    self.width = width
    self.target = target
    gzip = options.gzip
    let chunkRows = try options.chunkRows(
      rowCount: rowCount, rowByteCount: 4 * width, featuresName)
    packing = ChunkPacking(chunkRows: chunkRows, try options.makeCompressor())
    blockRows = ImportOptions.blockRows(
      chunkRows, 4 * width, of: rowCount, crewSize: crewSize)
  }
}
