/// What a worker draws out of its slice in an epoch, in place of a pass over it.
///
/// The batches of an epoch are cut from a fresh order of the slice: no row comes twice before the slice
/// has no whole batch left. Then another order begins, a *lap*. So each batch is a sample without
/// repetition, and so are all of an epoch as far as the slice reaches; epochs know nothing of each
/// other.
public struct Draw: Sendable, Equatable {
  /// Batches of each worker, at least 1.
  public let stepCount: Int
  /// Rows of a batch, at least 1; a slice that is shorter is a batch.
  public let batchRowCount: Int

  /// Makes a draw.
  public init(stepCount: Int, batchRowCount: Int) {
    precondition(stepCount > 0 && batchRowCount > 0)
    self.stepCount = stepCount
    self.batchRowCount = batchRowCount
  }

  /// Rows of a batch from a slice of `sliceCount` rows.
  public func stepRowCount(of sliceCount: Int) -> Int { min(batchRowCount, sliceCount) }

  /// Rows of a lap: the whole batches of the slice.
  public func lapRowCount(of sliceCount: Int) -> Int {
    sliceCount == 0 ? 0 : sliceCount - sliceCount % stepRowCount(of: sliceCount)
  }

  /// Rows of an epoch.
  public func rowCount(of sliceCount: Int) -> Int { stepCount * stepRowCount(of: sliceCount) }
}
