public import Configuration

/// A layer that moves a window of weights over its input: [places..., channels] becomes
/// [places..., filters].
public protocol ConvolutionConfiguration: LayerConfiguration {
  /// The axes before the channels: 1, 2 or 3.
  static var placeAxes: Int { get }
  /// How it connects channels.
  static var kind: ConvolutionKind { get }
  /// What a user says about it.
  var options: ConvolutionOptions { get set }
  /// Describes the layer.
  init(_ options: ConvolutionOptions)
}

extension ConvolutionConfiguration {
  /// Reads the options; see the documentation of layers.
  public init(options: inout Options) throws(ConfigurationError) {
    self.init(
      try ConvolutionOptions(&options, Self.kind, axes: Self.placeAxes, keras: false))
  }

  /// The options, defaults included.
  public var value: Value {
    // Only Keras' words for activations can be missing.
    Value(.map((try? options.entries(Self.kind, keras: false)) ?? []))
  }

  /// Reads the configuration of Keras' class of the same name.
  public init(keras: inout Options) throws(ConfigurationError) {
    self.init(try ConvolutionOptions(&keras, Self.kind, axes: Self.placeAxes, keras: true))
  }

  /// Keras' class of the same name.
  public func kerasLayer() throws(NetworkError) -> (className: String, config: [Value.Entry]) {
    (Self.kerasClass, try options.entries(Self.kind, keras: true))
  }

  /// How the window moves along each axis of an input of the shape `input`.
  func axes(for input: [Int]) throws(NetworkError) -> [WindowAxis] {
    guard input.count == Self.placeAxes + 1, input.allSatisfy({ $0 > 0 }) else {
      throw NetworkError(
        "takes inputs with \(Self.placeAxes) axes before the channels, found \(input): put "
          + "`reshape` before it")
    }
    var axes: [WindowAxis] = []
    for index in 0..<Self.placeAxes {
      let (kernel, dilation) = (options.kernelSize[index], options.dilationRate[index])
      let reach = WindowAxis.reach(kernel: kernel, dilation: dilation)
      guard reach <= ConvolutionOptions.largest else {
        throw NetworkError("its window spans \(reach) inputs: make kernel_size smaller")
      }
      let axis =
        Self.kind == .transposed
        ? WindowAxis(
          transposed: input[index], kernel: kernel, stride: options.strides[index],
          dilation: dilation, padding: options.padding,
          outputPadding: options.outputPadding?[index])
        : WindowAxis(
          input: input[index], kernel: kernel, stride: options.strides[index],
          dilation: dilation, padding: options.padding)
      guard let axis else {
        throw NetworkError(
          Self.kind == .transposed
            ? "its output has no place along axis \(index + 1) of an input of the shape \(input)"
            : "its window spans \(reach) inputs along axis \(index + 1), and its input is "
              + "\(input): make kernel_size smaller, or use `padding: same`")
      }
      axes.append(axis)
    }
    return axes
  }

  /// The channels of the output.
  func filters(for channels: Int) -> Int {
    Self.kind == .depthwise ? channels * options.depthMultiplier : options.filters
  }

  /// [places..., filters].
  public func outputShape(for input: [Int]) throws(NetworkError) -> [Int] {
    let axes = try axes(for: input)
    let channels = input[Self.placeAxes]
    guard Self.kind != .regular || channels % options.groups == 0 else {
      throw NetworkError(
        "has \(options.groups) groups, and its input \(channels) channels: they must be a "
          + "multiple")
    }
    try options.activation.requireShapeKept()
    return axes.map { Self.kind == .transposed ? $0.input : $0.output } + [filters(for: channels)]
  }

  /// The kernel (`kernel`; of a separable convolution `depthwise_kernel` and `pointwise_kernel`) and,
  /// with a bias, `bias`.
  public func parameters(for input: [Int]) -> [ParameterSlot] {
    let channels = input.last ?? 1
    let filters = filters(for: channels)
    let size = options.kernelSize
    let last: [Int]
    switch Self.kind {
    case .regular: last = [channels / options.groups, filters]
    case .transposed: last = [filters, channels]
    case .depthwise, .separable: last = [channels, options.depthMultiplier]
    }
    var slots = [
      ParameterSlot(
        Self.kind == .separable ? "depthwise_kernel" : "kernel", shape: size + last,
        initializer: options.kernelInitializer, regularizer: options.kernelRegularizer)
    ]
    if Self.kind == .separable {
      slots.append(
        ParameterSlot(
          "pointwise_kernel",
          shape: size.map { _ in 1 } + [channels * options.depthMultiplier, filters],
          initializer: options.pointwiseInitializer, regularizer: options.pointwiseRegularizer))
    }
    if options.useBias {
      slots.append(
        ParameterSlot(
          "bias", shape: [filters], initializer: options.biasInitializer,
          regularizer: options.biasRegularizer))
    }
    return slots
  }

  /// The inputs for the kernel's gradient, and what f' is computed from.
  public var backwardUse: BackwardUse {
    options.activation == .linear ? .inputs : [.inputs, .outputs]
  }

  /// A product and an addition for each tap of each output (of a transposed convolution: of each
  /// input), borders counted as if they were within, and an addition for each bias.
  public func operationCount(for inputs: [[Int]]) -> Int {
    guard let input = inputs.first, let output = try? outputShape(for: input),
      let count = output.shapeCount
    else { return 0 }
    let (channels, filters) = (input[Self.placeAxes], output[Self.placeAxes])
    let places = Array(output.dropLast())
    let products: [[Int]]
    switch Self.kind {
    case .regular: products = [options.kernelSize + places + [filters, channels / options.groups]]
    case .depthwise: products = [options.kernelSize + places + [filters]]
    case .transposed: products = [options.kernelSize + input + [filters]]
    case .separable:
      let between = channels * options.depthMultiplier
      products = [options.kernelSize + places + [between], places + [between, filters]]
    }
    var sum = options.useBias ? count : 0
    for product in products { sum = sum.addingReportingOverflow((product + [2]).shapeCount ?? 0).0 }
    return sum
  }

  /// The function of each output.
  public var outputActivation: Activation? { options.activation }

  /// The layer with a linear function.
  public func withoutOutputActivation() -> any LayerConfiguration {
    var copy = self
    copy.options.activation = .linear
    return copy
  }

  /// Compiles the layer.
  public func makeLayer(_ plan: LayerPlan) throws(NetworkError) -> any Layer {
    let axes = try axes(for: plan.inputShape)
    if Self.kind == .regular, let layer = FewTapsLayer(options, axes, plan) { return layer }
    return switch Self.kind {
    case .regular, .depthwise: try ConvolutionLayer(options, Self.kind, axes, plan)
    case .separable: try SeparableConvolutionLayer(options, axes, plan)
    case .transposed: try TransposedConvolutionLayer(options, axes, plan)
    }
  }
}
