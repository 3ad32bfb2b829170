/// What a user says about a convolution; each kind of layer has its part of it.
///
/// Sizes have a number for each axis before the channels.
public struct ConvolutionOptions: Sendable, Equatable {
  /// The output's channels; a depthwise convolution has `depthMultiplier` for each of its input's.
  public var filters = 1
  /// The window's taps along each axis.
  public var kernelSize: [Int]
  /// The inputs from one window to the next.
  public var strides: [Int]
  /// What the window finds beyond the borders.
  public var padding = Padding.valid
  /// The inputs from one tap to the next.
  public var dilationRate: [Int]
  /// What is added to the length of a transposed convolution's output; nil: as much as its padding
  /// means.
  public var outputPadding: [Int]?
  /// The parts into which channels are split that know nothing of each other.
  public var groups = 1
  /// The outputs of each channel of a depthwise convolution.
  public var depthMultiplier = 1
  /// The function of each output.
  public var activation = Activation.linear
  /// Whether a number for each filter is added.
  public var useBias = true
  /// How the kernel begins; that over places where there are two.
  public var kernelInitializer = Initializer.glorotUniform
  /// How the kernel over channels begins.
  public var pointwiseInitializer = Initializer.glorotUniform
  /// How the bias begins.
  public var biasInitializer = Initializer.zeros
  /// A penalty on the kernel's size.
  public var kernelRegularizer: Regularizer?
  /// A penalty on the size of the kernel over channels.
  public var pointwiseRegularizer: Regularizer?
  /// A penalty on the bias' size.
  public var biasRegularizer: Regularizer?

  /// Describes a window of `kernelSize` taps that moves by `strides`; one number stands for all axes.
  public init(
    axes: Int, kernelSize: [Int], strides: [Int] = [1], padding: Padding = .valid,
    dilationRate: [Int] = [1]
  ) {
    self.kernelSize = Self.each(kernelSize, axes)
    self.strides = Self.each(strides, axes)
    self.padding = padding
    self.dilationRate = Self.each(dilationRate, axes)
  }

  /// A number for each axis.
  static func each(_ numbers: [Int], _ axes: Int, from least: Int = 1) -> [Int] {
    precondition(
      (numbers.count == 1 || numbers.count == axes) && numbers.allSatisfy { $0 >= least },
      "\(numbers) for \(axes) axes")
    return numbers.count == 1 ? [Int](repeating: numbers[0], count: axes) : numbers
  }
}
