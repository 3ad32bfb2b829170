public import Configuration

/// The stage `impute`: numbers take the place of missing values, which are NaN.
///
/// The number is the column's mean, median or most frequent number among those that are there, or one
/// that is given. With `flag`, a row is followed by as many numbers more, 1 where a value was missing
/// and 0 elsewhere: for every column, so that the count does not hang on the data.
/// A job whose features begin with this stage (or with `scale`, `clip` and `log` before it) may have NaN
/// in its features; otherwise rows with NaN are refused. Infinite values always are.
/// - Source: scikit-learn's `SimpleImputer` and `MissingIndicator(features="all")`.
public struct Impute: Estimator {
  /// Where the numbers come from.
  public enum Strategy: Sendable, Equatable {
    /// The mean of the column.
    case mean
    /// The median of the column, from a `QuantileSketch` of this parameter.
    case median(sketch: Int = QuantileSketch.usualParameter)
    /// The most frequent number of the column, the smallest of several; see `FrequencyCounts`.
    case mostFrequent
    /// This number, in every column.
    case constant(Double)
  }

  /// The fitted stage.
  public typealias Fitted = Imputation
  /// Where the numbers come from.
  public let strategy: Strategy
  /// Whether columns of flags follow.
  public let flags: Bool

  /// Makes the stage.
  public init(_ strategy: Strategy = .mean, flags: Bool = false) {
    self.strategy = strategy
    self.flags = flags
  }

  /// Takes `strategy` (`mean` without), `value` for `constant` (0), `sketch` for `median`, and `flag`.
  public init(options: inout Options) throws(ConfigurationError) {
    let name = try options.choice(
      "strategy", among: ["mean", "median", "most_frequent", "constant"], default: "mean")
    switch name {
    case "median": strategy = .median(sketch: try QuantileSketch.parameter(&options))
    case "most_frequent": strategy = .mostFrequent
    case "constant": strategy = .constant(try options.number("value", default: 0))
    default: strategy = .mean
    }
    if name != "constant", options.contains("value") {
      throw options.error("only the strategy 'constant' takes a value, not '\(name)'", "value")
    }
    if name != "median", options.contains("sketch") {
      throw options.error("only the strategy 'median' takes a sketch, not '\(name)'", "sketch")
    }
    flags = try options.bool("flag", default: false)
  }

  /// `strategy`, what it takes, and `flag`.
  public var value: Value {
    switch strategy {
    case .mean: ["strategy": "mean", "flag": Value(.bool(flags))]
    case .median(let sketch):
      ["strategy": "median", "sketch": Value(.int(sketch)), "flag": Value(.bool(flags))]
    case .mostFrequent: ["strategy": "most_frequent", "flag": Value(.bool(flags))]
    case .constant(let number):
      ["strategy": "constant", "value": Value(.number(number)), "flag": Value(.bool(flags))]
    }
  }

  /// What the strategy asks for.
  public func statistics(for shape: [Int]) -> ImputeStatistics? {
    switch strategy {
    case .mean: .means(KnownMeans(width: shape.elementCount))
    case .median(let sketch):
      .quantiles(QuantileSketch(width: shape.elementCount, parameter: sketch))
    case .mostFrequent: .frequencies(FrequencyCounts(width: shape.elementCount))
    case .constant: nil
    }
  }

  /// Each stays one, but for flags.
  public var keepsColumns: Bool { !flags }

  /// The same shape; twice as many numbers on one axis with flags.
  public func outputShape(for shape: [Int]) -> [Int]? {
    Imputation.outputShape(for: shape, flags: flags)
  }

  /// The number of each column.
  public func fitted(
    to statistics: ImputeStatistics?, shape: [Int]
  ) throws(PipelineError) -> Imputation {
    var fill: [Double] = []
    for column in 0..<shape.elementCount {
      if case .constant(let number) = strategy {
        fill.append(number)
      } else if let number = statistics?.fill(column: column) {
        fill.append(number)
      } else {
        throw PipelineError(
          "impute: column \(column) has only missing values, or there are no rows: give a number with "
            + "'impute: {strategy: constant, value: 0}', or leave the column out")
      }
    }
    return Imputation(fill: fill, flags: flags, shape: shape)
  }
}
