/// The rows of one window in memory, as the file has them.
///
/// A value of plain arrays: it moves between threads without being shared, and its memory is used
/// again for the next window.
struct WindowBuffer: Sendable {
  /// The file's rows that are loaded, put end to end.
  private(set) var rows: [Range<Int>] = []
  /// Features of sources that have bytes; empty otherwise.
  private(set) var bytes: [UInt8]
  /// Features of all other sources.
  private(set) var floats: [Float]
  /// Targets; empty when the source has none.
  private(set) var targets: [Float]
  /// Weights; empty when the source has none.
  private(set) var weights: [Float]
  /// How many rows there is room for.
  let capacity: Int

  /// Makes room for `capacity` rows.
  init(_ layout: RowLayout, capacity: Int) {
    self.capacity = capacity
    let count = capacity * layout.featureCount
    bytes = [UInt8](repeating: 0, count: layout.hasByteFeatures ? count : 0)
    floats = [Float](repeating: 0, count: layout.hasByteFeatures ? 0 : count)
    targets = [Float](repeating: 0, count: capacity * layout.targetCount)
    weights = [Float](repeating: 0, count: capacity * layout.weightCount)
  }

  /// Reads `rows` of `source` and checks them.
  mutating func load(
    _ rows: [Range<Int>], from source: any RowSource, _ checks: RowChecks
  ) throws(PipelineError) {
    self.rows = []
    var start = 0
    for run in rows {
      let layout = source.layout
      let features = start * layout.featureCount..<(start + run.count) * layout.featureCount
      if layout.hasByteFeatures {
        try bytes.fill(features) { (buffer) throws(PipelineError) in
          try source.readFeatures(run, into: buffer)
        }
      } else {
        try floats.fill(features) { (buffer) throws(PipelineError) in
          try source.readFeatures(run, into: buffer)
          try checks.checkFeatures(
            UnsafeBufferPointer(buffer), width: layout.featureCount, firstRow: run.lowerBound,
            of: source.featureName)
        }
      }
      if layout.targetShape != nil {
        let places = start * layout.targetCount..<(start + run.count) * layout.targetCount
        try targets.fill(places) { (buffer) throws(PipelineError) in
          try source.readTargets(run, into: buffer)
          try checks.checkTargets(
            UnsafeBufferPointer(buffer), width: layout.targetCount, firstRow: run.lowerBound,
            of: source.targetName)
        }
      }
      if layout.weightShape != nil {
        let places = start * layout.weightCount..<(start + run.count) * layout.weightCount
        try weights.fill(places) { (buffer) throws(PipelineError) in
          try source.readWeights(run, into: buffer)
          try checks.checkWeights(
            UnsafeBufferPointer(buffer), width: layout.weightCount, firstRow: run.lowerBound,
            of: source.weightName)
        }
      }
      start += run.count
    }
    self.rows = rows
  }
}

extension Array {
  /// Lets `body` write the elements in `range`, in place.
  fileprivate mutating func fill(
    _ range: Range<Int>,
    _ body: (UnsafeMutableBufferPointer<Element>) throws(PipelineError) -> Void
  ) throws(PipelineError) {
    var failure: PipelineError?
    withUnsafeMutableBufferPointer { buffer in
      do throws(PipelineError) {
        try body(UnsafeMutableBufferPointer(rebasing: buffer[range]))
      } catch { failure = error }
    }
    if let failure { throw failure }
  }
}
