private import CKernels

/// A transposed convolution: what a convolution's backward pass does to a gradient, done to the input.
///
/// The convolution leads from this layer's output to its input: forward is its backward pass to the
/// source, the input's gradient its forward pass, and the kernel's gradient the same with the roles of
/// source and destination exchanged.
final class TransposedConvolutionLayer: Layer {
  private let output: ConvolutionOutput
  private let rows, filters, kernelCount: Int
  private let product: ConvolutionPrimitive
  private let kernelProduct: ConvolutionPrimitive?
  private let inputProduct: ConvolutionPrimitive?
  private var bias: UnsafeMutablePointer<Float>?

  init(
    _ options: ConvolutionOptions, _ axes: [WindowAxis], _ plan: LayerPlan
  ) throws(NetworkError) {
    let channels = plan.inputShape[axes.count]
    filters = plan.outputShape[axes.count]
    rows = plan.batchSize * plan.outputCount / filters
    let shape = ConvolutionShape(
      batch: plan.batchSize, inputChannels: filters, outputChannels: channels, axes: axes)
    kernelCount = options.kernelSize.reduce(1, *) * channels * filters
    output = ConvolutionOutput(options, plan)
    product = try ConvolutionPrimitive(.source, shape, plan)
    product.bind(source: output.preactivation)
    product.bind(destination: plan.input)
    guard let outputGradient = plan.outputGradient else {
      kernelProduct = nil
      inputProduct = nil
      return
    }
    kernelProduct = try ConvolutionPrimitive(.kernel, shape, plan)
    kernelProduct?.bind(source: outputGradient)
    kernelProduct?.bind(destination: plan.input)
    guard let inputGradient = plan.inputGradient else {
      inputProduct = nil
      return
    }
    inputProduct = try ConvolutionPrimitive(.forward, shape, plan)
    inputProduct?.bind(source: outputGradient)
    inputProduct?.bind(destination: inputGradient)
  }

  func bind(parameters: UnsafeMutablePointer<Float>, gradient: UnsafeMutablePointer<Float>?) {
    product.bind(kernel: parameters)
    inputProduct?.bind(kernel: parameters)
    bias = output.hasBias ? parameters + kernelCount : nil
    guard let gradient else { return }
    kernelProduct?.bind(kernel: gradient)
    output.bind(biasGradient: gradient + kernelCount)
  }

  func forward(_ pass: Pass) {
    product.execute()
    if let bias { ck_add_to_rows(rows, filters, bias, output.preactivation) }
    output.activate()
  }

  func backward(_ pass: Pass) {
    output.backward()
    kernelProduct?.execute()
    inputProduct?.execute()
  }
}
