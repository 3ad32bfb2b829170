internal import NN
internal import Pipeline

/// Room for the weights of one batch's rows in the loss.
final class RowWeights {
  /// As many floats as the weights of a batch.
  let memory: UnsafeMutableBufferPointer<Float>
  private let width: Int
  private let arena = FloatArena()

  /// nil when the rows have none.
  init?(_ layout: RowLayout, batchSize: Int) {
    guard layout.weightShape != nil else { return nil }
    width = layout.weightCount
    memory = arena.allocate(batchSize * width)
  }

  /// The weights of the first `count` rows.
  func first(_ count: Int) -> UnsafeBufferPointer<Float> {
    UnsafeBufferPointer(rebasing: memory[..<(count * width)])
  }
}
