/// A convolution of each channel by itself, with `depthMultiplier` outputs for each.
public protocol DepthwiseConvolution: ConvolutionConfiguration {}

extension DepthwiseConvolution {
  /// `depthwise`.
  public static var kind: ConvolutionKind { .depthwise }

  /// Describes a layer; one number stands for all axes.
  ///
  /// - Parameters:
  ///   - kernelSize: the window's taps along each axis.
  ///   - strides: the inputs from one window to the next.
  ///   - padding: what the window finds beyond the borders, `valid` or `same`.
  ///   - depthMultiplier: the outputs of each channel.
  ///   - dilationRate: the inputs from one tap to the next.
  ///   - activation: the function of each output.
  ///   - useBias: whether a number for each output channel is added.
  ///   - depthwiseInitializer: how the kernel [places..., channels, multiplier] begins.
  ///   - biasInitializer: how the bias begins.
  ///   - depthwiseRegularizer: a penalty on the kernel's size.
  ///   - biasRegularizer: a penalty on the bias' size.
  public init(
    kernelSize: [Int], strides: [Int] = [1], padding: Padding = .valid, depthMultiplier: Int = 1,
    dilationRate: [Int] = [1], activation: Activation = .linear, useBias: Bool = true,
    depthwiseInitializer: Initializer = .glorotUniform, biasInitializer: Initializer = .zeros,
    depthwiseRegularizer: Regularizer? = nil, biasRegularizer: Regularizer? = nil
  ) {
    precondition(depthMultiplier > 0, "\(depthMultiplier) outputs of each channel")
    precondition(padding != .causal, "causal padding of a depthwise convolution")
    var options = ConvolutionOptions(
      axes: Self.placeAxes, kernelSize: kernelSize, strides: strides, padding: padding,
      dilationRate: dilationRate)
    options.depthMultiplier = depthMultiplier
    options.activation = activation
    options.useBias = useBias
    options.kernelInitializer = depthwiseInitializer
    options.biasInitializer = biasInitializer
    options.kernelRegularizer = depthwiseRegularizer
    options.biasRegularizer = biasRegularizer
    self.init(options)
  }
}

/// A depthwise convolution over a sequence.
public struct DepthwiseConv1D: DepthwiseConvolution {
  /// `depthwise_conv1d`.
  public static let name = "depthwise_conv1d"
  /// `DepthwiseConv1D`.
  public static let kerasClass = "DepthwiseConv1D"
  /// 1.
  public static let placeAxes = 1
  /// What a user says about it.
  public var options: ConvolutionOptions
  /// Describes the layer.
  public init(_ options: ConvolutionOptions) { self.options = options }
}

/// A depthwise convolution over an image.
public struct DepthwiseConv2D: DepthwiseConvolution {
  /// `depthwise_conv2d`.
  public static let name = "depthwise_conv2d"
  /// `DepthwiseConv2D`.
  public static let kerasClass = "DepthwiseConv2D"
  /// 2.
  public static let placeAxes = 2
  /// What a user says about it.
  public var options: ConvolutionOptions
  /// Describes the layer.
  public init(_ options: ConvolutionOptions) { self.options = options }
}
