private import CKernels
public import Configuration

/// Sets a fraction of its inputs to 0 while training and scales the others by 1 / (1 - rate).
///
/// The mask of a step is a pure function of the run's seed, the layer's place and the step's
/// number: the same after a resume. In inference the layer passes its input on.
/// Srivastava et al. (2014).
public struct Dropout: LayerConfiguration {
  /// `dropout`.
  public static let name = "dropout"
  /// `Dropout`.
  public static let kerasClass = "Dropout"
  /// The fraction that is dropped, in [0, 1).
  public var rate: Double

  /// Describes a layer that drops `rate` of its inputs.
  public init(rate: Double) {
    precondition(rate >= 0 && rate < 1, "a dropout rate of \(rate)")
    self.rate = rate
  }

  /// Reads `rate`.
  public init(options: inout Options) throws(ConfigurationError) {
    rate = try options.fraction("rate")
  }

  /// The rate.
  public var value: Value { ["rate": Value(.number(rate))] }

  /// Reads the configuration of Keras' `Dropout`.
  ///
  /// Its seed is not used: masks come from the run's.
  public init(keras: inout Options) throws(ConfigurationError) {
    try keras.refuse(["noise_shape"])
    _ = keras.value("seed")
    rate = try keras.fraction("rate")
  }

  /// Keras' `Dropout`.
  public func kerasLayer() throws(NetworkError) -> (className: String, config: [Value.Entry]) {
    (Self.kerasClass, [.init("rate", Value(.number(rate)))])
  }

  /// The input's shape.
  public func outputShape(for input: [Int]) throws(NetworkError) -> [Int] { input }

  /// True unless nothing is dropped.
  public var drawsNoise: Bool { rate > 0 }

  /// Nothing: the mask is computed again.
  public var backwardUse: BackwardUse { [] }

  /// The same time steps count.
  public var maskRole: MaskRole { .passes }

  /// Compiles the layer.
  public func makeLayer(_ plan: LayerPlan) throws(NetworkError) -> any Layer {
    DropoutLayer(Float(rate), plan)
  }
}

private final class DropoutLayer: Layer {
  private let rate: Float
  private let plan: LayerPlan
  private let count: Int

  init(_ rate: Float, _ plan: LayerPlan) {
    self.rate = rate
    self.plan = plan
    count = plan.batchSize * plan.inputCount
  }

  func forward(_ pass: Pass) {
    if pass.drawsNoise {
      ck_dropout(rate, pass.key(plan.index), count, plan.input, plan.output)
    } else {
      plan.output.update(from: plan.input, count: count)
    }
  }

  func backward(_ pass: Pass) {
    guard let outputGradient = plan.outputGradient, let inputGradient = plan.inputGradient
    else { return }
    ck_dropout(rate, pass.key(plan.index), count, outputGradient, inputGradient)
  }
}
