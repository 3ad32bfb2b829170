/// Count and form of a source's rows.
public struct RowLayout: Sendable, Equatable {
  /// How many rows there are.
  public var rowCount: Int
  /// The shape of one row of features.
  public var featureShape: [Int]
  /// The shape of one row of targets; nil when there are none.
  public var targetShape: [Int]?
  /// The shape of one row of weights, `[]` for one number; nil when all rows weigh 1.
  public var weightShape: [Int]?
  /// Whether the features are unsigned bytes, which stay so until a batch is made of them.
  public var hasByteFeatures: Bool
  /// Rows that are best read together: the chunks of the file.
  public var chunkRowCount: Int?
  /// The rows at which files begin, where the rows of several stand one behind the other; empty for one.
  public var fileStarts: [Int]

  /// Makes a layout.
  public init(
    rowCount: Int, featureShape: [Int], targetShape: [Int]?, weightShape: [Int]? = nil,
    hasByteFeatures: Bool = false, chunkRowCount: Int? = nil, fileStarts: [Int] = []
  ) {
    self.rowCount = rowCount
    self.featureShape = featureShape
    self.targetShape = targetShape
    self.weightShape = weightShape
    self.hasByteFeatures = hasByteFeatures
    self.chunkRowCount = chunkRowCount
    self.fileStarts = fileStarts
  }

  /// Numbers in a row of features.
  public var featureCount: Int { featureShape.elementCount }
  /// Numbers in a row of targets; 0 when there are none.
  public var targetCount: Int { targetShape?.elementCount ?? 0 }

  /// Numbers in a row of weights; 0 when there are none.
  public var weightCount: Int { weightShape?.elementCount ?? 0 }

  /// The bytes that a row takes in memory.
  public var rowByteCount: Int {
    featureCount * (hasByteFeatures ? 1 : MemoryLayout<Float>.size)
      + (targetCount + weightCount) * MemoryLayout<Float>.size
  }

  /// A block of a data set without chunks: long enough to be read at the disk's speed.
  private static let blockByteCount = 256 << 10

  /// Orders are kept per block: there are never more blocks than this, however small the chunks.
  private static let largestBlockCount = 1 << 20

  /// The rows of a block: a chunk, or what is read well together; several chunks where there would
  /// be too many blocks.
  public var blockRowCount: Int {
    let unit = max(1, chunkRowCount ?? Self.blockByteCount / max(1, rowByteCount))
    guard unit < rowCount else { return max(1, rowCount) }
    let units = (rowCount - 1) / unit + 1
    return min(unit * ((units - 1) / Self.largestBlockCount + 1), rowCount)
  }

  /// The rows that one of two windows may hold within `memoryByteCount`; at least one.
  public func windowRowCount(memoryByteCount: Int) -> Int {
    let rows = memoryByteCount / 2 / max(1, rowByteCount)
    return max(1, min(rows, Int(UInt32.max) / 2))
  }
}
