public import HDF5

/// The fitted stage `impute`.
public struct Imputation: Transformer {
  /// `impute`.
  public static let name = "impute"
  /// Numbers take the place of missing values.
  public static let missing = MissingRule.fills
  /// What takes the place of a missing value in each column.
  public let fill: [Double]
  /// Whether columns of flags follow.
  public let flags: Bool
  /// The shape of a row; twice as many numbers on one axis with flags.
  public let outputShape: [Int]

  /// Makes the stage for rows of `shape`.
  public init(fill: [Double], flags: Bool, shape: [Int]) {
    precondition(fill.count == shape.elementCount)
    self.fill = fill
    self.flags = flags
    outputShape = Self.outputShape(for: shape, flags: flags)
  }

  static func outputShape(for shape: [Int], flags: Bool) -> [Int] {
    flags ? [2 * shape.elementCount] : shape
  }

  /// None.
  public var affine: Affine? { nil }

  /// Writes rows without missing values, and flags behind each.
  public func transform(
    _ rows: UnsafePointer<Float>, rowCount: Int, into output: UnsafeMutablePointer<Float>
  ) {
    let width = fill.count
    let stride = flags ? 2 * width : width
    for row in 0..<rowCount {
      for column in 0..<width {
        let value = rows[row * width + column]
        output[row * stride + column] = value.isNaN ? Float(fill[column]) : value
        if flags { output[row * stride + width + column] = value.isNaN ? 1 : 0 }
      }
    }
  }

  /// Writes the data set `fill` and the attribute `flag`.
  public func write(to group: borrowing Group) throws(HDF5Error) {
    try group.writeNumbers("fill", fill)
    try group.writeAttribute("flag", flags ? 1 : 0)
  }

  /// Reads the data set `fill` and the attribute `flag`.
  public init(from group: borrowing Group, shape: [Int]) throws(PipelineError) {
    self.init(
      fill: try group.readNumbers("fill", count: shape.elementCount, stage: Self.name),
      flags: try group.flagAttribute("flag"), shape: shape)
  }
}
