public import Configuration
public import HDF5

/// The stage `scale`: `y = factor * x + offset`, both given in the job file.
public struct Scale: Estimator, Transformer {
  /// `scale`.
  public static let name = "scale"
  /// Missing values stay.
  public static let missing = MissingRule.keeps
  /// The factor of every value.
  public let factor: Double
  /// What is added behind the factor.
  public let offset: Double
  /// The shape of a row, which the stage keeps.
  public let outputShape: [Int]

  /// Makes the stage.
  public init(factor: Double = 1, offset: Double = 0) {
    self.init(factor: factor, offset: offset, shape: [])
  }

  private init(factor: Double, offset: Double, shape: [Int]) {
    self.factor = factor
    self.offset = offset
    outputShape = shape
  }

  /// Takes `factor` (such as `1/255`; 1 without) and `offset` (0 without).
  public init(options: inout Options) throws(ConfigurationError) {
    factor = try options.number("factor", default: 1)
    offset = try options.number("offset", default: 0)
    outputShape = []
    guard factor != 0 else {
      throw options.error("a factor of 0 makes all values equal", "factor")
    }
  }

  /// `factor` and `offset`.
  public var value: Value {
    ["factor": Value(.number(factor)), "offset": Value(.number(offset))]
  }

  /// Nothing is learnt.
  public func statistics(for shape: [Int]) -> NoStatistics? { nil }

  /// The stage itself, for rows of `shape`.
  public func fitted(to statistics: NoStatistics?, shape: [Int]) -> Scale {
    Scale(factor: factor, offset: offset, shape: shape)
  }

  /// Each stays one.
  public var keepsColumns: Bool { true }

  /// The same shape.
  public func outputShape(for shape: [Int]) -> [Int]? { shape }

  /// The stage as an affine function.
  public var affine: Affine? { Affine(scale: [factor], offset: [offset]) }

  /// Writes scaled rows.
  public func transform(
    _ rows: UnsafePointer<Float>, rowCount: Int, into output: UnsafeMutablePointer<Float>
  ) {
    let (a, b) = (Float(factor), Float(offset))
    for index in 0..<rowCount * outputShape.elementCount { output[index] = a * rows[index] + b }
  }

  /// Writes the attributes `factor` and `offset`.
  public func write(to group: borrowing Group) throws(HDF5Error) {
    try group.writeAttribute("factor", factor)
    try group.writeAttribute("offset", offset)
  }

  /// Reads the attributes `factor` and `offset`.
  public init(from group: borrowing Group, shape: [Int]) throws(PipelineError) {
    do {
      self.init(
        factor: try group.numberAttribute("factor"), offset: try group.numberAttribute("offset"),
        shape: shape)
    } catch { throw PipelineError(error) }
  }
}

extension [Int] {
  /// The product of a shape's axes; 1 for a single number.
  var elementCount: Int { reduce(1, *) }
}
