public import Configuration

/// The stage `min_max`: each column is stretched so that it fills a range, 0 to 1 unless told.
///
/// `y = low + (x - min) * (high - low) / (max - min)` with the smallest and the largest number of the
/// column in the training rows; other rows may leave the range. A constant column becomes `low`.
/// - Source: scikit-learn's `MinMaxScaler`.
public struct MinMax: Estimator, ColumnScalingKind {
  /// The fitted stage.
  public typealias Fitted = ColumnScaling<MinMax>
  /// `min_max`.
  public static let scalingName = "min_max"
  /// What the training rows fill, the smaller number first.
  public let range: ClosedRange<Double>

  /// Makes the stage.
  public init(range: ClosedRange<Double> = 0...1) {
    precondition(range.lowerBound < range.upperBound)
    self.range = range
  }

  /// Takes `range`, two numbers, the smaller one first.
  public init(options: inout Options) throws(ConfigurationError) {
    let range = try options.numbers("range") ?? [0, 1]
    guard range.count == 2, range[0] < range[1] else {
      throw options.error(
        "a range is two numbers, the smaller one first, as in [0, 1], found \(range)", "range")
    }
    self.range = range[0]...range[1]
  }

  /// `range`.
  public var value: Value { ["range": .numbers([range.lowerBound, range.upperBound])] }

  /// Factor and summand of each column.
  public func fitted(
    to statistics: ColumnRanges?, shape: [Int]
  ) throws(PipelineError) -> Fitted {
    let found = try ColumnRanges.required(statistics, by: Self.name)
    let scale = zip(found.low, found.high).map { low, high in
      (range.upperBound - range.lowerBound) / (high > low ? high - low : 1)
    }
    return Fitted(
      scale: scale, offset: zip(found.low, scale).map { range.lowerBound - $0 * $1 }, shape: shape)
  }
}
