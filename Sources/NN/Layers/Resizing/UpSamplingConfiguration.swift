public import Configuration

/// A layer that repeats each place of its input along each axis, or puts places between them.
public protocol UpSamplingConfiguration: LayerConfiguration {
  /// The axes before the channels: 1, 2 or 3.
  static var placeAxes: Int { get }
  /// How many places become of one, along each axis.
  var size: [Int] { get set }
  /// What the new places have in them.
  var interpolation: Interpolation { get set }
  /// Describes the layer.
  init(size: [Int], interpolation: Interpolation)
}

extension UpSamplingConfiguration {
  /// Reads `size` and, for images, `interpolation`.
  public init(options: inout Options) throws(ConfigurationError) {
    let size = try options.sizes("size", axes: Self.placeAxes, default: 2)
    var interpolation = Interpolation.nearest
    if Self.placeAxes == 2 {
      let word = try options.choice(
        "interpolation", among: Interpolation.allCases.map(\.rawValue),
        default: Interpolation.nearest.rawValue)
      interpolation = Interpolation(rawValue: word) ?? .nearest
    }
    self.init(size: size, interpolation: interpolation)
  }

  private var entries: [Value.Entry] {
    let size: Value = Self.placeAxes == 1 ? Value(.int(size[0])) : Value(ints: size)
    guard Self.placeAxes == 2 else { return [.init("size", size)] }
    return [
      .init("size", size), .init("interpolation", Value(.string(interpolation.rawValue))),
    ]
  }

  /// The options.
  public var value: Value { Value(.map(entries)) }

  /// Reads the configuration of Keras' class of the same name.
  public init(keras: inout Options) throws(ConfigurationError) {
    try keras.channelsLast()
    try self.init(options: &keras)
  }

  /// Keras' class of the same name.
  public func kerasLayer() throws(NetworkError) -> (className: String, config: [Value.Entry]) {
    let format: [Value.Entry] =
      Self.placeAxes == 1 ? [] : [.init("data_format", "channels_last")]
    return (Self.kerasClass, entries + format)
  }

  /// `size` times as many places.
  public func outputShape(for input: [Int]) throws(NetworkError) -> [Int] {
    guard input.count == Self.placeAxes + 1, input.allSatisfy({ $0 > 0 }) else {
      throw NetworkError(
        "takes inputs with \(Self.placeAxes) axes before the channels, found \(input)")
    }
    return zip(input, size).map { $0 * $1 } + input.suffix(1)
  }

  /// Nothing.
  public var backwardUse: BackwardUse { [] }

  /// Compiles the layer.
  public func makeLayer(_ plan: LayerPlan) throws(NetworkError) -> any Layer {
    interpolation == .nearest
      ? RepeatLayer(size, plan) : ResamplingLayer(size, interpolation, plan)
  }
}

/// Repeats each step of a sequence.
public struct UpSampling1D: UpSamplingConfiguration {
  /// `up_sampling1d`.
  public static let name = "up_sampling1d"
  /// `UpSampling1D`.
  public static let kerasClass = "UpSampling1D"
  /// 1.
  public static let placeAxes = 1
  /// How many steps become of one.
  public var size: [Int]
  /// `nearest`.
  public var interpolation: Interpolation
  /// Describes the layer, which only knows `nearest`.
  public init(size: [Int] = [2], interpolation: Interpolation = .nearest) {
    precondition(interpolation == .nearest, "\(interpolation) over a sequence")
    self.size = ConvolutionOptions.each(size, 1)
    self.interpolation = interpolation
  }
}

/// Makes an image larger.
public struct UpSampling2D: UpSamplingConfiguration {
  /// `up_sampling2d`.
  public static let name = "up_sampling2d"
  /// `UpSampling2D`.
  public static let kerasClass = "UpSampling2D"
  /// 2.
  public static let placeAxes = 2
  /// How many rows and columns become of one.
  public var size: [Int]
  /// What the new pixels have in them.
  public var interpolation: Interpolation
  /// Describes the layer; one number stands for both axes.
  public init(size: [Int] = [2], interpolation: Interpolation = .nearest) {
    self.size = ConvolutionOptions.each(size, 2)
    self.interpolation = interpolation
  }
}

/// Repeats each place of a volume.
public struct UpSampling3D: UpSamplingConfiguration {
  /// `up_sampling3d`.
  public static let name = "up_sampling3d"
  /// `UpSampling3D`.
  public static let kerasClass = "UpSampling3D"
  /// 3.
  public static let placeAxes = 3
  /// How many places become of one, along each axis.
  public var size: [Int]
  /// `nearest`.
  public var interpolation: Interpolation
  /// Describes the layer, which only knows `nearest`; one number stands for all axes.
  public init(size: [Int] = [2], interpolation: Interpolation = .nearest) {
    precondition(interpolation == .nearest, "\(interpolation) over a volume")
    self.size = ConvolutionOptions.each(size, 3)
    self.interpolation = interpolation
  }
}
