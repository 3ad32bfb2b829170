public import Configuration

/// The stage `robust`: each column less its median, over the distance of two of its quantiles.
///
/// `y = (x - median) / (q_high - q_low)`, the quartiles unless told: numbers that outliers hardly
/// move. A column whose quantiles are equal is only centred. Quantiles come from a `QuantileSketch`.
/// - Source: scikit-learn's `RobustScaler`.
public struct Robust: Estimator, ColumnScalingKind {
  /// The fitted stage.
  public typealias Fitted = ColumnScaling<Robust>
  /// `robust`.
  public static let scalingName = "robust"
  /// The two quantiles, in 0...1, the smaller one first.
  public let quantiles: ClosedRange<Double>
  /// Whether the median is subtracted.
  public let centers: Bool
  /// Whether columns are divided by the quantiles' distance.
  public let scales: Bool
  /// The sketch's parameter k; see `QuantileSketch`.
  public let sketch: Int

  /// Makes the stage.
  public init(
    quantiles: ClosedRange<Double> = 0.25...0.75, centers: Bool = true, scales: Bool = true,
    sketch: Int = QuantileSketch.usualParameter
  ) {
    self.quantiles = quantiles
    self.centers = centers
    self.scales = scales
    self.sketch = sketch
  }

  /// Takes `quantiles` (`[0.25, 0.75]` without), `center` and `scale` (true), and `sketch`.
  public init(options: inout Options) throws(ConfigurationError) {
    let quantiles = try options.numbers("quantiles") ?? [0.25, 0.75]
    guard quantiles.count == 2, quantiles[0] >= 0, quantiles[0] < quantiles[1], quantiles[1] <= 1
    else {
      throw options.error(
        "two numbers from 0 to 1, the smaller one first, as in [0.25, 0.75], found \(quantiles)",
        "quantiles")
    }
    self.quantiles = quantiles[0]...quantiles[1]
    centers = try options.bool("center", default: true)
    scales = try options.bool("scale", default: true)
    sketch = try QuantileSketch.parameter(&options)
    guard centers || scales else {
      throw options.error("without center and scale the stage does nothing: leave it out", "scale")
    }
  }

  /// `quantiles`, `center`, `scale` and `sketch`.
  public var value: Value {
    [
      "quantiles": .numbers([quantiles.lowerBound, quantiles.upperBound]),
      "center": Value(.bool(centers)), "scale": Value(.bool(scales)), "sketch": Value(.int(sketch)),
    ]
  }

  /// The sketches of no rows.
  public func statistics(for shape: [Int]) -> QuantileSketch? {
    QuantileSketch(width: shape.elementCount, parameter: sketch)
  }

  /// Factor and summand of each column.
  public func fitted(
    to statistics: QuantileSketch?, shape: [Int]
  ) throws(PipelineError) -> Fitted {
    var (scale, offset) = ([Double](), [Double]())
    for column in 0..<shape.elementCount {
      guard
        let found = statistics?.quantiles(
          [quantiles.lowerBound, 0.5, quantiles.upperBound], column: column)
      else { throw PipelineError("robust: there are no rows to learn from") }
      let distance = found[2] - found[0]
      scale.append(scales && distance > 0 ? 1 / distance : 1)
      offset.append(centers ? -found[1] * scale[column] : 0)
    }
    return Fitted(scale: scale, offset: offset, shape: shape)
  }
}
