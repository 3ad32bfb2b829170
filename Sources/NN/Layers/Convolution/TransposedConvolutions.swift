/// A convolution's transposed matrix, which makes images larger (Zeiler and others 2010).
public protocol TransposedConvolution: ConvolutionConfiguration {}

extension TransposedConvolution {
  /// `transposed`.
  public static var kind: ConvolutionKind { .transposed }

  /// Describes a layer; one number stands for all axes.
  ///
  /// - Parameters:
  ///   - filters: the output's channels.
  ///   - kernelSize: the window's taps along each axis.
  ///   - strides: the outputs from one window to the next.
  ///   - padding: `valid` keeps all outputs, `same` as many as inputs times strides.
  ///   - outputPadding: what is added to the output's length, less than the strides; nil: as much as
  ///     `padding` means.
  ///   - dilationRate: the outputs from one tap to the next; not with a stride.
  ///   - activation: the function of each output.
  ///   - useBias: whether a number for each filter is added.
  ///   - kernelInitializer: how the kernel [places..., filters, channels] begins.
  ///   - biasInitializer: how the bias begins.
  ///   - kernelRegularizer: a penalty on the kernel's size.
  ///   - biasRegularizer: a penalty on the bias' size.
  public init(
    filters: Int, kernelSize: [Int], strides: [Int] = [1], padding: Padding = .valid,
    outputPadding: [Int]? = nil, dilationRate: [Int] = [1], activation: Activation = .linear,
    useBias: Bool = true, kernelInitializer: Initializer = .glorotUniform,
    biasInitializer: Initializer = .zeros, kernelRegularizer: Regularizer? = nil,
    biasRegularizer: Regularizer? = nil
  ) {
    precondition(filters > 0, "\(filters) filters")
    precondition(padding != .causal, "causal padding of a transposed convolution")
    var options = ConvolutionOptions(
      axes: Self.placeAxes, kernelSize: kernelSize, strides: strides, padding: padding,
      dilationRate: dilationRate)
    options.filters = filters
    options.outputPadding = outputPadding.map {
      ConvolutionOptions.each($0, Self.placeAxes, from: 0)
    }
    precondition(
      zip(options.outputPadding ?? [], options.strides).allSatisfy { $0 < $1 },
      "an output padding of \(outputPadding ?? []) and strides of \(strides)")
    options.activation = activation
    options.useBias = useBias
    options.kernelInitializer = kernelInitializer
    options.biasInitializer = biasInitializer
    options.kernelRegularizer = kernelRegularizer
    options.biasRegularizer = biasRegularizer
    self.init(options)
  }
}

/// A transposed convolution over a sequence.
public struct Conv1DTranspose: TransposedConvolution {
  /// `conv1d_transpose`.
  public static let name = "conv1d_transpose"
  /// `Conv1DTranspose`.
  public static let kerasClass = "Conv1DTranspose"
  /// 1.
  public static let placeAxes = 1
  /// What a user says about it.
  public var options: ConvolutionOptions
  /// Describes the layer.
  public init(_ options: ConvolutionOptions) { self.options = options }
}

/// A transposed convolution over an image.
public struct Conv2DTranspose: TransposedConvolution {
  /// `conv2d_transpose`.
  public static let name = "conv2d_transpose"
  /// `Conv2DTranspose`.
  public static let kerasClass = "Conv2DTranspose"
  /// 2.
  public static let placeAxes = 2
  /// What a user says about it.
  public var options: ConvolutionOptions
  /// Describes the layer.
  public init(_ options: ConvolutionOptions) { self.options = options }
}

/// A transposed convolution over a volume.
public struct Conv3DTranspose: TransposedConvolution {
  /// `conv3d_transpose`.
  public static let name = "conv3d_transpose"
  /// `Conv3DTranspose`.
  public static let kerasClass = "Conv3DTranspose"
  /// 3.
  public static let placeAxes = 3
  /// What a user says about it.
  public var options: ConvolutionOptions
  /// Describes the layer.
  public init(_ options: ConvolutionOptions) { self.options = options }
}
