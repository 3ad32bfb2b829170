internal import NN
internal import Pipeline

/// Measures a network on rows that it is not trained on, each rank its share.
///
/// Planned once; scoring reads the parameters that are there at that moment.
final class Scorer {
  private let executor: Executor
  private var remainder: Executor?
  private let reader: BatchReader
  private let metrics: MetricSet
  private let confusion: ConfusionMatrix?
  private let batchSize: Int
  private let isSparse: Bool

  init(
    network: Network, parameters: UnsafeMutablePointer<Float>, loss: Loss, metrics: MetricSet,
    source: DataSource, rows: RowSet, pipeline: FittedPipeline, batchSize: Int,
    memoryByteCount: Int, confusion: ConfusionMatrix? = nil
  ) throws {
    executor = try Executor(
      network, batchSize: batchSize, loss: loss, parameters: parameters, gradient: nil)
    reader = try BatchReader(
      source.opener, rows: rows, pipeline: pipeline,
      classCount: TrainingData.classCount(network: network, loss: loss),
      memoryByteCount: memoryByteCount, batchRowCount: batchSize)
    self.metrics = metrics
    self.confusion = confusion
    self.batchSize = batchSize
    isSparse = loss.isSparse
  }

  /// The metrics' sums over this rank's share of the rows, then the confusion matrix's counts.
  ///
  /// Not collective: the ranks of `group` each take a part, and the results add up.
  /// `betweenBatches` is called after each of them.
  func sums(
    among group: borrowing Communicator, betweenBatches: () throws -> Void = {}
  ) throws -> [Double] {
    let share = Slice.deal(
      rowCount: reader.rows.count, blockRowCount: 1, workerCount: group.size)[group.rank]
    var metrics = self.metrics
    var confusion = self.confusion
    reader.start(positions: share.positions)
    var rest = share.count
    while rest > 0 {
      let count = min(batchSize, rest)
      let executor = try executor(for: count)
      let filled = try reader.next(
        into: executor.features, targets: executor.targets, count: count)
      precondition(filled == count, "\(filled) of \(count) rows")
      executor.forward()
      let targets = UnsafeBufferPointer(executor.targets)
      metrics.add(
        outputs: executor.outputs, targets: targets, rowCount: count, lossSum: executor.loss())
      confusion?.add(
        outputs: executor.outputs, targets: targets, rowCount: count, isSparse: isSparse)
      rest -= count
      try betweenBatches()
    }
    return metrics.sums + (confusion?.counts ?? [])
  }

  private func executor(for count: Int) throws -> Executor {
    if count == batchSize { return executor }
    if let remainder, remainder.batchSize == count { return remainder }
    let made = try Executor(sharing: executor, batchSize: count)
    remainder = made
    return made
  }
}
