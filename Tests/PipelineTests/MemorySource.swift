import Pipeline

/// Rows in memory: what a source written by a user looks like.
struct MemorySource: RowSource, Sendable {
  var layout: RowLayout
  var features: [Float]
  var targets: [Float]
  /// A row that cannot be read.
  var brokenRow: Int?
  let featureName = "memory: 'features'"
  let targetName = "memory: 'targets'"

  init(
    features: [Float], featureShape: [Int], targets: [Float] = [], targetShape: [Int]? = nil,
    bytes: Bool = false, chunk: Int? = nil, brokenRow: Int? = nil
  ) {
    layout = RowLayout(
      rowCount: features.count / featureShape.reduce(1, *), featureShape: featureShape,
      targetShape: targetShape, hasByteFeatures: bytes, chunkRowCount: chunk)
    self.features = features
    self.targets = targets
    self.brokenRow = brokenRow
  }

  func readFeatures(
    _ rows: Range<Int>, into buffer: UnsafeMutableBufferPointer<UInt8>
  ) throws(PipelineError) {
    try check(rows)
    let width = layout.featureCount
    for index in 0..<rows.count * width {
      buffer[index] = UInt8(features[rows.lowerBound * width + index])
    }
  }

  func readFeatures(
    _ rows: Range<Int>, into buffer: UnsafeMutableBufferPointer<Float>
  ) throws(PipelineError) {
    try check(rows)
    let width = layout.featureCount
    for index in 0..<rows.count * width {
      buffer[index] = features[rows.lowerBound * width + index]
    }
  }

  func readTargets(
    _ rows: Range<Int>, into buffer: UnsafeMutableBufferPointer<Float>
  ) throws(PipelineError) {
    let width = layout.targetCount
    for index in 0..<rows.count * width { buffer[index] = targets[rows.lowerBound * width + index] }
  }

  private func check(_ rows: Range<Int>) throws(PipelineError) {
    if let brokenRow, rows.contains(brokenRow) {
      throw PipelineError("memory: row \(brokenRow) cannot be read", exitCode: 74)
    }
  }
}
