private import Foundation
public import Configuration
public import HDF5

/// The stage `log`: `y = ln(x + offset)`; a number for which that is not defined is an error.
public struct Logarithm: Estimator, Transformer {
  /// `log`.
  public static let name = "log"
  /// Missing values stay.
  public static let missing = MissingRule.keeps
  /// What is added first: 1 where zeros occur.
  public let offset: Double
  /// The shape of a row, which the stage keeps.
  public let outputShape: [Int]

  /// Makes the stage.
  public init(offset: Double = 0) {
    self.init(offset: offset, shape: [])
  }

  private init(offset: Double, shape: [Int]) {
    self.offset = offset
    outputShape = shape
  }

  /// Takes `offset` (0 without).
  public init(options: inout Options) throws(ConfigurationError) {
    self.init(offset: try options.number("offset", default: 0))
  }

  /// `offset`.
  public var value: Value { ["offset": Value(.number(offset))] }

  /// Nothing is learnt.
  public func statistics(for shape: [Int]) -> NoStatistics? { nil }

  /// The stage itself, for rows of `shape`.
  public func fitted(to statistics: NoStatistics?, shape: [Int]) -> Logarithm {
    Logarithm(offset: offset, shape: shape)
  }

  /// Each stays one.
  public var keepsColumns: Bool { true }

  /// The same shape.
  public func outputShape(for shape: [Int]) -> [Int]? { shape }

  /// None.
  public var affine: Affine? { nil }

  /// Writes logarithms.
  public func transform(
    _ rows: UnsafePointer<Float>, rowCount: Int, into output: UnsafeMutablePointer<Float>
  ) throws(PipelineError) {
    for index in 0..<rowCount * outputShape.elementCount {
      let sum = Double(rows[index]) + offset
      if sum <= 0 {
        throw PipelineError(
          "log: \(rows[index]) + \(offset) has no logarithm: give an 'offset' above "
            + "\(-rows[index]), or put 'clip' before it")
      }
      output[index] = Float(log(sum))
    }
  }

  /// Writes the attribute `offset`.
  public func write(to group: borrowing Group) throws(HDF5Error) {
    try group.writeAttribute("offset", offset)
  }

  /// Reads the attribute `offset`.
  public init(from group: borrowing Group, shape: [Int]) throws(PipelineError) {
    let offset: Double
    do { offset = try group.numberAttribute("offset") } catch { throw PipelineError(error) }
    guard offset.isFinite else {
      throw PipelineError(
        "\(group.place): an offset of \(offset) is not possible: the model file is damaged, write it "
          + "again")
    }
    self.init(offset: offset, shape: shape)
  }
}
