public import HDF5

/// The fitted stage `quantile_bins`.
public struct QuantileBinning: Transformer {
  /// `quantile_bins`.
  public static let name = "quantile_bins"
  /// The places of a one-hot row; nil when bins are numbers.
  public let placeCount: Int?
  /// The shape of a row, with an axis of bins more where there are places.
  public let outputShape: [Int]
  private let edges: BinEdges
  private let width: Int

  /// Makes the stage from the ascending inner edges of each column's bins.
  public init(columns: [[Double]], placeCount: Int?, shape: [Int]) {
    self.init(BinEdges(columns), placeCount: placeCount, shape: shape)
  }

  private init(_ edges: BinEdges, placeCount: Int?, shape: [Int]) {
    precondition(edges.columnCount == shape.elementCount)
    precondition(placeCount.map { $0 >= edges.binCount } ?? true)
    self.edges = edges
    self.placeCount = placeCount
    width = shape.elementCount
    outputShape = placeCount.map { shape.appendingCategories($0) } ?? shape
  }

  /// The inner edges of each column's bins.
  public var columns: [[Double]] { edges.columns }

  /// None.
  public var affine: Affine? { nil }

  /// Writes the bins of numbers.
  public func transform(
    _ rows: UnsafePointer<Float>, rowCount: Int, into output: UnsafeMutablePointer<Float>
  ) {
    edges.transform(
      rows, rowCount: rowCount, width: width, placeCount: placeCount, into: output)
  }

  /// Writes the data sets `edges` and `edge_counts` and the attribute `places`, 0 without one-hot.
  public func write(to group: borrowing Group) throws(HDF5Error) {
    try edges.write(to: group)
    try group.writeAttribute("places", placeCount ?? 0)
  }

  /// Reads the data sets `edges` and `edge_counts` and the attribute `places`.
  public init(from group: borrowing Group, shape: [Int]) throws(PipelineError) {
    let edges = try BinEdges(from: group, columnCount: shape.elementCount, stage: Self.name)
    let places = try group.countAttribute("places", in: 0...BinEdges.largestCount)
    guard places == 0 || places >= edges.binCount else {
      throw PipelineError(
        "\(group.place): \(places) places for \(edges.binCount) bins: the model file is damaged, write "
          + "it again")
    }
    self.init(edges, placeCount: places == 0 ? nil : places, shape: shape)
  }
}
