private import Glibc

/// How the classes of an output are told apart, over many batches: counts and cross-entropies that merge by addition.
///
/// A row is one vector along the output's last axis: of an output with a time axis each step is one.
public struct ClassCounts: Sendable {
  /// What an output says of a row.
  public enum Kind: Sendable, Equatable {
    /// Which of so many classes it is of: the one with the largest output.
    case classes(Int)
    /// A yes or no: class 1 where its probability is above 1/2, else class 0.
    case yesOrNo
    /// Which of so many labels it has, each a yes or no.
    case labels(Int)
  }

  /// What the output says.
  public let kind: Kind
  private let isSparse: Bool
  private let scores: MetricBatch.Scores
  /// The rows along the last axis in one sample, and the outputs of each.
  private let positionCount: Int, columnCount: Int
  /// Counts, then the summed cross-entropies.
  ///
  /// Of classes a count for each true and predicted one, as in `ConfusionMatrix`, and the cross-entropy of the rows of
  /// each; of labels 2 x 2 counts for each, no before yes, and the cross-entropy of each over all rows.
  public var sums: [Double]

  /// What an output of the shape `outputShape` says of a row; nil where its loss tells no classes apart.
  public static func kind(_ loss: Loss, outputShape: [Int]) -> Kind? {
    let columns = outputShape.last ?? 1
    if loss.isCategorical { return columns > 1 ? .classes(columns) : nil }
    guard loss.isBinary else { return nil }
    return columns == 1 ? .yesOrNo : .labels(columns)
  }

  /// Begins to count; nil where the loss tells no classes apart.
  public init?(_ loss: Loss, outputShape: [Int]) {
    guard let kind = Self.kind(loss, outputShape: outputShape) else { return nil }
    self.kind = kind
    isSparse = loss.isSparse
    scores = loss.distribution == .bernoulli ? .sigmoid : .init(loss)
    positionCount = outputShape.dropLast().reduce(1, *)
    columnCount = outputShape.last ?? 1
    sums = [Double](repeating: 0, count: Self.countOf(kind) + Self.entropiesOf(kind))
  }

  private static func countOf(_ kind: Kind) -> Int {
    switch kind {
    case .classes(let count): count * count
    case .yesOrNo: 4
    case .labels(let count): 4 * count
    }
  }

  private static func entropiesOf(_ kind: Kind) -> Int {
    switch kind {
    case .classes(let count), .labels(let count): count
    case .yesOrNo: 2
    }
  }

  /// Rows by true and predicted class; nil for labels.
  public var confusion: ConfusionMatrix? {
    if case .labels = kind { return nil }
    return matrix(0, classCount: Self.entropiesOf(kind))
  }

  /// For each label the rows without and with it, by what was predicted; empty for classes.
  public var labels: [ConfusionMatrix] {
    guard case .labels(let count) = kind else { return [] }
    return (0..<count).map { matrix(4 * $0, classCount: 2) }
  }

  private func matrix(_ start: Int, classCount: Int) -> ConfusionMatrix {
    var matrix = ConfusionMatrix(classCount: classCount)
    matrix.counts = Array(sums[start..<start + classCount * classCount])
    return matrix
  }

  /// The mean cross-entropy -ln p of the rows of each class, p being the probability that it was given, or of each
  /// label over all rows; not a number where there are none.
  ///
  /// Probabilities count as at least 1e-7, as Keras has it.
  public var crossEntropies: [Double] {
    let start = Self.countOf(kind)
    return (0..<Self.entropiesOf(kind)).map { index in
      let rows: ArraySlice<Double>
      if case .labels = kind {
        rows = sums[4 * index..<4 * index + 4]
      } else {
        let count = Self.entropiesOf(kind)
        rows = sums[index * count..<(index + 1) * count]
      }
      return sums[start + index] / rows.reduce(0, +)
    }
  }

  /// Adds the batch that `executor` has just computed, of its output number `index`.
  public mutating func add(_ executor: Executor, output index: Int) {
    guard executor.network.outputs.count > 1 else {
      add(
        outputs: executor.outputs, targets: UnsafeBufferPointer(executor.targets),
        rowCount: executor.batchSize)
      return
    }
    add(
      outputs: executor.outputs(of: index), targets: executor.targets(of: index),
      rowCount: executor.batchSize)
  }

  /// Adds `rowCount` samples of outputs with their targets, as the loss has them.
  ///
  /// Samples are not weighted. Rows whose target is no class are not counted. Allocates nothing.
  public mutating func add(
    outputs: UnsafeBufferPointer<Float>, targets: UnsafeBufferPointer<Float>, rowCount: Int
  ) {
    guard let outputs = outputs.baseAddress, let targets = targets.baseAddress else { return }
    let operands = LossOperands(
      rows: rowCount * positionCount, columns: columnCount, values: outputs, targets: targets)
    let batch = MetricBatch(operands: operands, raw: operands, isSparse: isSparse, scores: scores)
    let start = Self.countOf(kind)
    if case .classes(let count) = kind {
      for row in 0..<batch.rows {
        guard let label = batch.label(row) else { continue }
        sums[label * count + ConfusionMatrix.largest(batch.outputs(row), count)] += 1
        sums[start + label] += Self.entropy(
          batch.probability(row, label, batch.normalizer(row)))
      }
      return
    }
    // Of a logit, the sign tells more than its rounded probability.
    var threshold: Float = 0.5
    if case .sigmoid = scores { threshold = 0 }
    let isOneLabel = kind == .yesOrNo
    for row in 0..<batch.rows {
      for j in 0..<columnCount {
        let (truth, answer) = (batch.isPositive(row, j), batch.outputs(row)[j] > threshold)
        sums[4 * j + (truth ? 2 : 0) + (answer ? 1 : 0)] += 1
        let p = batch.probability(row, j, 0)
        sums[start + (isOneLabel ? (truth ? 1 : 0) : j)] += Self.entropy(truth ? p : 1 - p)
      }
    }
  }

  /// -ln of a probability; not a number stays so.
  private static func entropy(_ p: Float) -> Double {
    p < 1e-7 ? -log(1e-7) : -log(min(Double(p), 1))
  }
}
