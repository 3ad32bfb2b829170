public import Configuration

/// The stage `quantile_bins`: a number becomes the number of one of `count` bins, which have equally
/// many of the training rows each.
///
/// Bin b holds `edge[b] <= x < edge[b + 1]`, the first also all below and the last all above. A column
/// whose quantiles coincide has fewer bins. With `one_hot`, a row of `count` zeros with a one at place b;
/// places of bins that a column does not have stay 0. Quantiles come from a `QuantileSketch`.
/// - Source: scikit-learn's `KBinsDiscretizer(strategy="quantile", quantile_method="linear")`.
public struct QuantileBins: Estimator {
  /// The fitted stage.
  public typealias Fitted = QuantileBinning
  /// How many bins a column gets, at least 2.
  public let count: Int
  /// Whether a bin is a place of a one rather than a number.
  public let oneHot: Bool
  /// The sketch's parameter k; see `QuantileSketch`.
  public let sketch: Int

  /// Makes the stage.
  public init(
    count: Int = 5, oneHot: Bool = false, sketch: Int = QuantileSketch.usualParameter
  ) {
    precondition((2...BinEdges.largestCount).contains(count), "\(count) bins")
    self.count = count
    self.oneHot = oneHot
    self.sketch = sketch
  }

  /// Takes `count` (5 without), `one_hot` (false) and `sketch`.
  public init(options: inout Options) throws(ConfigurationError) {
    count = try options.int("count", default: 5, in: 2...BinEdges.largestCount)
    oneHot = try options.bool("one_hot", default: false)
    sketch = try QuantileSketch.parameter(&options)
  }

  /// `count`, `one_hot` and `sketch`.
  public var value: Value {
    ["count": Value(.int(count)), "one_hot": Value(.bool(oneHot)), "sketch": Value(.int(sketch))]
  }

  /// The sketches of no rows.
  public func statistics(for shape: [Int]) -> QuantileSketch? {
    QuantileSketch(width: shape.elementCount, parameter: sketch)
  }

  /// Each stays one, but for `one_hot`.
  public var keepsColumns: Bool { !oneHot }

  /// The same shape, or an axis of bins more.
  public func outputShape(for shape: [Int]) -> [Int]? {
    oneHot ? shape.appendingCategories(count) : shape
  }

  /// The edges of each column's bins.
  public func fitted(
    to statistics: QuantileSketch?, shape: [Int]
  ) throws(PipelineError) -> QuantileBinning {
    var columns: [[Double]] = []
    let shares = (0...count).map { Double($0) / Double(count) }
    for column in 0..<shape.elementCount {
      guard let found = statistics?.quantiles(shares, column: column) else {
        throw PipelineError("quantile_bins: there are no rows to learn from")
      }
      var edges: [Double] = []
      for edge in found where edges.last.map({ $0 < edge }) ?? true { edges.append(edge) }
      // The outer ones are open.
      columns.append(Array(edges.dropFirst().dropLast()))
    }
    return QuantileBinning(columns: columns, placeCount: oneHot ? count : nil, shape: shape)
  }
}
