public import Configuration

/// The stage `max_abs`: each column over its largest absolute value, so that zeros stay zeros.
///
/// `y = x / max |x|` over the training rows; a column of zeros stays.
/// - Source: scikit-learn's `MaxAbsScaler`.
public struct MaxAbs: Estimator, ColumnScalingKind {
  /// The fitted stage.
  public typealias Fitted = ColumnScaling<MaxAbs>
  /// `max_abs`.
  public static let scalingName = "max_abs"

  /// Makes the stage.
  public init() {}

  /// Takes no keys.
  public init(options: inout Options) {}

  /// No options.
  public var value: Value { Value(.map([])) }

  /// The factor of each column.
  public func fitted(
    to statistics: ColumnRanges?, shape: [Int]
  ) throws(PipelineError) -> Fitted {
    let found = try ColumnRanges.required(statistics, by: Self.name)
    let scale = zip(found.low, found.high).map { low, high in
      let largest = max(-low, high)
      return largest > 0 ? 1 / largest : 1
    }
    return Fitted(
      scale: scale, offset: [Double](repeating: 0, count: scale.count), shape: shape)
  }
}
