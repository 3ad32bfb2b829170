private import CKernels

/// Where a loss finds its numbers: rows x columns outputs with their targets, the columns being the
/// last axis.
struct LossOperands {
  let rows: Int, columns: Int
  /// The outputs, or the logits.
  let values: UnsafePointer<Float>
  let targets: UnsafePointer<Float>
  /// One weight for every `weightSpread` rows; nil: each row weighs 1.
  var weights: UnsafePointer<Float>?
  var weightSpread = 1

  /// The same numbers with weights, whose count divides the rows.
  func weighed(by weights: UnsafeBufferPointer<Float>?) -> LossOperands {
    guard let weights, let start = weights.baseAddress else { return self }
    precondition(
      rows % weights.count == 0, "\(weights.count) sample weights for \(rows) rows of outputs")
    var copy = self
    copy.weights = start
    copy.weightSpread = rows / weights.count
    return copy
  }
}

extension Loss {
  /// The weighted sum of the rows' losses, from `values` as `fromLogits` says.
  ///
  /// Allocates nothing.
  ///
  /// - Parameters:
  ///   - operands: outputs, targets, weights.
  ///   - takenOver: whether `values` are logits though the network's outputs are probabilities.
  ///   - probabilities: where the cross-entropies from logits write them, if anywhere.
  ///   - gradient: rows x columns floats for the gradient, if it is wanted.
  ///   - scale: what the gradient is multiplied by.
  /// - Returns: the sum.
  func sum(
    _ operands: LossOperands, takenOver: Bool = false,
    probabilities: UnsafeMutablePointer<Float>? = nil,
    gradient: UnsafeMutablePointer<Float>? = nil, scale: Float = 1
  ) -> Double {
    let isLogits = fromLogits || takenOver
    let rows = operands.rows, columns = operands.columns
    let x = operands.values, y = operands.targets
    let w = ck_weights(w: operands.weights, spread: operands.weightSpread)
    let o = ck_loss_options(
      delta: Float(delta), smoothing: Float(labelSmoothing), alpha: Float(alpha),
      gamma: Float(gamma), balances: balancesClasses ? 1 : 0)
    switch function {
    case .sparseCategoricalCrossentropy:
      return isLogits
        ? ck_softmax_cross_entropy_sparse(
          o, rows, columns, x, y, w, scale, probabilities, gradient)
        : ck_cross_entropy_sparse(o, rows, columns, x, y, w, scale, gradient)
    case .categoricalCrossentropy:
      return isLogits
        ? ck_softmax_cross_entropy(o, rows, columns, x, y, w, scale, probabilities, gradient)
        : ck_cross_entropy(o, rows, columns, x, y, w, scale, gradient)
    case .binaryCrossentropy where isLogits:
      return ck_sigmoid_cross_entropy(o, rows, columns, x, y, w, scale, probabilities, gradient)
    case .categoricalFocalCrossentropy:
      return ck_categorical_focal(
        o, isLogits ? 1 : 0, rows, columns, x, y, w, scale, gradient)
    case .categoricalHinge:
      return ck_categorical_hinge(rows, columns, x, y, w, scale, gradient)
    case .cosineSimilarity: return ck_cosine(rows, columns, x, y, w, scale, gradient)
    case .negativeLogLikelihood:
      return (distribution ?? .normal).sum(operands, scale: scale, gradient: gradient)
    default:
      return ck_pointwise_loss(
        Int32(pointwiseCode.rawValue), o, rows, columns, x, y, w, scale, gradient)
    }
  }

  private var pointwiseCode: ck_pointwise {
    switch function {
    case .binaryCrossentropy: CK_LOSS_BINARY
    case .binaryFocalCrossentropy:
      fromLogits ? CK_LOSS_BINARY_FOCAL_LOGITS : CK_LOSS_BINARY_FOCAL
    case .meanSquaredError: CK_LOSS_SQUARED
    case .meanAbsoluteError: CK_LOSS_ABSOLUTE
    case .meanAbsolutePercentageError: CK_LOSS_PERCENTAGE
    case .meanSquaredLogarithmicError: CK_LOSS_LOG_SQUARED
    case .huber: CK_LOSS_HUBER
    case .logCosh: CK_LOSS_LOG_COSH
    case .hinge: CK_LOSS_HINGE
    case .squaredHinge: CK_LOSS_SQUARED_HINGE
    case .klDivergence: CK_LOSS_KL
    case .poisson: CK_LOSS_POISSON
    case .sparseCategoricalCrossentropy, .categoricalCrossentropy,
      .categoricalFocalCrossentropy, .categoricalHinge, .cosineSimilarity,
      .negativeLogLikelihood:
      preconditionFailure("\(function.rawValue) looks at whole rows")
    }
  }
}
