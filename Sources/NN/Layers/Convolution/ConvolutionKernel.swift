internal import CKernels

/// Our own convolutions' view of a shape.
enum ConvolutionKernel {
  /// Whether windows along these axes can be described: one or two, no dilation, nothing cut off.
  static func canHave(_ axes: [WindowAxis]) -> Bool {
    (1...2).contains(axes.count) && axes.allSatisfy { $0.dilation == 1 && $0.before >= 0 }
  }

  /// The shape of a plan's convolution; one axis is an image of one row.
  static func shape(_ axes: [WindowAxis], _ plan: LayerPlan) -> ck_convolution {
    let x = axes[axes.count - 1]
    let y = axes.count == 2 ? axes[0] : nil
    return ck_convolution(
      batch: plan.batchSize, height: y?.input ?? 1, width: x.input,
      channels: plan.inputShape[axes.count], kernel_height: y?.kernel ?? 1, kernel_width: x.kernel,
      stride_y: y?.stride ?? 1, stride_x: x.stride, top: y?.before ?? 0, left: x.before,
      out_height: y?.output ?? 1, out_width: x.output, filters: plan.outputShape[axes.count],
      block: plan.outputBlock)
  }

  /// The numbers of its kernel.
  static func count(_ shape: ck_convolution) -> Int {
    shape.kernel_height * shape.kernel_width * shape.channels * shape.filters
  }
}

/// The gradients of kernel and bias of a convolution between blocks of channels, where our own loops are
/// faster than oneDNN's: on CPUs with AVX2 and without AVX-512.
final class BlockGradient {
  private var shape: ck_convolution
  private let plan: LayerPlan
  private let hasBias: Bool
  private let kernelCount: Int
  private var scratch: UnsafeMutablePointer<Float>?
  private var gradient: UnsafeMutablePointer<Float>?

  /// Reserves scratch memory; nil where the shape is oneDNN's.
  init?(_ options: ConvolutionOptions, _ axes: [WindowAxis], _ plan: LayerPlan) {
    guard options.groups == 1, ConvolutionKernel.canHave(axes), plan.inputBlock > 1,
      plan.inputBlock == plan.outputBlock, plan.engine.threadCount == 1
    else { return nil }
    var shape = ConvolutionKernel.shape(axes, plan)
    // A window of one column has too few sums to keep the units busy.
    guard shape.kernel_width > 1, ck_block_gradient_fits(&shape) != 0 else { return nil }
    self.shape = shape
    self.plan = plan
    hasBias = options.useBias
    kernelCount = ConvolutionKernel.count(shape)
    plan.scratch.reserve(4 * ck_block_gradient_scratch(&shape)) { [unowned self] in
      scratch = $0.assumingMemoryBound(to: Float.self)
    }
  }

  /// Sets where the gradient of the kernel, and behind it the bias', is written.
  func bind(gradient: UnsafeMutablePointer<Float>) { self.gradient = gradient }

  /// Computes both from the plan's input and its output's gradient.
  ///
  /// Allocates nothing.
  func execute() {
    guard let outputGradient = plan.outputGradient, let gradient else { return }
    ck_block_gradient(
      &shape, plan.input, outputGradient, gradient, hasBias ? gradient + kernelCount : nil, scratch)
  }
}
