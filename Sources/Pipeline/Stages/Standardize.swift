public import Configuration

/// The stage `standardize`: each column gets mean 0 and variance 1.
///
/// `y = (x - mean) / scale` where `scale` is the standard deviation over all rows (divided by the
/// count, not by the count less one). A constant column gets scale 1, and so becomes 0.
/// - Source: scikit-learn's `StandardScaler`, its rule for constant columns included.
public struct Standardize: Estimator {
  /// Makes the stage.
  public init() {}

  /// Takes no keys.
  public init(options: inout Options) {}

  /// No options.
  public var value: Value { Value(.map([])) }

  /// The moments of no rows.
  public func statistics(for shape: [Int]) -> Moments? { Moments(width: shape.elementCount) }

  /// Each stays one.
  public var keepsColumns: Bool { true }

  /// The same shape.
  public func outputShape(for shape: [Int]) -> [Int]? { shape }

  /// Mean and scale of each column.
  public func fitted(
    to statistics: Moments?, shape: [Int]
  ) throws(PipelineError) -> Standardization {
    guard let moments = statistics, moments.count > 0 else {
      throw PipelineError("standardize: there are no rows to learn from")
    }
    let count = moments.count
    let scale = zip(moments.mean, moments.squares).map { mean, squares in
      let variance = squares / count
      return Self.isConstant(mean: mean, variance: variance, count: count)
        ? 1 : variance.squareRoot()
    }
    return Standardization(
      mean: Array(moments.mean), scale: scale, rowCount: Int(count), shape: shape)
  }

  /// Whether a variance is what rounding alone can make of a constant column.
  static func isConstant(mean: Double, variance: Double, count: Double) -> Bool {
    let epsilon = Double.ulpOfOne
    return variance
      <= count * epsilon * variance + (count * mean * epsilon) * (count * mean * epsilon)
  }
}
