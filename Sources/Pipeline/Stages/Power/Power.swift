public import Configuration

/// The stage `power`: each column is bent until it looks as normal as a power lets it.
///
/// The λ of each column is the one at which the likelihood of a normal distribution is greatest; with
/// `standardize`, mean 0 and variance 1 follow. A constant column keeps λ = 1. Finding λ takes one pass
/// over the rows for each step of Newton's method, five to ten in most cases.
/// - Source: scikit-learn's `PowerTransformer`; the functions are in `PowerMethod`.
public struct Power: Estimator {
  /// The fitted stage.
  public typealias Fitted = PowerTransformation
  /// The family of functions.
  public let method: PowerMethod
  /// Whether mean 0 and variance 1 follow.
  public let standardizes: Bool

  /// Makes the stage.
  public init(_ method: PowerMethod = .yeoJohnson, standardizes: Bool = true) {
    self.method = method
    self.standardizes = standardizes
  }

  /// Takes `method` (`yeo_johnson` without, or `box_cox`) and `standardize` (true).
  public init(options: inout Options) throws(ConfigurationError) {
    let name = try options.choice(
      "method", among: PowerMethod.allCases.map(\.rawValue),
      default: PowerMethod.yeoJohnson.rawValue)
    method = PowerMethod(rawValue: name) ?? .yeoJohnson
    standardizes = try options.bool("standardize", default: true)
  }

  /// `method` and `standardize`.
  public var value: Value {
    [
      "method": Value(.string(method.rawValue)), "standardize": Value(.bool(standardizes)),
    ]
  }

  /// The statistics of no rows, for λ = 1 in all columns.
  public func statistics(for shape: [Int]) -> PowerStatistics? {
    PowerStatistics(
      method, searches: [LambdaSearch](repeating: LambdaSearch(), count: shape.elementCount))
  }

  /// The statistics of another pass with the next λ, until all columns have theirs.
  public func statistics(
    after statistics: PowerStatistics, shape: [Int]
  ) throws(PipelineError) -> PowerStatistics? {
    guard statistics.count > 0 else {
      throw PipelineError("power: there are no rows to learn from")
    }
    let next = PowerStatistics(method, searches: try searches(after: statistics))
    return next.searches.allSatisfy(\.isDone) ? nil : next
  }

  /// One step of each column's search.
  private func searches(
    after statistics: PowerStatistics
  ) throws(PipelineError) -> [LambdaSearch] {
    var searches = statistics.searches
    for column in searches.indices {
      if method == .boxCox, statistics.least(column: column) <= 0 {
        throw PipelineError(
          "power: box_cox needs numbers above 0, and column \(column) has "
            + "\(statistics.least(column: column)): use 'method: yeo_johnson'")
      }
      let moments = statistics.moments(column: column)
      searches[column].begin(
        meanLogarithm: statistics.meanLogarithm(column: column),
        isConstant: Standardize.isConstant(
          mean: moments.mean, variance: moments.deviation * moments.deviation,
          count: statistics.count))
      let slopes = statistics.slopes(column: column)
      searches[column].step(first: slopes.first, second: slopes.second)
    }
    return searches
  }

  /// Each stays one.
  public var keepsColumns: Bool { true }

  /// The same shape.
  public func outputShape(for shape: [Int]) -> [Int]? { shape }

  /// λ, mean and scale of each column.
  public func fitted(
    to statistics: PowerStatistics?, shape: [Int]
  ) throws(PipelineError) -> PowerTransformation {
    guard let statistics, statistics.count > 0 else {
      throw PipelineError("power: there are no rows to learn from")
    }
    let searches = try searches(after: statistics)
    var (mean, scale) = ([Double](), [Double]())
    for column in searches.indices {
      let moments = statistics.moments(column: column)
      let isConstant = searches[column].isConstant
      mean.append(standardizes ? moments.mean : 0)
      scale.append(standardizes && !isConstant ? moments.deviation : 1)
    }
    guard (mean + scale).allSatisfy(\.isFinite), scale.allSatisfy({ $0 > 0 }) else {
      throw PipelineError(
        "power: the powers of a column overflow: put 'standardize' or 'robust' before the stage")
    }
    return PowerTransformation(
      method, lambda: searches.map(\.lambda), mean: mean, scale: scale, shape: shape)
  }
}
