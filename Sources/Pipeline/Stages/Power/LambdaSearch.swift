/// The search for the λ of one column at which its likelihood is greatest: one step for each pass.
///
/// Newton's method within bounds. The negative logarithm of the likelihood is convex in λ, so that the
/// sign of its slope says on which side the place is.
/// - Source: Kouider & Chen 1995 (Box-Cox) and Marchand et al. 2022, SecureFedYJ, theorem 1
///   (Yeo-Johnson) for the convexity.
struct LambdaSearch: Sendable {
  /// The λ of the present pass, and the result in the end.
  private(set) var lambda = 1.0
  /// Whether `lambda` is the result.
  private(set) var isDone = false
  /// The mean logarithm of the column, from the first pass on.
  private(set) var meanLogarithm = 0.0
  /// Whether all numbers of the column are equal, so that λ stays 1.
  private(set) var isConstant = false
  private var isLastPass = false
  private var low = -Double.infinity
  private var high = Double.infinity
  private var lastFinite: Double?
  private var lastStep = Double.infinity
  private var passCount = 0

  /// A relative error that is no more than the rounding of a likelihood's slope.
  private static let tolerance = 1e-10
  /// Passes after which a search ends that rounding does not let converge.
  private static let mostPasses = 40

  /// Takes what the first pass says beside the slopes.
  mutating func begin(meanLogarithm: Double, isConstant: Bool) {
    guard passCount == 0 else { return }
    self.meanLogarithm = meanLogarithm
    self.isConstant = isConstant
    isDone = isConstant
  }

  /// Takes one step with the slopes of a pass at `lambda`.
  mutating func step(first: Double, second: Double) {
    guard !isDone else { return }
    passCount += 1
    guard first.isFinite, second.isFinite, !isLastPass else { return retreat() }
    lastFinite = lambda
    if first > 0 { high = min(high, lambda) } else { low = max(low, lambda) }
    let size = max(1, abs(lambda))
    // Far from the place, the second derivative says little.
    let newton = second > 0 ? -first / second : first > 0 ? -size : size
    let step = min(max(newton, -2 * size), 2 * size)
    let isRounding = abs(step) < 1e-6 * size && abs(step) > abs(lastStep) / 2
    if first == 0 || abs(step) <= Self.tolerance * size || isRounding
      || passCount == Self.mostPasses
    {
      isDone = true
      return
    }
    lastStep = step
    let next = lambda + step
    lambda = next > low && next < high ? next : (low + high) / 2
  }

  /// Goes halfway back to where powers did not overflow, in the end all the way.
  private mutating func retreat() {
    guard !isLastPass, let lastFinite else {
      isDone = true
      return
    }
    if lambda > lastFinite { high = min(high, lambda) } else { low = max(low, lambda) }
    isLastPass =
      abs(lambda - lastFinite) < 1e-3 * max(1, abs(lastFinite)) || passCount >= Self.mostPasses
    lambda = isLastPass ? lastFinite : (lambda + lastFinite) / 2
  }
}
