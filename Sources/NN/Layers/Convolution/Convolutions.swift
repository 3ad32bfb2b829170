/// A convolution in which each filter reads all channels of its group.
public protocol RegularConvolution: ConvolutionConfiguration {}

extension RegularConvolution {
  /// `regular`.
  public static var kind: ConvolutionKind { .regular }

  /// Describes a layer; one number stands for all axes.
  ///
  /// - Parameters:
  ///   - filters: the output's channels.
  ///   - kernelSize: the window's taps along each axis.
  ///   - strides: the inputs from one window to the next.
  ///   - padding: what the window finds beyond the borders; `causal` for sequences only.
  ///   - dilationRate: the inputs from one tap to the next; not with a stride.
  ///   - groups: parts of the channels that know nothing of each other.
  ///   - activation: the function of each output.
  ///   - useBias: whether a number for each filter is added.
  ///   - kernelInitializer: how the kernel [places..., channels of a group, filters] begins.
  ///   - biasInitializer: how the bias begins.
  ///   - kernelRegularizer: a penalty on the kernel's size.
  ///   - biasRegularizer: a penalty on the bias' size.
  public init(
    filters: Int, kernelSize: [Int], strides: [Int] = [1], padding: Padding = .valid,
    dilationRate: [Int] = [1], groups: Int = 1, activation: Activation = .linear,
    useBias: Bool = true, kernelInitializer: Initializer = .glorotUniform,
    biasInitializer: Initializer = .zeros, kernelRegularizer: Regularizer? = nil,
    biasRegularizer: Regularizer? = nil
  ) {
    precondition(filters > 0 && groups > 0 && filters % groups == 0, "\(filters) filters")
    precondition(padding != .causal || Self.placeAxes == 1, "causal padding of an image")
    var options = ConvolutionOptions(
      axes: Self.placeAxes, kernelSize: kernelSize, strides: strides, padding: padding,
      dilationRate: dilationRate)
    options.filters = filters
    options.groups = groups
    options.activation = activation
    options.useBias = useBias
    options.kernelInitializer = kernelInitializer
    options.biasInitializer = biasInitializer
    options.kernelRegularizer = kernelRegularizer
    options.biasRegularizer = biasRegularizer
    self.init(options)
  }
}

/// A convolution over a sequence: [steps, channels] becomes [steps, filters].
public struct Conv1D: RegularConvolution {
  /// `conv1d`.
  public static let name = "conv1d"
  /// `Conv1D`.
  public static let kerasClass = "Conv1D"
  /// 1.
  public static let placeAxes = 1
  /// What a user says about it.
  public var options: ConvolutionOptions
  /// Describes the layer.
  public init(_ options: ConvolutionOptions) { self.options = options }
}

/// A convolution over an image: [height, width, channels] becomes [height, width, filters].
public struct Conv2D: RegularConvolution {
  /// `conv2d`.
  public static let name = "conv2d"
  /// `Conv2D`.
  public static let kerasClass = "Conv2D"
  /// 2.
  public static let placeAxes = 2
  /// What a user says about it.
  public var options: ConvolutionOptions
  /// Describes the layer.
  public init(_ options: ConvolutionOptions) { self.options = options }
}

/// A convolution over a volume.
public struct Conv3D: RegularConvolution {
  /// `conv3d`.
  public static let name = "conv3d"
  /// `Conv3D`.
  public static let kerasClass = "Conv3D"
  /// 3.
  public static let placeAxes = 3
  /// What a user says about it.
  public var options: ConvolutionOptions
  /// Describes the layer.
  public init(_ options: ConvolutionOptions) { self.options = options }
}
