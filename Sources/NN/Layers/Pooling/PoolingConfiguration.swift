public import Configuration

/// A layer that takes one number from each window of its input, channel by channel: [places...,
/// channels] becomes fewer places.
public protocol PoolingConfiguration: LayerConfiguration {
  /// The axes before the channels: 1, 2 or 3.
  static var placeAxes: Int { get }
  /// Whether the number is the largest of the window, or else the mean.
  static var takesLargest: Bool { get }
  /// The window's size, the way from one to the next, and the padding, which never counts.
  var window: PoolingWindow { get set }
  /// Describes the layer.
  init(_ window: PoolingWindow)
}

/// The windows of a pooling layer, with a number for each axis.
public struct PoolingWindow: Sendable, Equatable {
  /// The inputs of a window along each axis.
  public var poolSize: [Int]
  /// The inputs from one window to the next.
  public var strides: [Int]
  /// `valid` or `same`.
  public var padding: Padding

  /// Describes windows over `axes` axes; one number stands for all axes.
  public init(axes: Int, poolSize: [Int], strides: [Int], padding: Padding) {
    precondition(padding != .causal, "causal padding of a pooling layer")
    self.poolSize = ConvolutionOptions.each(poolSize, axes)
    self.strides = ConvolutionOptions.each(strides, axes)
    self.padding = padding
  }

  fileprivate var entries: [Value.Entry] {
    [
      .init("pool_size", Value(ints: poolSize)), .init("strides", Value(ints: strides)),
      .init("padding", Value(.string(padding.rawValue))),
    ]
  }
}

extension PoolingConfiguration {
  /// Describes a layer; one number stands for all axes.
  ///
  /// - Parameters:
  ///   - poolSize: the inputs of a window along each axis.
  ///   - strides: the inputs from one window to the next; nil: as many as a window has.
  ///   - padding: whether windows may reach beyond the borders, where nothing counts: `same`.
  public init(poolSize: [Int] = [2], strides: [Int]? = nil, padding: Padding = .valid) {
    self.init(
      PoolingWindow(
        axes: Self.placeAxes, poolSize: poolSize, strides: strides ?? poolSize, padding: padding))
  }

  /// Reads `pool_size`, `strides` and `padding`.
  public init(options: inout Options) throws(ConfigurationError) {
    let size = try options.sizes("pool_size", axes: Self.placeAxes, default: 2)
    let strides =
      options.value("strides") == nil
      ? size : try options.sizes("strides", axes: Self.placeAxes)
    self.init(poolSize: size, strides: strides, padding: try options.padding())
  }

  /// The options.
  public var value: Value { Value(.map(window.entries)) }

  /// Reads the configuration of Keras' class of the same name.
  public init(keras: inout Options) throws(ConfigurationError) {
    try keras.channelsLast()
    try self.init(options: &keras)
  }

  /// Keras' class of the same name.
  public func kerasLayer() throws(NetworkError) -> (className: String, config: [Value.Entry]) {
    (Self.kerasClass, window.entries + [.init("data_format", "channels_last")])
  }

  func axes(for input: [Int]) throws(NetworkError) -> [WindowAxis] {
    guard input.count == Self.placeAxes + 1, input.allSatisfy({ $0 > 0 }) else {
      throw NetworkError(
        "takes inputs with \(Self.placeAxes) axes before the channels, found \(input): put "
          + "`reshape` before it")
    }
    var axes: [WindowAxis] = []
    for index in 0..<Self.placeAxes {
      guard
        let axis = WindowAxis(
          input: input[index], kernel: window.poolSize[index], stride: window.strides[index],
          padding: window.padding)
      else {
        throw NetworkError(
          "its window has \(window.poolSize[index]) inputs along axis \(index + 1), and its input "
            + "is \(input): make pool_size smaller, or use `padding: same`")
      }
      axes.append(axis)
    }
    return axes
  }

  /// Fewer places, the same channels.
  public func outputShape(for input: [Int]) throws(NetworkError) -> [Int] {
    try axes(for: input).map(\.output) + input.suffix(1)
  }

  /// Nothing: the places of the largest inputs are remembered.
  public var backwardUse: BackwardUse { [] }

  /// One for each input of each window.
  public func operationCount(for inputs: [[Int]]) -> Int {
    guard let input = inputs.first, let output = try? outputShape(for: input) else { return 0 }
    return (output + window.poolSize).shapeCount ?? 0
  }

  /// Compiles the layer.
  public func makeLayer(_ plan: LayerPlan) throws(NetworkError) -> any Layer {
    PoolingLayer(try axes(for: plan.inputShape), takesLargest: Self.takesLargest, plan)
  }
}
