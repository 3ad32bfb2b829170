public import Configuration

/// The loss and the metrics of a run over many batches: sums that are added up, within a rank and
/// across ranks, and become figures at the end.
///
/// Counts are whole numbers in double precision, so figures made of counts (accuracies, precision,
/// recall, F1, areas under curves) are equal to the bit however the rows are shared among ranks;
/// sums of losses and errors are equal to rounding.
public struct MetricSet: Sendable {
  private let metrics: [Metric]
  /// Where each metric's sums begin.
  private let offsets: [Int]
  private let loss: Loss
  /// The rows along the last axis in one sample's outputs; the numbers of a row that metrics look at,
  /// and the outputs: more where they are the parameters of a distribution.
  private let positionCount: Int, columnCount: Int, outputCount: Int
  /// Whether a metric looks at the means of a distribution, and memory for those of a batch.
  private let needsMeans: Bool
  private var means: [Float] = []
  /// The samples, the sum of the loss, then the sums of each metric.
  ///
  /// Two sets of the same kind merge by adding these element by element. A figure takes 2 doubles;
  /// precision, recall and F1 3 for each output of the last axis, as many and one r2_score; the
  /// areas under curves 2 x 65536, once for all areas of the same outputs.
  public var sums: [Double]

  /// Reads the job file's list of metrics; the loss is always counted.
  public init(
    _ values: [Value] = [], at keyPath: [String] = ["metrics"], loss: Loss, outputShape: [Int]
  ) throws(ConfigurationError) {
    do throws(NetworkError) { try loss.requireFit(outputShape: outputShape) } catch {
      throw ConfigurationError(error.description, at: keyPath.dropLast() + ["loss"])
    }
    outputCount = outputShape.last ?? 1
    let columns = loss.hidesMean ? loss.targetColumns(outputCount) : outputCount
    let outputShape: [Int] = outputShape.dropLast() + [columns]
    var metrics: [Metric] = []
    var offsets: [Int] = []
    var count = 2
    for value in values {
      if value == "loss" { continue }
      let metric = try Metric(value, at: keyPath, loss: loss, outputShape: outputShape)
      guard metric.name != "loss", !metrics.contains(where: { $0.name == metric.name }) else {
        throw ConfigurationError(
          "the metric '\(metric.name)' stands twice: give one of them another name", at: keyPath,
          origin: value.origin)
      }
      if let twin = metrics.firstIndex(where: { $0.sharesSums(with: metric) }) {
        offsets.append(offsets[twin])
      } else {
        offsets.append(count)
        count += metric.sumCount(columns: columns)
      }
      metrics.append(metric)
    }
    self.metrics = metrics
    needsMeans = loss.hidesMean && metrics.contains { !$0.readsParameters }
    self.offsets = offsets
    self.loss = loss
    columnCount = columns
    positionCount = outputShape.dropLast().reduce(1, *)
    sums = [Double](repeating: 0, count: count)
  }

  /// The names of the results, the loss first.
  public var names: [String] { ["loss"] + metrics.map(\.name) }

  /// What the metric called `name` is, as a job file says it; nil for other names.
  func kindName(of name: String) -> String? { metrics.first { $0.name == name }?.kindName }

  /// The metrics as a job file lists them.
  public var value: Value { Value(.list(metrics.map(\.value))) }

  /// Forgets everything that was added.
  public mutating func reset() {
    for i in sums.indices { sums[i] = 0 }
  }

  /// Adds `rowCount` samples.
  ///
  /// Allocates nothing.
  ///
  /// - Parameters:
  ///   - outputs: the network's outputs, sample by sample.
  ///   - targets: the targets, sample by sample.
  ///   - rowCount: how many samples of them count, from the first.
  ///   - lossSum: the sum of the loss over the samples.
  ///   - weights: one weight for each sample, or for each vector along the last axis; their number
  ///     says which. Every metric then is Keras' weighted metric: weighted sums over the sum of the
  ///     weights. The loss is `lossSum` over the samples all the same.
  public mutating func add(
    outputs: UnsafeBufferPointer<Float>, targets: UnsafeBufferPointer<Float>, rowCount: Int,
    lossSum: Double, weights: UnsafeBufferPointer<Float>? = nil
  ) {
    guard let outputs = outputs.baseAddress, let targets = targets.baseAddress, rowCount > 0
    else { return }
    let raw = LossOperands(
      rows: rowCount * positionCount, columns: outputCount, values: outputs, targets: targets
    ).weighed(by: weights)
    guard needsMeans, let distribution = loss.distribution else {
      add(
        MetricBatch(operands: raw, raw: raw, isSparse: loss.isSparse, scores: .init(loss)),
        rowCount, lossSum)
      return
    }
    // Grows with the first batch; the largest comes first.
    var means = self.means
    self.means = []
    if means.count < raw.rows * columnCount {
      means = [Float](repeating: 0, count: raw.rows * columnCount)
    }
    means.withUnsafeMutableBufferPointer { buffer in
      guard let start = buffer.baseAddress else { return }
      for row in 0..<raw.rows {
        distribution.mean(
          outputs + row * outputCount, columns: outputCount, into: start + row * columnCount)
      }
      let operands = LossOperands(
        rows: raw.rows, columns: columnCount, values: start, targets: targets
      ).weighed(by: weights)
      add(
        MetricBatch(operands: operands, raw: raw, isSparse: false, scores: .probabilities),
        rowCount, lossSum)
    }
    self.means = means
  }

  private mutating func add(_ batch: MetricBatch, _ rowCount: Int, _ lossSum: Double) {
    sums.withUnsafeMutableBufferPointer { sums in
      guard let start = sums.baseAddress else { return }
      start[0] += Double(rowCount)
      start[1] += lossSum
      for index in 0..<metrics.count {
        let offset = offsets[index]
        // A metric that shares its sums with an earlier one finds them added.
        guard index == 0 || !offsets[..<index].contains(offset) else { continue }
        metrics[index].add(batch, to: start + offset)
      }
    }
  }

  /// Adds the rows that another set has counted.
  public mutating func merge(_ other: MetricSet) {
    precondition(sums.count == other.sums.count, "sets of different metrics")
    for i in sums.indices { sums[i] += other.sums[i] }
  }

  /// The figures over all samples, the loss first; not a number when nothing was added.
  public func results() -> [(name: String, value: Double)] {
    sums.withUnsafeBufferPointer { sums in
      guard let start = sums.baseAddress, start[0] > 0 else { return names.map { ($0, .nan) } }
      return [("loss", start[1] / start[0])]
        + metrics.indices.map { index in
          (metrics[index].name, metrics[index].result(start + offsets[index], columns: columnCount))
        }
    }
  }

  /// How far the area under a curve named `name` is at most from that of the exact scores; nil for
  /// other figures, whose sums are exact to rounding.
  public func errorBound(of name: String) -> Double? {
    guard let index = metrics.firstIndex(where: { $0.name == name }),
      case .area(let curve, _) = metrics[index].kind
    else { return nil }
    return sums.withUnsafeBufferPointer { sums in
      sums.baseAddress.map { ScoreHistogram($0 + offsets[index]).errorBound(curve) }
    }
  }
}
