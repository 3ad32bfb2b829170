private import CKernels
private import Glibc

extension OutputDistribution {
  /// The weighted sum of the rows' negative log-likelihoods, and its gradient times `scale`.
  ///
  /// Allocates nothing.
  func sum(
    _ operands: LossOperands, scale: Float, gradient: UnsafeMutablePointer<Float>?
  ) -> Double {
    let rows = operands.rows, columns = operands.columns
    let x = operands.values, y = operands.targets
    let w = ck_weights(w: operands.weights, spread: operands.weightSpread)
    let targets = targetCount(outputs: columns) ?? 0
    switch self {
    case .normal: return ck_normal_likelihood(rows, targets, x, y, w, scale, gradient)
    case .poisson: return ck_poisson_likelihood(rows, columns, x, y, w, scale, gradient)
    case .mixture(let components):
      return ck_mixture_likelihood(rows, components, targets, x, y, w, scale, gradient)
    case .bernoulli:
      // The cross-entropy is the mean over the columns, the likelihood their sum.
      let sum = ck_sigmoid_cross_entropy(
        Self.plain, rows, columns, x, y, w, scale * Float(columns), nil, gradient)
      return sum * Double(columns)
    case .categorical:
      return ck_softmax_cross_entropy_sparse(
        Self.plain, rows, columns, x, y, w, scale, nil, gradient)
    }
  }

  private static var plain: ck_loss_options {
    ck_loss_options(delta: 1, smoothing: 0, alpha: 0, gamma: 0, balances: 0)
  }

  /// The mean of each target, given a row of `columns` outputs: `targetCount` numbers, or the
  /// probabilities of all classes.
  ///
  /// Allocates nothing.
  public func mean(
    _ outputs: UnsafePointer<Float>, columns: Int, into means: UnsafeMutablePointer<Float>
  ) {
    switch self {
    case .normal: means.update(from: outputs, count: columns / 2)
    case .bernoulli: for j in 0..<columns { means[j] = 1 / (1 + expf(-outputs[j])) }
    case .poisson: for j in 0..<columns { means[j] = expf(outputs[j]) }
    case .categorical: Self.softmax(outputs, columns, means)
    case .mixture(let components):
      let targets = targetCount(outputs: columns) ?? 0
      means.update(repeating: 0, count: targets)
      let logSum = Self.logSum(outputs, components)
      for k in 0..<components {
        let share = expf(outputs[k] - logSum)
        let own = outputs + components + 2 * targets * k
        for j in 0..<targets { means[j] += share * own[j] }
      }
    }
  }

  private static func softmax(
    _ logits: UnsafePointer<Float>, _ count: Int, _ result: UnsafeMutablePointer<Float>
  ) {
    let logSum = logSum(logits, count)
    for k in 0..<count { result[k] = expf(logits[k] - logSum) }
  }

  /// The logarithm of the sum of exp of the logits.
  static func logSum(_ logits: UnsafePointer<Float>, _ count: Int) -> Float {
    var most = logits[0]
    for k in 1..<max(1, count) where logits[k] > most { most = logits[k] }
    var sum: Float = 0
    for k in 0..<count { sum += expf(logits[k] - most) }
    return most + logf(sum)
  }

  /// What softplus makes of a raw scale.
  static func scale(_ raw: Float) -> Double {
    let raw = Double(raw)
    return max(raw, 0) + log1p(exp(-abs(raw))) + leastScale
  }
}
