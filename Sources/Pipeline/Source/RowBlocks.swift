/// Rows of a source as floats, block by block and in order, for passes that need each row once.
struct RowBlocks {
  /// The file's rows of the block.
  let rows: Range<Int>
  /// Their features; empty when not asked for.
  let features: UnsafeBufferPointer<Float>
  /// Their targets; empty when not asked for, or when the source has none.
  let targets: UnsafeBufferPointer<Float>
  /// Their weights; empty when not asked for, or when the source has none.
  let weights: UnsafeBufferPointer<Float>

  /// The rows of one block of `source`: some megabytes, whole chunks.
  static func rowCount(_ layout: RowLayout) -> Int {
    let rowByteCount = (layout.featureCount + layout.targetCount) * MemoryLayout<Float>.size
    let wanted = max(1, (4 << 20) / rowByteCount)
    let block = layout.blockRowCount
    return min(max(wanted / block * block, min(block, wanted)), max(1, layout.rowCount))
  }

  /// Calls `body` with each block of `rows`; the memory is reused.
  static func forEach(
    _ source: any RowSource, _ rows: RowSet, features: Bool, targets: Bool, weights: Bool = false,
    _ body: (RowBlocks) throws(PipelineError) -> Void
  ) throws(PipelineError) {
    let layout = source.layout
    let blockRows = rowCount(layout)
    let featureCount = features ? layout.featureCount : 0
    let targetCount = targets ? layout.targetCount : 0
    let weightCount = weights ? layout.weightCount : 0
    let featureMemory = UnsafeMutableBufferPointer<Float>.allocate(
      capacity: blockRows * featureCount)
    let targetMemory = UnsafeMutableBufferPointer<Float>.allocate(capacity: blockRows * targetCount)
    let weightMemory = UnsafeMutableBufferPointer<Float>.allocate(capacity: blockRows * weightCount)
    defer {
      weightMemory.deallocate()
      featureMemory.deallocate()
      targetMemory.deallocate()
    }
    for run in rows.runs {
      var lower = run.lowerBound
      while lower < run.upperBound {
        let upper = min((lower / blockRows + 1) * blockRows, run.upperBound)
        let x = UnsafeMutableBufferPointer(
          rebasing: featureMemory.prefix((upper - lower) * featureCount))
        let y = UnsafeMutableBufferPointer(
          rebasing: targetMemory.prefix((upper - lower) * targetCount))
        let w = UnsafeMutableBufferPointer(
          rebasing: weightMemory.prefix((upper - lower) * weightCount))
        if weightCount > 0 { try source.readWeights(lower..<upper, into: w) }
        if featureCount > 0 { try source.readFeatures(lower..<upper, into: x) }
        if targetCount > 0 { try source.readTargets(lower..<upper, into: y) }
        try body(
          RowBlocks(
            rows: lower..<upper, features: UnsafeBufferPointer(x), targets: UnsafeBufferPointer(y),
            weights: UnsafeBufferPointer(w)))
        lower = upper
      }
    }
  }
}
