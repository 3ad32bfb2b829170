public import HDF5

/// A kind of stage whose fitted form is a `ColumnScaling`.
public protocol ColumnScalingKind: Sendable {
  /// The stage's name in a job file and in a model file.
  static var scalingName: String { get }
}

extension Estimator where Self: ColumnScalingKind {
  /// Each stays one.
  public var keepsColumns: Bool { true }

  /// The same shape.
  public func outputShape(for shape: [Int]) -> [Int]? { shape }
}

/// A fitted stage that is a factor and a summand for each column: `min_max`, `max_abs`, `robust`.
///
/// `y[j] = scale[j] * x[j] + offset[j]`, in double precision.
public struct ColumnScaling<Kind: ColumnScalingKind>: Transformer {
  /// The kind's name.
  public static var name: String { Kind.scalingName }
  /// The factor of each column, not 0.
  public let scale: [Double]
  /// What is added to each column then.
  public let offset: [Double]
  /// The shape of a row, which the stage keeps.
  public let outputShape: [Int]

  /// Makes the stage from its numbers, one for each column of rows of `shape`.
  public init(scale: [Double], offset: [Double], shape: [Int]) {
    precondition(scale.count == offset.count && scale.count == shape.elementCount)
    self.scale = scale
    self.offset = offset
    outputShape = shape
  }

  /// The stage as an affine function.
  public var affine: Affine? {
    scale.isEmpty ? .identity : Affine(scale: scale, offset: offset)
  }

  /// Writes scaled rows.
  public func transform(
    _ rows: UnsafePointer<Float>, rowCount: Int, into output: UnsafeMutablePointer<Float>
  ) {
    for row in 0..<rowCount {
      for column in 0..<scale.count {
        let index = row * scale.count + column
        output[index] = Float(Double(rows[index]) * scale[column] + offset[column])
      }
    }
  }

  /// Writes the data sets `scale` and `offset`.
  public func write(to group: borrowing Group) throws(HDF5Error) {
    try group.writeNumbers("scale", scale)
    try group.writeNumbers("offset", offset)
  }

  /// Reads the data sets `scale` and `offset`.
  public init(from group: borrowing Group, shape: [Int]) throws(PipelineError) {
    scale = try group.readNumbers("scale", count: shape.elementCount, stage: Self.name)
    offset = try group.readNumbers("offset", count: shape.elementCount, stage: Self.name)
    outputShape = shape
    guard scale.allSatisfy({ $0 != 0 }) else {
      throw PipelineError(
        "\(group.place): the stage \(Self.name) has a factor of 0: the model file is damaged, "
          + "write it again")
    }
  }
}
