public import HDF5

/// The fitted stage `standardize`.
public struct Standardization: Transformer {
  /// `standardize`.
  public static let name = "standardize"
  /// What is subtracted from each column.
  public let mean: [Double]
  /// What each column is divided by then.
  public let scale: [Double]
  /// How many rows the numbers come from.
  public let rowCount: Int
  /// The shape of a row, which the stage keeps.
  public let outputShape: [Int]

  /// Makes the stage from its numbers, one for each column of rows of `shape`.
  public init(mean: [Double], scale: [Double], rowCount: Int, shape: [Int]) {
    precondition(mean.count == scale.count && mean.count == shape.elementCount)
    self.mean = mean
    self.scale = scale
    self.rowCount = rowCount
    outputShape = shape
  }

  /// The stage as an affine function.
  public var affine: Affine? {
    guard !mean.isEmpty else { return .identity }
    return Affine(scale: scale.map { 1 / $0 }, offset: zip(mean, scale).map { -$0 / $1 })
  }

  /// Writes standardized rows.
  public func transform(
    _ rows: UnsafePointer<Float>, rowCount: Int, into output: UnsafeMutablePointer<Float>
  ) {
    for row in 0..<rowCount {
      for column in 0..<mean.count {
        let index = row * mean.count + column
        output[index] = Float((Double(rows[index]) - mean[column]) / scale[column])
      }
    }
  }

  /// Writes the data sets `mean` and `scale` and the attribute `row_count`.
  public func write(to group: borrowing Group) throws(HDF5Error) {
    try group.createDataset("mean", shape: [mean.count], of: Double.self).write(mean)
    try group.createDataset("scale", shape: [scale.count], of: Double.self).write(scale)
    try group.writeAttribute("row_count", rowCount)
  }

  /// Reads the data sets `mean` and `scale` and the attribute `row_count`.
  public init(from group: borrowing Group, shape: [Int]) throws(PipelineError) {
    do {
      mean = try group.dataset("mean").readAll(as: Double.self)
      scale = try group.dataset("scale").readAll(as: Double.self)
      rowCount = try group.intAttribute("row_count")
    } catch { throw PipelineError(error) }
    outputShape = shape
    guard mean.count == shape.elementCount, scale.count == mean.count,
      scale.allSatisfy({ $0 > 0 && $0.isFinite }), mean.allSatisfy(\.isFinite)
    else {
      throw PipelineError(
        "\(group.place): the stage standardize does not fit rows of \(shape.elementCount) columns: "
          + "the model file is damaged, write it again")
    }
  }
}
