public import Configuration

/// The loss and the metrics of a run over many batches: sums that are added up, within a rank and
/// across ranks, and divided at the end.
public struct MetricSet: Sendable {
  private let metrics: [Metric]
  private let loss: Loss
  /// The floats of one row's outputs, and those of its last axis.
  private let outputCount: Int, classCount: Int
  /// The rows, the sum of the loss, then the sum of each metric.
  ///
  /// Two sets of the same kind merge by adding these element by element.
  public var sums: [Double]

  /// Reads the job file's list of metrics; the loss is always counted.
  public init(
    _ values: [Value] = [], at keyPath: [String] = ["metrics"], loss: Loss, outputShape: [Int]
  ) throws(ConfigurationError) {
    var metrics: [Metric] = []
    for value in values {
      if value == "loss" { continue }
      let metric = try Metric(value, at: keyPath, loss: loss, outputShape: outputShape)
      guard !metrics.contains(where: { $0.name == metric.name }) else {
        throw ConfigurationError(
          "the metric '\(metric.name)' stands twice", at: keyPath, origin: value.origin)
      }
      metrics.append(metric)
    }
    self.metrics = metrics
    self.loss = loss
    outputCount = outputShape.reduce(1, *)
    classCount = outputShape.last ?? 1
    sums = [Double](repeating: 0, count: 2 + metrics.count)
  }

  /// The names of the results, the loss first.
  public var names: [String] { ["loss"] + metrics.map(\.name) }

  /// The metrics as a job file lists them.
  public var value: Value { Value(.list(metrics.map(\.value))) }

  /// Forgets everything that was added.
  public mutating func reset() {
    for i in sums.indices { sums[i] = 0 }
  }

  /// Adds `rowCount` rows.
  ///
  /// Allocates nothing.
  ///
  /// - Parameters:
  ///   - outputs: the network's outputs, row by row.
  ///   - targets: the targets, row by row.
  ///   - rowCount: how many rows of them count, from the first.
  ///   - lossSum: the sum of the loss over the rows.
  public mutating func add(
    outputs: UnsafeBufferPointer<Float>, targets: UnsafeBufferPointer<Float>, rowCount: Int,
    lossSum: Double
  ) {
    guard let outputs = outputs.baseAddress, let targets = targets.baseAddress, rowCount > 0
    else { return }
    sums[0] += Double(rowCount)
    sums[1] += lossSum
    for index in 0..<metrics.count {
      sums[2 + index] += sum(metrics[index], outputs, targets, rowCount)
    }
  }

  /// Adds the rows that another set has counted.
  public mutating func merge(_ other: MetricSet) {
    precondition(sums.count == other.sums.count, "sets of different metrics")
    for i in sums.indices { sums[i] += other.sums[i] }
  }

  /// The means over all rows, the loss first; not a number when nothing was added.
  public func results() -> [(name: String, value: Double)] {
    zip(names, sums.dropFirst()).map { ($0, $1 / sums[0]) }
  }

  private func sum(
    _ metric: Metric, _ outputs: UnsafePointer<Float>, _ targets: UnsafePointer<Float>,
    _ rowCount: Int
  ) -> Double {
    let classes = classCount
    let positions = outputCount / classes
    switch metric {
    case .accuracy:
      if !loss.isCategorical && (loss.function == .binaryCrossentropy || classes == 1) {
        return binaryHits(outputs, targets, rowCount * outputCount) / Double(outputCount)
      }
      return hits(1, outputs, targets, rowCount * positions, classes) / Double(positions)
    case .topK(let k):
      return hits(k, outputs, targets, rowCount * positions, classes) / Double(positions)
    case .meanSquaredError, .meanAbsoluteError:
      var sum = 0.0
      for i in 0..<rowCount * outputCount {
        let error = Double(outputs[i] - targets[i])
        sum += metric == .meanSquaredError ? error * error : abs(error)
      }
      return sum / Double(outputCount)
    }
  }

  /// How many rows have their class among the k largest outputs.
  ///
  /// Among equal outputs the first wins, as in Keras.
  private func hits(
    _ k: Int, _ outputs: UnsafePointer<Float>, _ targets: UnsafePointer<Float>, _ rows: Int,
    _ classes: Int
  ) -> Double {
    var count = 0
    for row in 0..<rows {
      let p = outputs + row * classes
      let label =
        loss.isSparse
        ? Int(exactly: targets[row]) ?? -1
        : ConfusionMatrix.largest(targets + row * classes, classes)
      guard label >= 0, label < classes, p[label] == p[label] else { continue }
      var before = 0
      for j in 0..<classes where p[j] > p[label] || (p[j] == p[label] && j < label) { before += 1 }
      if before < k { count += 1 }
    }
    return Double(count)
  }

  private func binaryHits(
    _ outputs: UnsafePointer<Float>, _ targets: UnsafePointer<Float>, _ count: Int
  ) -> Double {
    var hits = 0
    for i in 0..<count where (outputs[i] > 0.5) == (targets[i] > 0.5) && outputs[i] == outputs[i] {
      hits += 1
    }
    return Double(hits)
  }
}
