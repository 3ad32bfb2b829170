/// What all convolutions end with: the activation of each place's filters, and the bias' gradient.
final class ConvolutionOutput {
  private let plan: LayerPlan
  private let activation: Activation
  private let rows, filters: Int
  private var biasGradient: UnsafeMutablePointer<Float>?
  /// Whether a bias is added.
  let hasBias: Bool
  /// What is activated, kept apart from the output only where f' needs it.
  let preactivation: UnsafeMutablePointer<Float>

  init(_ options: ConvolutionOptions, _ plan: LayerPlan) {
    self.plan = plan
    activation = options.activation
    hasBias = options.useBias
    filters = plan.outputShape[plan.outputShape.count - 1]
    let count = plan.batchSize * plan.outputCount
    rows = count / filters
    let isApart = activation.needsInput && plan.outputGradient != nil
    preactivation = isApart ? plan.arena.allocate(count).baseAddress ?? plan.output : plan.output
  }

  /// Sets where the bias' gradient is written, if there is a bias.
  func bind(biasGradient: UnsafeMutablePointer<Float>) {
    self.biasGradient = hasBias && plan.outputBlock == 1 ? biasGradient : nil
  }

  /// Computes the layer's output.
  func activate() {
    activation.forward(rows: rows, columns: filters, from: preactivation, to: plan.output)
  }

  /// Turns the output's gradient into that of `preactivation`, in place, and sums up the bias'; over
  /// blocks of channels the convolution does that.
  func backward() {
    guard let gradient = plan.outputGradient else { return }
    activation.backward(
      rows: rows, columns: filters, input: preactivation, output: plan.output, gradient: gradient,
      columnSums: biasGradient)
  }
}
