public import Configuration
public import HDF5

/// The stage `bucketize`: a number becomes the number of the bucket that it lies in.
///
/// n splits make n + 1 buckets: bucket b holds `splits[b - 1] <= x < splits[b]`, the first all below,
/// the last all from the last split on. With `one_hot`, a row of zeros with a one at place b.
/// - Source: as NumPy's `digitize`; Spark's `Bucketizer` with infinite outer splits.
public struct Bucketize: Estimator, Transformer {
  /// `bucketize`.
  public static let name = "bucketize"
  /// The ascending splits, at least one.
  public let splits: [Double]
  /// Whether a bucket is a place of a one rather than a number.
  public let oneHot: Bool
  /// The shape of a row, with an axis of buckets more for `oneHot`.
  public let outputShape: [Int]
  private let edges: BinEdges
  private let width: Int

  /// Makes the stage; splits ascend.
  public init(splits: [Double], oneHot: Bool = false) {
    precondition(Self.areSplits(splits), "splits \(splits)")
    self.init(BinEdges([splits]), oneHot: oneHot, shape: [])
  }

  private init(_ edges: BinEdges, oneHot: Bool, shape: [Int]) {
    splits = edges.columns[0]
    self.edges = edges
    self.oneHot = oneHot
    width = shape.elementCount
    outputShape = oneHot ? shape.appendingCategories(edges.binCount) : shape
  }

  private static func areSplits(_ splits: [Double]) -> Bool {
    (1...BinEdges.largestCount).contains(splits.count) && splits.allSatisfy(\.isFinite)
      && zip(splits, splits.dropFirst()).allSatisfy { $0 < $1 }
  }

  /// Takes `splits`, a list of ascending numbers, and `one_hot` (false without).
  public init(options: inout Options) throws(ConfigurationError) {
    let splits = try options.numbers("splits") ?? []
    guard Self.areSplits(splits) else {
      throw options.error(
        "splits are 1 to \(BinEdges.largestCount) numbers, each above the one before, as in "
          + "[0, 10, 100]", "splits")
    }
    self.init(
      BinEdges([splits]), oneHot: try options.bool("one_hot", default: false), shape: [])
  }

  /// `splits` and `one_hot`.
  public var value: Value { ["splits": .numbers(splits), "one_hot": Value(.bool(oneHot))] }

  /// Nothing is learnt.
  public func statistics(for shape: [Int]) -> NoStatistics? { nil }

  /// The stage itself, for rows of `shape`.
  public func fitted(to statistics: NoStatistics?, shape: [Int]) -> Bucketize {
    Bucketize(edges, oneHot: oneHot, shape: shape)
  }

  /// Each stays one, but for `one_hot`.
  public var keepsColumns: Bool { !oneHot }

  /// The same shape, or an axis of buckets more.
  public func outputShape(for shape: [Int]) -> [Int]? {
    oneHot ? shape.appendingCategories(splits.count + 1) : shape
  }

  /// None.
  public var affine: Affine? { nil }

  /// Writes the buckets of numbers.
  public func transform(
    _ rows: UnsafePointer<Float>, rowCount: Int, into output: UnsafeMutablePointer<Float>
  ) {
    edges.transform(
      rows, rowCount: rowCount, width: width, placeCount: oneHot ? splits.count + 1 : nil,
      into: output)
  }

  /// Writes the data sets `edges` and `edge_counts` and the attribute `one_hot`.
  public func write(to group: borrowing Group) throws(HDF5Error) {
    try edges.write(to: group)
    try group.writeAttribute("one_hot", oneHot ? 1 : 0)
  }

  /// Reads the data sets `edges` and `edge_counts` and the attribute `one_hot`.
  public init(from group: borrowing Group, shape: [Int]) throws(PipelineError) {
    self.init(
      try BinEdges(from: group, columnCount: 1, stage: Self.name),
      oneHot: try group.flagAttribute("one_hot"), shape: shape)
  }
}
