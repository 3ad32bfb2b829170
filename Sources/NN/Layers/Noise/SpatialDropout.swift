private import CKernels
public import Configuration

/// Dropout of whole channels: neighbouring places are so alike that dropping single ones changes little
/// (Tompson and others 2015).
///
/// The mask of a step depends on the run's seed, the layer's place and the step's number, as that of
/// `Dropout`.
public protocol SpatialDropout: LayerConfiguration {
  /// The axes before the channels: 1, 2 or 3.
  static var placeAxes: Int { get }
  /// The fraction that is dropped, in [0, 1).
  var rate: Double { get set }
  /// Describes a layer that drops `rate` of its channels.
  init(rate: Double)
}

extension SpatialDropout {
  /// Reads `rate`.
  public init(options: inout Options) throws(ConfigurationError) {
    self.init(rate: try options.fraction("rate"))
  }

  /// The rate.
  public var value: Value { ["rate": Value(.number(rate))] }

  /// Reads the configuration of Keras' class.
  ///
  /// Its seed is not used: masks come from the run's.
  public init(keras: inout Options) throws(ConfigurationError) {
    for key in ["seed", "noise_shape"] { _ = keras.value(key) }
    _ = try keras.choice("data_format", among: ["channels_last"], default: "channels_last")
    self.init(rate: try keras.fraction("rate"))
  }

  /// Keras' class of the same name.
  public func kerasLayer() throws(NetworkError) -> (className: String, config: [Value.Entry]) {
    (Self.kerasClass, [.init("rate", Value(.number(rate)))])
  }

  /// The input's shape.
  public func outputShape(for input: [Int]) throws(NetworkError) -> [Int] {
    guard input.count == Self.placeAxes + 1 else {
      throw NetworkError(
        "takes inputs with \(Self.placeAxes) axes before the channels, found \(input)")
    }
    return input
  }

  /// True unless nothing is dropped.
  public var drawsNoise: Bool { rate > 0 }

  /// Nothing: the mask is computed again.
  public var backwardUse: BackwardUse { [] }

  /// The same time steps count.
  public var maskRole: MaskRole { .passes }

  /// Compiles the layer.
  public func makeLayer(_ plan: LayerPlan) throws(NetworkError) -> any Layer {
    SpatialDropoutLayer(Float(rate), plan)
  }
}

/// Dropout of whole features of a sequence.
public struct SpatialDropout1D: SpatialDropout {
  /// `spatial_dropout1d`.
  public static let name = "spatial_dropout1d"
  /// `SpatialDropout1D`.
  public static let kerasClass = "SpatialDropout1D"
  /// 1.
  public static let placeAxes = 1
  /// The fraction that is dropped.
  public var rate: Double
  /// Describes the layer.
  public init(rate: Double) { self.rate = rate }
}

/// Dropout of whole channels of an image.
public struct SpatialDropout2D: SpatialDropout {
  /// `spatial_dropout2d`.
  public static let name = "spatial_dropout2d"
  /// `SpatialDropout2D`.
  public static let kerasClass = "SpatialDropout2D"
  /// 2.
  public static let placeAxes = 2
  /// The fraction that is dropped.
  public var rate: Double
  /// Describes the layer.
  public init(rate: Double) { self.rate = rate }
}

/// Dropout of whole channels of a volume.
public struct SpatialDropout3D: SpatialDropout {
  /// `spatial_dropout3d`.
  public static let name = "spatial_dropout3d"
  /// `SpatialDropout3D`.
  public static let kerasClass = "SpatialDropout3D"
  /// 3.
  public static let placeAxes = 3
  /// The fraction that is dropped.
  public var rate: Double
  /// Describes the layer.
  public init(rate: Double) { self.rate = rate }
}

private final class SpatialDropoutLayer: Layer {
  private let rate: Float
  private let plan: LayerPlan
  private let channels: Int

  init(_ rate: Float, _ plan: LayerPlan) {
    self.rate = rate
    self.plan = plan
    channels = plan.inputShape[plan.inputShape.count - 1]
  }

  func forward(_ pass: Pass) {
    if pass.drawsNoise {
      drop(pass, plan.input, plan.output)
    } else {
      plan.output.update(from: plan.input, count: plan.batchSize * plan.inputCount)
    }
  }

  func backward(_ pass: Pass) {
    guard let dy = plan.outputGradient, let dx = plan.inputGradient else { return }
    drop(pass, dy, dx)
  }

  private func drop(
    _ pass: Pass, _ x: UnsafeMutablePointer<Float>, _ y: UnsafeMutablePointer<Float>
  ) {
    ck_dropout_channels(
      rate, pass.key(plan.index), plan.batchSize, plan.inputCount / channels, channels, x, y)
  }
}
