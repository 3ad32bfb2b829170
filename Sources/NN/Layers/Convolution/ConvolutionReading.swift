internal import Configuration

// How the options of a convolution are written, in a job file and by Keras: the keys are the same.
extension ConvolutionOptions {
  /// The largest length of a window or a step.
  static let largest = 1 << 24

  /// Reads the options of a convolution over `axes` axes.
  init(
    _ options: inout Options, _ kind: ConvolutionKind, axes: Int, keras: Bool
  ) throws(ConfigurationError) {
    self.init(
      axes: axes, kernelSize: try options.sizes("kernel_size", axes: axes),
      strides: try options.sizes("strides", axes: axes, default: 1),
      padding: try options.padding(causal: kind == .regular && axes == 1),
      dilationRate: try options.sizes("dilation_rate", axes: axes, default: 1))
    if kind.hasFilters { filters = try options.int("filters", in: 1...Int(Int32.max)) }
    if kind.hasDepth {
      depthMultiplier = try options.int("depth_multiplier", default: 1, in: 1...Int(Int32.max))
    }
    try readChannels(&options, kind, axes: axes, keras: keras)
    activation =
      keras
      ? try options.kerasActivation("activation")
      : try options.activation("activation", default: .linear)
    useBias = try options.bool("use_bias", default: true)
    try readWeights(&options, kind, keras: keras)
    if keras {
      try options.channelsLast()
      try options.refuse([
        "activity_regularizer", "kernel_constraint", "depthwise_constraint",
        "pointwise_constraint", "bias_constraint", "lora_rank", "lora_alpha",
        "quantization_config",
      ])
    }
  }

  private mutating func readChannels(
    _ options: inout Options, _ kind: ConvolutionKind, axes: Int, keras: Bool
  ) throws(ConfigurationError) {
    if kind == .regular {
      groups = try options.int("groups", default: 1, in: 1...Int(Int32.max))
      guard filters % groups == 0 else {
        throw options.error("\(groups) groups cannot share \(filters) filters equally", "groups")
      }
    } else if keras {
      // Keras 2 wrote it for every convolution.
      guard try options.int("groups", default: 1) == 1 else {
        throw options.error("is not supported here, only 1 is", "groups")
      }
    }
    if !kind.hasDepth, strides.contains(where: { $0 > 1 }),
      dilationRate.contains(where: { $0 > 1 })
    {
      throw options.error(
        "strides \(strides) and a dilation of \(dilationRate) do not go together: one of them "
          + "must be 1", "dilation_rate")
    }
    guard kind == .transposed, options.value("output_padding") != nil else { return }
    let numbers = try options.sizes("output_padding", axes: axes, from: 0)
    guard zip(numbers, strides).allSatisfy({ $0 < $1 }) else {
      throw options.error("\(numbers) must be less than the strides \(strides)", "output_padding")
    }
    outputPadding = numbers
  }

  private mutating func readWeights(
    _ options: inout Options, _ kind: ConvolutionKind, keras: Bool
  ) throws(ConfigurationError) {
    func initializer(_ key: String, _ fallback: Initializer) throws(ConfigurationError)
      -> Initializer
    {
      keras
        ? try options.kerasInitializer(key, default: fallback)
        : try options.initializer(key, default: fallback)
    }
    func regularizer(_ key: String) throws(ConfigurationError) -> Regularizer? {
      keras ? try options.kerasRegularizer(key) : try options.regularizer(key)
    }
    let word = kind.kernelWord
    kernelInitializer = try initializer("\(word)_initializer", .glorotUniform)
    biasInitializer = try initializer("bias_initializer", .zeros)
    kernelRegularizer = try regularizer("\(word)_regularizer")
    biasRegularizer = try regularizer("bias_regularizer")
    if kind == .separable {
      pointwiseInitializer = try initializer("pointwise_initializer", .glorotUniform)
      pointwiseRegularizer = try regularizer("pointwise_regularizer")
      // Keras 2 wrote those of a kernel that the layer does not have.
      if keras {
        for key in ["kernel_initializer", "kernel_regularizer"] { _ = options.value(key) }
      }
    }
  }

  /// The options, defaults included, as a job file has them or as Keras does.
  func entries(_ kind: ConvolutionKind, keras: Bool) throws(NetworkError) -> [Value.Entry] {
    var entries: [Value.Entry] = []
    if kind.hasFilters { entries.append(.init("filters", Value(.int(filters)))) }
    entries.append(.init("kernel_size", Value(ints: kernelSize)))
    entries.append(.init("strides", Value(ints: strides)))
    entries.append(.init("padding", Value(.string(padding.rawValue))))
    entries.append(.init("dilation_rate", Value(ints: dilationRate)))
    if kind == .transposed, outputPadding != nil || keras {
      entries.append(.init("output_padding", outputPadding.map { Value(ints: $0) } ?? Value(.null)))
    }
    if kind == .regular { entries.append(.init("groups", Value(.int(groups)))) }
    if kind.hasDepth { entries.append(.init("depth_multiplier", Value(.int(depthMultiplier)))) }
    if keras { entries.append(.init("data_format", "channels_last")) }
    entries.append(.init("activation", keras ? try activation.kerasName() : activation.value))
    entries.append(.init("use_bias", Value(.bool(useBias))))
    var weights = [(kind.kernelWord, kernelInitializer, kernelRegularizer)]
    if kind == .separable {
      weights.append(("pointwise", pointwiseInitializer, pointwiseRegularizer))
    }
    weights.append(("bias", biasInitializer, biasRegularizer))
    for (word, initializer, regularizer) in weights {
      entries.append(
        .init("\(word)_initializer", keras ? initializer.kerasConfig : initializer.value))
      if let regularizer {
        entries.append(
          .init("\(word)_regularizer", keras ? regularizer.kerasConfig : regularizer.value))
      }
    }
    return entries
  }
}

extension Value {
  /// A list of whole numbers.
  init(ints: [Int]) { self.init(.list(ints.map { Value(.int($0)) })) }
}

extension Options {
  /// A number for each of `axes` axes; one stands for all.
  mutating func sizes(
    _ key: String, axes: Int, from least: Int = 1, default fallback: Int? = nil
  ) throws(ConfigurationError) -> [Int] {
    let numbers = try ints(
      key, default: fallback.map { [$0] }, in: least...ConvolutionOptions.largest)
    guard numbers.count == 1 || numbers.count == axes else {
      throw error("expected \(axes == 1 ? "one number" : "one number or \(axes)")", key)
    }
    return ConvolutionOptions.each(numbers, axes, from: least)
  }

  /// `padding`, valid when the key is absent.
  mutating func padding(causal: Bool = false) throws(ConfigurationError) -> Padding {
    let choices = Padding.allCases.filter { causal || $0 != .causal }.map(\.rawValue)
    let word = try choice("padding", among: choices, default: Padding.valid.rawValue)
    return Padding(rawValue: word) ?? .valid
  }

  /// Keras' `data_format`: channels come last here.
  mutating func channelsLast() throws(ConfigurationError) {
    guard let value = value("data_format"), value.text != "channels_last" else { return }
    throw error(
      "\(value.text ?? value.summary) is not supported: build the model with channels_last",
      "data_format", value)
  }
}
