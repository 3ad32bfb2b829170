private import CLAPACK
private import Foundation

/// The values of a trained array before training, with Keras' names and definitions.
public enum Initializer: Sendable, Equatable {
  /// All 0.
  case zeros
  /// All 1.
  case ones
  /// All the same.
  case constant(Double)
  /// Uniform in [low, high).
  case randomUniform(low: Double, high: Double)
  /// Normal.
  case randomNormal(mean: Double, deviation: Double)
  /// Normal, drawn again beyond two deviations.
  case truncatedNormal(mean: Double, deviation: Double)
  /// Variance `scale` / fan.
  case varianceScaling(scale: Double, mode: FanMode, distribution: Distribution)
  /// An orthogonal matrix times `gain` (Saxe et al., 2014).
  case orthogonal(gain: Double)
  /// The identity matrix times `gain`.
  case identity(gain: Double)
  /// An LSTM's bias: begins as another initializer says, but with 1 for the forget gate, the second of
  /// four (Jozefowicz et al., 2015).
  indirect case unitForgetBias(Initializer)

  /// Which fan divides the variance.
  public enum FanMode: String, Sendable, CaseIterable {
    /// The inputs of one output.
    case fanIn = "fan_in"
    /// The outputs of one input.
    case fanOut = "fan_out"
    /// The mean of both.
    case fanAverage = "fan_avg"
  }

  /// The shape of the distribution.
  public enum Distribution: String, Sendable, CaseIterable {
    /// Normal, cut at two deviations, with the deviation corrected for the cut.
    case truncatedNormal = "truncated_normal"
    /// Normal.
    case untruncatedNormal = "untruncated_normal"
    /// Uniform around 0.
    case uniform
  }

  /// Glorot and Bengio (2010), uniform: Keras' default for kernels.
  public static let glorotUniform = varianceScaling(
    scale: 1, mode: .fanAverage, distribution: .uniform)

  /// Writes the beginning values of an array of the shape `shape`.
  ///
  /// `values` must have as many floats as the shape says.
  public func fill(
    _ values: UnsafeMutableBufferPointer<Float>, shape: [Int],
    using generator: inout RandomGenerator
  ) {
    precondition(
      values.count == shape.reduce(1, *), "\(values.count) values for the shape \(shape)")
    switch self {
    case .zeros: values.update(repeating: 0)
    case .ones: values.update(repeating: 1)
    case .constant(let value): values.update(repeating: Float(value))
    case .randomUniform(let low, let high):
      for i in values.indices { values[i] = Float(generator.uniform(low, high)) }
    case .randomNormal(let mean, let deviation):
      for i in values.indices { values[i] = Float(mean + deviation * generator.normal()) }
    case .truncatedNormal(let mean, let deviation):
      for i in values.indices {
        values[i] = Float(mean + deviation * Self.truncatedNormal(using: &generator))
      }
    case .varianceScaling(let scale, let mode, let distribution):
      let variance = scale / max(1, Self.fan(shape, mode))
      Self.scaled(variance, distribution).fill(values, shape: shape, using: &generator)
    case .orthogonal(let gain): Self.orthogonal(values, shape, gain, using: &generator)
    case .identity(let gain):
      let columns = shape.last ?? 1
      for i in values.indices {
        values[i] = columns > 0 && i / columns == i % columns ? Float(gain) : 0
      }
    case .unitForgetBias(let other):
      other.fill(values, shape: shape, using: &generator)
      let units = values.count / 4
      for i in units..<2 * units { values[i] = 1 }
    }
  }

  /// The number of connections of an output (or input, or their mean), as Keras counts them:
  /// the last two axes are inputs and outputs, those before are a receptive field.
  private static func fan(_ shape: [Int], _ mode: FanMode) -> Double {
    let field = Double(shape.dropLast(2).reduce(1, *))
    let inputs = Double(shape.count > 1 ? shape[shape.count - 2] : shape.first ?? 1) * field
    let outputs = Double(shape.last ?? 1) * (shape.count > 1 ? field : 1)
    return switch mode {
    case .fanIn: inputs
    case .fanOut: outputs
    case .fanAverage: (inputs + outputs) / 2
    }
  }

  private static func scaled(_ variance: Double, _ distribution: Distribution) -> Initializer {
    switch distribution {
    case .uniform:
      let limit = (3 * variance).squareRoot()
      return .randomUniform(low: -limit, high: limit)
    case .untruncatedNormal:
      return .randomNormal(mean: 0, deviation: variance.squareRoot())
    case .truncatedNormal:
      // The deviation of a standard normal cut at +-2, as in Keras.
      return .truncatedNormal(mean: 0, deviation: variance.squareRoot() / 0.87962566103423978)
    }
  }

  private static func truncatedNormal(using generator: inout RandomGenerator) -> Double {
    while true {
      let value = generator.normal()
      if abs(value) <= 2 { return value }
    }
  }

  /// Q of the QR decomposition of a normal matrix, its columns' signs fixed by R's diagonal so
  /// that Q is uniformly distributed (Mezzadri, 2007).
  private static func orthogonal(
    _ values: UnsafeMutableBufferPointer<Float>, _ shape: [Int], _ gain: Double,
    using generator: inout RandomGenerator
  ) {
    let columns = shape.last ?? 1
    guard columns > 0, !values.isEmpty else { return }
    let rows = values.count / columns
    let (tall, thin) = (max(rows, columns), min(rows, columns))
    var matrix = (0..<tall * thin).map { _ in generator.normal() }
    var reflectors = [Double](repeating: 0, count: thin)
    // Column-major, tall x thin.
    var status = LAPACKE_dgeqrf(
      LAPACK_COL_MAJOR, Int32(tall), Int32(thin), &matrix, Int32(tall), &reflectors)
    let signs = (0..<thin).map { matrix[$0 * tall + $0] < 0 ? -1.0 : 1.0 }
    if status == 0 {
      status = LAPACKE_dorgqr(
        LAPACK_COL_MAJOR, Int32(tall), Int32(thin), Int32(thin), &matrix, Int32(tall), &reflectors)
    }
    precondition(status == 0, "LAPACK refused a QR decomposition: \(status)")
    for row in 0..<rows {
      for column in 0..<columns {
        // Tall networks take Q, wide ones its transpose.
        let (i, j) = rows >= columns ? (row, column) : (column, row)
        values[row * columns + column] = Float(gain * signs[j] * matrix[j * tall + i])
      }
    }
  }
}
