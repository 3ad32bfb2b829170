/// Stages on their way to being fitted: those that are, and the one that learns in the next pass.
struct Fitting {
  /// The stages that are fitted.
  private(set) var fitted: FittedStages
  private var waiting: ArraySlice<any Estimator>
  private var learner: (any Learner)?
  private var prefix: RowTransform?
  private var transformed: [Float] = []
  private let blockRowCount: Int

  init(_ stages: [any Estimator], inputShape: [Int], blockRowCount: Int) throws(PipelineError) {
    fitted = FittedStages(inputShape: inputShape)
    waiting = stages[...]
    self.blockRowCount = blockRowCount
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
    var failure: PipelineError?
    transformed.withUnsafeMutableBufferPointer { buffer in
      guard let start = buffer.baseAddress else { return }
      do throws(PipelineError) {
        try prefix.transform(rows, rowCount: rowCount, into: start)
      } catch { failure = error }
    }
    if let failure { throw failure }
    transformed.withUnsafeBufferPointer { buffer in
      guard let start = buffer.baseAddress else { return }
      learner?.add(start, rowCount: rowCount)
    }
  }

  /// Ends the pass: merges with the other processes and goes on to the next stage that learns.
  mutating func finishPass(_ reducer: any Reducer) throws {
    guard let learner else { return }
    self.learner = nil
    fitted = fitted.appending(try learner.fitted(reducer))
    try advance()
  }

  /// Fits the stages that need no data, up to the next one that does.
  private mutating func advance() throws(PipelineError) {
    while let stage = waiting.first {
      waiting = waiting.dropFirst()
      guard let next = Self.learner(stage, fitted.outputShape) else {
        fitted = fitted.appending(try Self.fit(stage, fitted.outputShape))
        continue
      }
      learner = next
      prefix = fitted.stages.isEmpty ? nil : RowTransform(fitted, rowCount: blockRowCount)
      transformed =
        prefix.map { [Float](repeating: 0, count: $0.outputCount * blockRowCount) } ?? []
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
  func fitted(_ reducer: any Reducer) throws -> any Transformer
}

private struct Learning<E: Estimator>: Learner {
  let stage: E
  let shape: [Int]
  var statistics: E.Statistics

  mutating func add(_ rows: UnsafePointer<Float>, rowCount: Int) {
    statistics.add(rows, rowCount: rowCount)
  }

  func fitted(_ reducer: any Reducer) throws -> any Transformer {
    try stage.fitted(to: try reducer.merge(statistics), shape: shape)
  }
}
