private import Foundation
public import Configuration
public import HDF5

/// The stage `normalize`: each row over its p-norm, (sum of |x|^p)^(1/p); a row of zeros stays.
///
/// As Spark's `Normalizer`.
public struct Normalize: Estimator, Transformer {
  /// `normalize`.
  public static let name = "normalize"
  /// The norm's power, at least 1; infinity: the largest absolute value.
  public let power: Double
  /// The shape of a row, which the stage keeps.
  public let outputShape: [Int]

  /// Makes the stage.
  public init(power: Double = 2) {
    self.init(power: power, shape: [])
  }

  private init(power: Double, shape: [Int]) {
    precondition(power >= 1)
    self.power = power
    outputShape = shape
  }

  /// Takes `p` (2 without; `.inf` for the largest absolute value).
  public init(options: inout Options) throws(ConfigurationError) {
    power = try options.number("p", default: 2)
    outputShape = []
    guard power >= 1 else {
      throw options.error("a norm's power is at least 1, found \(power)", "p")
    }
  }

  /// `p`.
  public var value: Value { ["p": Value(.number(power))] }

  /// Nothing is learnt.
  public func statistics(for shape: [Int]) -> NoStatistics? { nil }

  /// The stage itself, for rows of `shape`.
  public func fitted(to statistics: NoStatistics?, shape: [Int]) -> Normalize {
    Normalize(power: power, shape: shape)
  }

  /// Each stays one.
  public var keepsColumns: Bool { true }

  /// The same shape.
  public func outputShape(for shape: [Int]) -> [Int]? { shape }

  /// None: what a number becomes depends on its row.
  public var affine: Affine? { nil }

  /// Writes normalized rows.
  public func transform(
    _ rows: UnsafePointer<Float>, rowCount: Int, into output: UnsafeMutablePointer<Float>
  ) {
    let width = outputShape.elementCount
    for row in 0..<rowCount {
      let values = UnsafeBufferPointer(start: rows + row * width, count: width)
      let norm = norm(values)
      let factor = norm == 0 ? 1 : 1 / norm
      for column in 0..<width {
        output[row * width + column] = Float(Double(values[column]) * factor)
      }
    }
  }

  /// In double precision, and relative to the largest value where powers might overflow.
  private func norm(_ values: UnsafeBufferPointer<Float>) -> Double {
    var sum = 0.0
    if power == 1 {
      for value in values { sum += Double(abs(value)) }
      return sum
    }
    if power == 2 {
      for value in values { sum += Double(value) * Double(value) }
      return sum.squareRoot()
    }
    var largest = 0.0
    for value in values { largest = max(largest, Double(abs(value))) }
    guard power < .infinity, largest > 0, largest < .infinity else { return largest }
    for value in values { sum += pow(Double(abs(value)) / largest, power) }
    return largest * pow(sum, 1 / power)
  }

  /// Writes the attribute `p`.
  public func write(to group: borrowing Group) throws(HDF5Error) {
    try group.writeAttribute("p", power)
  }

  /// Reads the attribute `p`.
  public init(from group: borrowing Group, shape: [Int]) throws(PipelineError) {
    do {
      let power = try group.numberAttribute("p")
      guard power >= 1 else {
        throw PipelineError("\(group.place): a norm's power is at least 1, found \(power)")
      }
      self.init(power: power, shape: shape)
    } catch let error as PipelineError {
      throw error
    } catch let error as HDF5Error {
      throw PipelineError(error)
    } catch { throw PipelineError("\(group.place): \(error)") }
  }
}
