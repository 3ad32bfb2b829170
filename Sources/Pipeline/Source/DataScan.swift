import CKernels

/// What one pass over all rows says about data that nobody has seen yet.
public struct DataScan: Sendable {
  /// The findings about features or targets.
  public struct Findings: Sendable, Equatable {
    /// How many values are NaN, and how many infinite.
    public var notNumberCount = 0
    /// How many values are infinite.
    public var infiniteCount = 0
    /// The first row that has such a value.
    public var firstBadRow: Int?
    /// The smallest and the largest of the other values; nil when there are none.
    public var range: ClosedRange<Float>?
    /// Whether all of the other values are whole numbers.
    public var isWhole = true
  }

  /// Rows read.
  public let rowCount: Int
  /// About the features.
  public let features: Findings
  /// About the targets.
  public let targets: Findings
  /// About the weights; nothing where there are none.
  public let weights: Findings

  /// Reads `rows` of `source` block by block, with their features unless these are left out.
  public init(
    _ source: any RowSource, rows: RowSet? = nil, features isRead: Bool = true
  ) throws(PipelineError) {
    let rows = rows ?? RowSet(rowCount: source.layout.rowCount)
    var features = Findings()
    var targets = Findings()
    var weights = Findings()
    try RowBlocks.forEach(source, rows, features: isRead, targets: true, weights: true) { block in
      weights.add(block.weights, rowCount: block.rows.count, firstRow: block.rows.lowerBound)
      features.add(block.features, rowCount: block.rows.count, firstRow: block.rows.lowerBound)
      targets.add(block.targets, rowCount: block.rows.count, firstRow: block.rows.lowerBound)
    }
    rowCount = rows.count
    self.features = features
    self.targets = targets
    self.weights = weights
  }
}

extension DataScan.Findings {
  fileprivate mutating func add(
    _ values: UnsafeBufferPointer<Float>, rowCount: Int, firstRow: Int
  ) {
    guard let start = values.baseAddress, rowCount > 0 else { return }
    let width = values.count / rowCount
    let isFinite = ck_first_not_finite(start, values.count) == values.count
    var low = range?.lowerBound ?? .infinity
    var high = range?.upperBound ?? -.infinity
    for index in values.indices {
      let value = values[index]
      if !isFinite, !value.isFinite {
        if value.isNaN { notNumberCount += 1 } else { infiniteCount += 1 }
        if firstBadRow == nil { firstBadRow = firstRow + index / width }
        continue
      }
      low = min(low, value)
      high = max(high, value)
      if isWhole, value.rounded(.towardZero) != value { isWhole = false }
    }
    if low <= high { range = low...high }
  }
}
