/// A depthwise convolution, and behind it a product over the channels of each place.
final class SeparableConvolutionLayer: Layer {
  private let output: ConvolutionOutput
  private let kernelCount: Int
  private let product: ConvolutionPrimitive
  private let projection: Projection
  private let kernelProduct: ConvolutionPrimitive?
  private let inputProduct: ConvolutionPrimitive?

  init(
    _ options: ConvolutionOptions, _ axes: [WindowAxis], _ plan: LayerPlan
  ) throws(NetworkError) {
    let channels = plan.inputShape[axes.count], filters = plan.outputShape[axes.count]
    let between = channels * options.depthMultiplier
    let rows = plan.batchSize * plan.outputCount / filters
    let shape = ConvolutionShape(
      batch: plan.batchSize, groups: channels, inputChannels: channels, outputChannels: between,
      axes: axes)
    kernelCount = options.kernelSize.reduce(1, *) * between
    output = ConvolutionOutput(options, plan)
    guard let count = [rows, between].shapeCount, count < 1 << 40,
      let middle = plan.arena.allocate(count).baseAddress
    else { throw NetworkError("has \(between) channels between its products: too many") }
    let outputGradient = plan.outputGradient
    let middleGradient =
      outputGradient == nil ? nil : plan.arena.allocate(count).baseAddress
    product = try ConvolutionPrimitive(.forward, shape, plan)
    product.bind(source: plan.input)
    product.bind(destination: middle)
    projection = try Projection(
      rows: rows, inputs: between, outputs: filters, hasBias: options.useBias, x: middle,
      y: output.preactivation, dy: outputGradient, dx: middleGradient, plan: plan)
    guard let middleGradient else {
      kernelProduct = nil
      inputProduct = nil
      return
    }
    kernelProduct = try ConvolutionPrimitive(.kernel, shape, plan)
    kernelProduct?.bind(source: plan.input)
    kernelProduct?.bind(destination: middleGradient)
    guard let inputGradient = plan.inputGradient else {
      inputProduct = nil
      return
    }
    inputProduct = try ConvolutionPrimitive(.source, shape, plan)
    inputProduct?.bind(source: inputGradient)
    inputProduct?.bind(destination: middleGradient)
  }

  func bind(parameters: UnsafeMutablePointer<Float>, gradient: UnsafeMutablePointer<Float>?) {
    product.bind(kernel: parameters)
    inputProduct?.bind(kernel: parameters)
    projection.bind(
      parameters: parameters + kernelCount, gradient: gradient.map { $0 + kernelCount })
    guard let gradient else { return }
    kernelProduct?.bind(kernel: gradient)
  }

  func forward(_ pass: Pass) {
    product.execute()
    projection.forward()
    output.activate()
  }

  func backward(_ pass: Pass) {
    // The projection sums up the bias' gradient.
    output.backward()
    projection.backward()
    kernelProduct?.execute()
    inputProduct?.execute()
  }
}
