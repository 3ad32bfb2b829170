/// Stages on their way to being fitted: those that are, and the one that learns in the next pass.
struct Fitting {
  /// The stages that are fitted.
  private(set) var fitted: FittedStages
  private var waiting: ArraySlice<any Estimator>
  private var learner: (any Learner)?
  private var prefix: RowTransform?
  private var transformed: [Float] = []
  private let blockRowCount: Int
  private var pieceRowCount: Int

  init(_ stages: [any Estimator], inputShape: [Int], blockRowCount: Int) throws(PipelineError) {
    fitted = FittedStages(inputShape: inputShape)
    waiting = stages[...]
    self.blockRowCount = blockRowCount
    pieceRowCount = blockRowCount
    try advance()
  }

  /// Whether a pass over the data is needed.
  var needsPass: Bool { learner != nil }

  /// Takes in `rowCount` rows as the file has them, at most the block's count.
  mutating func add(_ rows: UnsafePointer<Float>, rowCount: Int) throws(PipelineError) {
    guard let prefix else {
      learner?.add(rows, rowCount: rowCount)
      return
    }
    for first in stride(from: 0, to: rowCount, by: pieceRowCount) {
      let count = min(pieceRowCount, rowCount - first)
      var failure: PipelineError?
      transformed.withUnsafeMutableBufferPointer { buffer in
        guard let start = buffer.baseAddress else { return }
        do throws(PipelineError) {
          try prefix.transform(rows + first * prefix.inputCount, rowCount: count, into: start)
        } catch { failure = error }
      }
      if let failure { throw failure }
      transformed.withUnsafeBufferPointer { buffer in
        guard let start = buffer.baseAddress else { return }
        learner?.add(start, rowCount: count)
      }
    }
  }

  /// Ends the pass: merges with the other processes and goes on to the next stage that learns, or to
  /// another pass of this one.
  mutating func finishPass(_ reducer: any Reducer) throws {
    guard var learner else { return }
    self.learner = nil
    guard let stage = try learner.finishPass(reducer) else {
      self.learner = learner
      return
    }
    fitted = fitted.appending(stage)
    try advance()
  }

  /// Fits the stages that need no data, up to the next one that does.
  private mutating func advance() throws(PipelineError) {
    while let stage = waiting.first {
      waiting = waiting.dropFirst()
      // What only data told may still be no shape for the stage.
      _ = try stage.outputShape(for: fitted.outputShape)
      guard let next = Self.learner(stage, fitted.outputShape) else {
        fitted = fitted.appending(try Self.fit(stage, fitted.outputShape))
        continue
      }
      learner = next
      // Rows that become longer are transformed in pieces.
      pieceRowCount = max(
        1, blockRowCount * fitted.inputCount / max(fitted.widestCount, fitted.inputCount, 1))
      prefix = fitted.stages.isEmpty ? nil : RowTransform(fitted, rowCount: pieceRowCount)
      transformed =
        prefix.map { [Float](repeating: 0, count: $0.outputCount * pieceRowCount) } ?? []
      return
    }
  }

  private static func fit<E: Estimator>(
    _ stage: E, _ shape: [Int]
  ) throws(PipelineError) -> any Transformer {
    try stage.fitted(to: nil, shape: shape)
  }

  private static func learner<E: Estimator>(_ stage: E, _ shape: [Int]) -> (any Learner)? {
    stage.statistics(for: shape).map { Learning(stage: stage, shape: shape, statistics: $0) }
  }
}

/// A stage with its statistics, its type forgotten.
private protocol Learner {
  mutating func add(_ rows: UnsafePointer<Float>, rowCount: Int)
  /// The stage, or nil when the learner needs another pass, for which it is ready then.
  mutating func finishPass(_ reducer: any Reducer) throws -> (any Transformer)?
}

private struct Learning<E: Estimator>: Learner {
  let stage: E
  let shape: [Int]
  var statistics: E.Statistics

  mutating func add(_ rows: UnsafePointer<Float>, rowCount: Int) {
    statistics.add(rows, rowCount: rowCount)
  }

  mutating func finishPass(_ reducer: any Reducer) throws -> (any Transformer)? {
    let merged = try reducer.merge(statistics)
    if let next = try stage.statistics(after: merged, shape: shape) {
      statistics = next
      return nil
    }
    return try stage.fitted(to: merged, shape: shape)
  }
}
