private import Glibc

/// Outputs with targets as metrics look at them: rows along the last axis.
struct MetricBatch {
  let operands: LossOperands
  /// The same with the outputs themselves where `operands` has the means of their distributions.
  let raw: LossOperands
  let isSparse: Bool
  /// How outputs become probabilities.
  let scores: Scores

  /// What the outputs are.
  enum Scores: Sendable {
    /// Probabilities, or what is treated as such.
    case probabilities
    /// Logits of the sigmoid of each.
    case sigmoid
    /// Logits of the softmax of each row.
    case softmax

    init(_ loss: Loss) {
      self = !loss.fromLogits ? .probabilities : (loss.isCategorical ? .softmax : .sigmoid)
    }
  }

  var rows: Int { operands.rows }
  var columns: Int { operands.columns }

  func weight(_ row: Int) -> Double {
    operands.weights.map { Double($0[row / operands.weightSpread]) } ?? 1
  }

  func outputs(_ row: Int) -> UnsafePointer<Float> { operands.values + row * columns }

  /// The row's true class; nil when its target is no class.
  func label(_ row: Int) -> Int? {
    guard isSparse else {
      return ConfusionMatrix.largest(operands.targets + row * columns, columns)
    }
    guard let label = Int(exactly: operands.targets[row]), label >= 0, label < columns
    else { return nil }
    return label
  }

  /// Whether output `j` of the row should be 1: its class is true, or its target above 1/2.
  func isPositive(_ row: Int, _ j: Int) -> Bool {
    isSparse ? operands.targets[row] == Float(j) : operands.targets[row * columns + j] > 0.5
  }

  /// Whether the row's target is one at all.
  func isCounted(_ row: Int) -> Bool { !isSparse || label(row) != nil }

  /// What `probability` needs to know about the row.
  func normalizer(_ row: Int) -> Float {
    guard case .softmax = scores else { return 0 }
    let z = outputs(row)
    let most = z[ConfusionMatrix.largest(z, columns)]
    var sum: Float = 0
    for j in 0..<columns { sum += expf(z[j] - most) }
    return most + logf(sum)
  }

  /// The probability that output `j` of the row states.
  func probability(_ row: Int, _ j: Int, _ normalizer: Float) -> Float {
    let value = outputs(row)[j]
    switch scores {
    case .probabilities: return value
    case .sigmoid: return 1 / (1 + expf(-value))
    case .softmax: return expf(value - normalizer)
    }
  }

  /// Whether output `j` is among the k largest of its row.
  ///
  /// Among equal outputs the first wins, as in Keras; a NaN never does.
  func isAmongLargest(_ row: Int, _ j: Int, _ k: Int) -> Bool {
    let p = outputs(row)
    guard p[j] == p[j] else { return false }
    var before = 0
    for i in 0..<columns where p[i] > p[j] || (p[i] == p[j] && i < j) { before += 1 }
    return before < k
  }
}
