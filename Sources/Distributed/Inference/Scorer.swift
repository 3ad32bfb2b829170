internal import NN
internal import Pipeline

/// Measures a network on rows that it is not trained on, each rank its share.
///
/// Planned once; scoring reads the parameters that are there at that moment.
final class Scorer {
  private let executor: Executor
  private var remainder: Executor?
  private let reader: BatchReader
  private let metrics: FigureSet
  private let confusion: ConfusionMatrix?
  /// The output above which a network with one yes or no says yes; nil for others.
  private let threshold: Float?
  private let batchSize: Int
  private let isSparse: Bool
  private let weights: RowWeights?

  init(
    network: Network, parameters: UnsafeMutablePointer<Float>, training: TrainingConfiguration,
    metrics: FigureSet, source: DataSource, rows: RowSet, pipeline: FittedPipeline, batchSize: Int,
    memoryByteCount: Int, confusion: ConfusionMatrix? = nil, threshold: Float? = nil
  ) throws {
    self.threshold = threshold
    let losses = try training.losses(for: network)
    executor = try Executor(
      network, batchSize: batchSize, losses: losses,
      lossWeights: training.lossWeights(for: network), parameters: parameters, gradient: nil)
    reader = try BatchReader(
      source.opener, rows: rows, pipeline: pipeline,
      classCount: TrainingData.classCount(network: network, losses: losses),
      labels: TrainingData.labels(network: network, losses: losses),
      memoryByteCount: memoryByteCount, batchRowCount: batchSize)
    weights = RowWeights(reader.layout, batchSize: batchSize)
    self.metrics = metrics
    self.confusion = confusion
    self.batchSize = batchSize
    isSparse = losses.count == 1 && losses[0].isSparse
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
        into: executor.features, targets: executor.targets, weights: weights?.memory, count: count)
      precondition(filled == count, "\(filled) of \(count) rows")
      executor.sampleWeights = weights?.first(count)
      executor.forward()
      metrics.add(executor, lossSum: executor.loss())
      if let threshold {
        for row in 0..<count {
          let (truth, answer) = (executor.targets[row] > 0.5, executor.outputs[row] > threshold)
          confusion?.counts[(truth ? 2 : 0) + (answer ? 1 : 0)] += 1
        }
      } else {
        confusion?.add(
          outputs: executor.outputs, targets: UnsafeBufferPointer(executor.targets),
          rowCount: count, isSparse: isSparse)
      }
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
