private import CKernels
public import Configuration
private import Foundation

/// Adds normal noise to its inputs while training.
///
/// The noise of a step depends on the run's seed, the layer's place and the step's number.
public struct GaussianNoise: LayerConfiguration {
  /// `gaussian_noise`.
  public static let name = "gaussian_noise"
  /// `GaussianNoise`.
  public static let kerasClass = "GaussianNoise"
  /// The noise's standard deviation, at least 0.
  public var deviation: Double

  /// Describes the layer.
  public init(deviation: Double) {
    precondition(deviation >= 0)
    self.deviation = deviation
  }

  /// Reads `stddev`.
  public init(options: inout Options) throws(ConfigurationError) {
    deviation = try options.number("stddev", in: 0...1e6)
  }

  /// The option.
  public var value: Value { ["stddev": Value(.number(deviation))] }

  /// Reads the configuration of Keras' `GaussianNoise`; its seed is not used.
  public init(keras: inout Options) throws(ConfigurationError) {
    _ = keras.value("seed")
    try self.init(options: &keras)
  }

  /// Keras' `GaussianNoise`.
  public func kerasLayer() throws(NetworkError) -> (className: String, config: [Value.Entry]) {
    (Self.kerasClass, [.init("stddev", Value(.number(deviation)))])
  }

  /// The input's shape.
  public func outputShape(for input: [Int]) throws(NetworkError) -> [Int] { input }

  /// True unless there is no noise.
  public var drawsNoise: Bool { deviation > 0 }

  /// Nothing.
  public var backwardUse: BackwardUse { [] }

  /// The same time steps count.
  public var maskRole: MaskRole { .passes }

  /// Compiles the layer.
  public func makeLayer(_ plan: LayerPlan) throws(NetworkError) -> any Layer {
    GaussianLayer(Float(deviation), multiplies: false, plan)
  }
}

/// Multiplies its inputs by normal noise of mean 1 while training: Srivastava and others (2014),
/// section 10.
public struct GaussianDropout: LayerConfiguration {
  /// `gaussian_dropout`.
  public static let name = "gaussian_dropout"
  /// `GaussianDropout`.
  public static let kerasClass = "GaussianDropout"
  /// As a dropout rate, in [0, 1): the deviation is sqrt(rate / (1 - rate)).
  public var rate: Double

  /// Describes the layer.
  public init(rate: Double) {
    precondition((0..<1).contains(rate))
    self.rate = rate
  }

  /// Reads `rate`.
  public init(options: inout Options) throws(ConfigurationError) {
    rate = try options.fraction("rate")
  }

  /// The option.
  public var value: Value { ["rate": Value(.number(rate))] }

  /// Reads the configuration of Keras' `GaussianDropout`; its seed is not used.
  public init(keras: inout Options) throws(ConfigurationError) {
    _ = keras.value("seed")
    try self.init(options: &keras)
  }

  /// Keras' `GaussianDropout`.
  public func kerasLayer() throws(NetworkError) -> (className: String, config: [Value.Entry]) {
    (Self.kerasClass, [.init("rate", Value(.number(rate)))])
  }

  /// The input's shape.
  public func outputShape(for input: [Int]) throws(NetworkError) -> [Int] { input }

  /// True unless nothing is dropped.
  public var drawsNoise: Bool { rate > 0 }

  /// Nothing: the noise is computed again.
  public var backwardUse: BackwardUse { [] }

  /// The same time steps count.
  public var maskRole: MaskRole { .passes }

  /// Compiles the layer.
  public func makeLayer(_ plan: LayerPlan) throws(NetworkError) -> any Layer {
    GaussianLayer(Float(sqrt(rate / (1 - rate))), multiplies: true, plan)
  }
}

private final class GaussianLayer: Layer {
  private let deviation: Float
  private let multiplies: Bool
  private let plan: LayerPlan
  private let count: Int

  init(_ deviation: Float, multiplies: Bool, _ plan: LayerPlan) {
    self.deviation = deviation
    self.multiplies = multiplies
    self.plan = plan
    count = plan.batchSize * plan.inputCount
  }

  func forward(_ pass: Pass) {
    guard pass.drawsNoise else { return plan.output.update(from: plan.input, count: count) }
    let key = pass.key(plan.index)
    if multiplies {
      ck_scale_noise(deviation, key, count, plan.input, plan.output)
    } else {
      ck_add_noise(deviation, key, count, plan.input, plan.output)
    }
  }

  func backward(_ pass: Pass) {
    guard let dy = plan.outputGradient, let dx = plan.inputGradient else { return }
    if multiplies {
      ck_scale_noise(deviation, pass.key(plan.index), count, dy, dx)
    } else {
      dx.update(from: dy, count: count)
    }
  }
}
