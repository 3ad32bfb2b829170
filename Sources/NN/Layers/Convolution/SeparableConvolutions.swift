/// A depthwise convolution and a product over the channels of each place: far fewer weights than a
/// regular one (Chollet 2017).
public protocol SeparableConvolution: ConvolutionConfiguration {}

extension SeparableConvolution {
  /// `separable`.
  public static var kind: ConvolutionKind { .separable }

  /// Describes a layer; one number stands for all axes.
  ///
  /// - Parameters:
  ///   - filters: the output's channels.
  ///   - kernelSize: the window's taps along each axis.
  ///   - strides: the inputs from one window to the next.
  ///   - padding: what the window finds beyond the borders, `valid` or `same`.
  ///   - dilationRate: the inputs from one tap to the next.
  ///   - depthMultiplier: the numbers between both parts for each channel.
  ///   - activation: the function of each output.
  ///   - useBias: whether a number for each filter is added.
  ///   - depthwiseInitializer: how the kernel over places [places..., channels, multiplier] begins.
  ///   - pointwiseInitializer: how the kernel over channels [1..., channels x multiplier, filters]
  ///     begins.
  ///   - biasInitializer: how the bias begins.
  ///   - depthwiseRegularizer: a penalty on the size of the first kernel.
  ///   - pointwiseRegularizer: a penalty on the size of the second kernel.
  ///   - biasRegularizer: a penalty on the bias' size.
  public init(
    filters: Int, kernelSize: [Int], strides: [Int] = [1], padding: Padding = .valid,
    dilationRate: [Int] = [1], depthMultiplier: Int = 1, activation: Activation = .linear,
    useBias: Bool = true, depthwiseInitializer: Initializer = .glorotUniform,
    pointwiseInitializer: Initializer = .glorotUniform, biasInitializer: Initializer = .zeros,
    depthwiseRegularizer: Regularizer? = nil, pointwiseRegularizer: Regularizer? = nil,
    biasRegularizer: Regularizer? = nil
  ) {
    precondition(filters > 0 && depthMultiplier > 0, "\(filters) filters")
    precondition(padding != .causal, "causal padding of a separable convolution")
    var options = ConvolutionOptions(
      axes: Self.placeAxes, kernelSize: kernelSize, strides: strides, padding: padding,
      dilationRate: dilationRate)
    options.filters = filters
    options.depthMultiplier = depthMultiplier
    options.activation = activation
    options.useBias = useBias
    options.kernelInitializer = depthwiseInitializer
    options.pointwiseInitializer = pointwiseInitializer
    options.biasInitializer = biasInitializer
    options.kernelRegularizer = depthwiseRegularizer
    options.pointwiseRegularizer = pointwiseRegularizer
    options.biasRegularizer = biasRegularizer
    self.init(options)
  }
}

/// A separable convolution over a sequence.
public struct SeparableConv1D: SeparableConvolution {
  /// `separable_conv1d`.
  public static let name = "separable_conv1d"
  /// `SeparableConv1D`.
  public static let kerasClass = "SeparableConv1D"
  /// 1.
  public static let placeAxes = 1
  /// What a user says about it.
  public var options: ConvolutionOptions
  /// Describes the layer.
  public init(_ options: ConvolutionOptions) { self.options = options }
}

/// A separable convolution over an image.
public struct SeparableConv2D: SeparableConvolution {
  /// `separable_conv2d`.
  public static let name = "separable_conv2d"
  /// `SeparableConv2D`.
  public static let kerasClass = "SeparableConv2D"
  /// 2.
  public static let placeAxes = 2
  /// What a user says about it.
  public var options: ConvolutionOptions
  /// Describes the layer.
  public init(_ options: ConvolutionOptions) { self.options = options }
}
