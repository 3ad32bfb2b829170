/// What a file of rows of few numbers is written as: a sparse matrix, and the targets.
struct SparsePlan {
  /// The file.
  let path: String
  /// The group of the features.
  let featuresName: String
  /// The data set of the targets.
  let targetName: String
  let rowCount: Int
  /// The count of features.
  let width: Int
  /// The pairs of all rows together.
  let pairCount: Int
  let target: ImportTarget
  let gzip: Int?
  let packing: ChunkPacking
  /// The rows that are moved at once: whole chunks.
  let blockRows: Int

  /// The pairs of a chunk: 128 KB of values, which one read brings without the library's copy of a chunk.
  private static let chunkPairCount = 32_768
  /// The bytes of a column and a value.
  private static let pairByteCount = 8
  /// What a block may take in memory, if all of its rows are as long as the longest; a row is one at least.
  private static let largestBlockByteCount = 64 << 20
  /// The same where the chunks that were asked for are larger.
  private static let largestChunkByteCount = 256 << 20

  /// Plans the group `name` of `features` and `target`; none without a name.
  ///
  /// `crewSize` is the number of processes that read the file.
  init(
    path: String, name: String, rowCount: Int, width: Int, pairCount: Int, largestPairCount: Int,
    target: ImportTarget, _ options: ImportOptions, crewSize: Int
  ) throws(PipelineError) {
    let prefix = name.isEmpty ? "" : name + "/"
    self.path = path
    featuresName = prefix + "features"
    targetName = prefix + "target"
    self.rowCount = rowCount
    self.width = width
    self.pairCount = pairCount
    self.target = target
    gzip = options.gzip
    let longestByteCount = Self.pairByteCount * max(1, largestPairCount)
    // A row is a number of `indptr` and a target, however wide it is.
    var chunkRows = try options.chunkRows(
      rowCount: rowCount, rowByteCount: MemoryLayout<Int64>.size, featuresName)
    if options.chunkRows == nil {
      chunkRows = min(chunkRows, max(1, Self.largestBlockByteCount / longestByteCount))
    }
    guard chunkRows <= max(1, Self.largestChunkByteCount / longestByteCount) else {
      throw PipelineError(
        "'\(featuresName)': \(chunkRows) rows of up to \(largestPairCount) pairs are over "
          + "\(Self.largestChunkByteCount >> 20) MB of memory: use a smaller --chunk-rows")
    }
    packing = ChunkPacking(chunkRows: chunkRows, try options.makeCompressor())
    let usual = ImportOptions.blockRows(
      chunkRows, Self.pairByteCount * (1 + pairCount / rowCount), of: rowCount, crewSize: crewSize)
    let most = Self.largestBlockByteCount / longestByteCount / chunkRows * chunkRows
    blockRows = min(usual, max(chunkRows, most))
  }

  /// The pairs of a chunk.
  var chunkPairCount: Int { min(Self.chunkPairCount, pairCount) }
}
