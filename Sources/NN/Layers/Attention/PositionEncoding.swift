private import CKernels
public import Configuration
private import Foundation

/// Adds sines and cosines of a place's number to its features, so that attention can tell places apart.
///
/// Feature 2i of place p gets sin(p / length^(2i / features)), feature 2i + 1 the cosine: Vaswani and
/// others (2017), "Attention is all you need", section 3.5.
///
/// Keras has no such layer: it is written as `sounder>PositionEncoding`, which a Python program can
/// register with a few lines (docs/networks.md).
public struct PositionEncoding: LayerConfiguration {
  /// `position_encoding`.
  public static let name = "position_encoding"
  /// `sounder>PositionEncoding`.
  public static let kerasClass = "sounder>PositionEncoding"
  /// The longest wave is 2 pi times this.
  public var waveLength: Double

  /// Describes the layer.
  public init(waveLength: Double = 10_000) {
    precondition(waveLength > 1)
    self.waveLength = waveLength
  }

  /// Reads `max_wavelength`.
  public init(options: inout Options) throws(ConfigurationError) {
    waveLength = try options.number("max_wavelength", default: 10_000, in: 2...1e30)
  }

  /// The option.
  public var value: Value { ["max_wavelength": Value(.number(waveLength))] }

  /// Reads its own configuration.
  public init(keras: inout Options) throws(ConfigurationError) { try self.init(options: &keras) }

  /// The class under its registered name.
  public func kerasLayer() throws(NetworkError) -> (className: String, config: [Value.Entry]) {
    (Self.kerasClass, [.init("max_wavelength", Value(.number(waveLength)))])
  }

  /// The input's shape, [places, features].
  public func outputShape(for input: [Int]) throws(NetworkError) -> [Int] {
    guard input.count == 2 else {
      throw NetworkError("takes inputs of the shape [places, features], found \(input)")
    }
    return input
  }

  /// Nothing.
  public var backwardUse: BackwardUse { [] }

  /// The same places count.
  public var maskRole: MaskRole { .passes }

  /// Compiles the layer.
  public func makeLayer(_ plan: LayerPlan) throws(NetworkError) -> any Layer {
    PositionEncodingLayer(waveLength, plan)
  }
}

private final class PositionEncodingLayer: Layer {
  private let plan: LayerPlan
  private let encoding: UnsafeMutablePointer<Float>

  init(_ waveLength: Double, _ plan: LayerPlan) {
    self.plan = plan
    encoding = plan.arena.allocate(plan.inputCount).baseAddress ?? plan.output
    let (places, features) = (plan.inputShape[0], plan.inputShape[1])
    for place in 0..<places {
      for feature in 0..<features {
        let exponent = Double(feature / 2 * 2) / Double(features)
        let angle = Double(place) / pow(waveLength, exponent)
        encoding[place * features + feature] = Float(feature % 2 == 0 ? sin(angle) : cos(angle))
      }
    }
  }

  func forward(_ pass: Pass) {
    let count = plan.inputCount
    plan.output.update(from: plan.input, count: plan.batchSize * count)
    for sample in 0..<plan.batchSize { ck_add(count, encoding, plan.output + sample * count) }
  }

  func backward(_ pass: Pass) {
    guard let dy = plan.outputGradient, let dx = plan.inputGradient else { return }
    dx.update(from: dy, count: plan.batchSize * plan.inputCount)
  }
}
