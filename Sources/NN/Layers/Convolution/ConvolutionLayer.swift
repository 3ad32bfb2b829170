/// A convolution whose filters read all channels of their group, or one channel each.
final class ConvolutionLayer: Layer {
  private let output: ConvolutionOutput
  private let kernelCount: Int
  /// Whether the product that computes the kernel's gradient computes the bias', too.
  private let sumsBias: Bool
  private let product: ConvolutionPrimitive
  private let kernelProduct: ConvolutionPrimitive?
  /// What computes the kernel's gradient in its place.
  private let blockGradient: BlockGradient?
  private let inputProduct: ConvolutionPrimitive?

  init(
    _ options: ConvolutionOptions, _ kind: ConvolutionKind, _ axes: [WindowAxis],
    _ plan: LayerPlan
  ) throws(NetworkError) {
    let channels = plan.inputShape[axes.count], filters = plan.outputShape[axes.count]
    let groups = kind == .depthwise ? channels : options.groups
    let shape = ConvolutionShape(
      batch: plan.batchSize, groups: groups, inputChannels: channels, outputChannels: filters,
      axes: axes, inputBlock: plan.inputBlock, outputBlock: plan.outputBlock)
    sumsBias = options.useBias && plan.outputBlock > 1
    kernelCount = options.kernelSize.reduce(1, *) * channels / groups * filters
    output = ConvolutionOutput(options, plan)
    product = try ConvolutionPrimitive(.forward, shape, bias: options.useBias, plan)
    product.bind(source: plan.input)
    product.bind(destination: output.preactivation)
    guard let outputGradient = plan.outputGradient else {
      kernelProduct = nil
      blockGradient = nil
      inputProduct = nil
      return
    }
    blockGradient = kind == .regular ? BlockGradient(options, axes, plan) : nil
    kernelProduct =
      blockGradient == nil ? try ConvolutionPrimitive(.kernel, shape, bias: sumsBias, plan) : nil
    kernelProduct?.bind(source: plan.input)
    kernelProduct?.bind(destination: outputGradient)
    guard let inputGradient = plan.inputGradient else {
      inputProduct = nil
      return
    }
    inputProduct = try ConvolutionPrimitive(.source, shape, plan)
    inputProduct?.bind(source: inputGradient)
    inputProduct?.bind(destination: outputGradient)
  }

  func bind(parameters: UnsafeMutablePointer<Float>, gradient: UnsafeMutablePointer<Float>?) {
    product.bind(kernel: parameters)
    inputProduct?.bind(kernel: parameters)
    if output.hasBias { product.bind(bias: parameters + kernelCount) }
    guard let gradient else { return }
    blockGradient?.bind(gradient: gradient)
    kernelProduct?.bind(kernel: gradient)
    if sumsBias { kernelProduct?.bind(bias: gradient + kernelCount) }
    output.bind(biasGradient: gradient + kernelCount)
  }

  func forward(_ pass: Pass) {
    product.execute()
    output.activate()
  }

  func backward(_ pass: Pass) {
    output.backward()
    blockGradient?.execute()
    kernelProduct?.execute()
    inputProduct?.execute()
  }
}
