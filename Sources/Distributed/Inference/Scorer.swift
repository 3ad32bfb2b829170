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
  private let classes: [OutputClasses]
  private let batchSize: Int
  private let weights: RowWeights?

  init(
    network: Network, parameters: UnsafeMutablePointer<Float>, training: TrainingConfiguration,
    metrics: FigureSet, source: DataSource, rows: RowSet, pipeline: FittedPipeline, batchSize: Int,
    memoryByteCount: Int, classes: [OutputClasses] = []
  ) throws {
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
    self.classes = classes
    self.batchSize = batchSize
  }

  /// The metrics' sums over this rank's share of the rows, then what is counted of its classes.
  ///
  /// Not collective: the ranks of `group` each take a part, and the results add up.
  /// `betweenBatches` is called after each of them.
  func sums(
    among group: borrowing Communicator, betweenBatches: () throws -> Void = {}
  ) throws -> [Double] {
    let share = Slice.deal(
      rowCount: reader.rows.count, blockRowCount: 1, workerCount: group.size)[group.rank]
    var metrics = self.metrics
    var classes = self.classes
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
      for index in classes.indices {
        classes[index].counts.add(executor, output: classes[index].index)
      }
      rest -= count
      try betweenBatches()
    }
    return metrics.sums + classes.flatMap(\.counts.sums)
  }

  private func executor(for count: Int) throws -> Executor {
    if count == batchSize { return executor }
    if let remainder, remainder.batchSize == count { return remainder }
    let made = try Executor(sharing: executor, batchSize: count)
    remainder = made
    return made
  }
}
