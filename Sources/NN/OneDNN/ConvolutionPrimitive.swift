private import CKernels
internal import COneDNN

/// The sizes of a convolution from `input` places of `inputChannels` to `output` places of
/// `outputChannels`, all channels-last.
struct ConvolutionShape {
  /// The rows of the batch.
  var batch: Int
  /// The parts into which channels are split that know nothing of each other.
  var groups = 1
  var inputChannels: Int
  var outputChannels: Int
  /// One to three axes.
  var axes: [WindowAxis]
  /// The channels that lie together: 1 for plain rows; see `TensorLayout`.
  var inputBlock = 1
  var outputBlock = 1

  fileprivate var shim: cdnn_convolution_shape {
    func each(_ value: (WindowAxis) -> Int) -> (Int64, Int64, Int64) {
      func at(_ index: Int) -> Int64 {
        axes.indices.contains(index) ? Int64(value(axes[index])) : 1
      }
      return (at(0), at(1), at(2))
    }
    return cdnn_convolution_shape(
      axes: Int32(axes.count), source_block: Int32(inputBlock),
      destination_block: Int32(outputBlock), batch: Int64(batch), groups: Int64(groups),
      in_channels: Int64(inputChannels), out_channels: Int64(outputChannels),
      in: each { $0.input }, out: each { $0.output }, kernel: each { $0.kernel },
      stride: each { $0.stride }, dilation: each { $0.dilation }, before: each { $0.before },
      after: each { $0.after })
  }
}

/// One direction of a convolution, compiled once by oneDNN.
///
/// The kernel is Keras': [places..., inputs of a group, outputs]; where oneDNN is faster over blocks of
/// channels, it is reordered at each call, which costs a pass over the kernel and not over the batch, or
/// once where an executor only predicts with weights that stay as they are. So
/// is a plain source of a destination in blocks.
final class ConvolutionPrimitive {
  /// What is computed from what.
  enum Direction: Int32 {
    /// The destination from source, kernel and bias.
    case forward = 0
    /// The source's gradient from that of the destination and the kernel.
    case source = 1
    /// The kernel's gradient from the source and the destination's gradient.
    case kernel = 2
  }

  private var primitive = cdnn_convolution()
  private let readsKernel: Bool
  private let engine: OneDNN

  /// Compiles one direction, with its scratch memory in the plan's.
  init(
    _ direction: Direction, _ shape: ConvolutionShape, bias: Bool = false, _ plan: LayerPlan
  ) throws(NetworkError) {
    engine = plan.engine
    readsKernel = direction != .kernel
    var shim = shape.shim
    try OneDNN.check(
      cdnn_convolution_create(
        &primitive, engine.engine, direction.rawValue, plan.isTrained ? 0 : 1, &shim, bias ? 1 : 0),
      "compiling a convolution of \(shape.inputChannels) channels to \(shape.outputChannels)")
    plan.scratch.reserve(primitive.scratch_bytes) { [unowned self] in bind(3, $0) }
    for (operand, bytes) in [(5, primitive.own_bytes.0), (6, primitive.own_bytes.1)]
    where bytes > 0 {
      guard let own = plan.arena.allocate((bytes + 3) / 4).baseAddress else { continue }
      bind(Int32(operand), UnsafeMutableRawPointer(own))
    }
  }

  /// Sets where the source lies, or its gradient.
  func bind(source: UnsafeMutablePointer<Float>) { bind(0, UnsafeMutableRawPointer(source)) }
  /// Sets where the kernel lies, or its gradient.
  func bind(kernel: UnsafeMutablePointer<Float>) {
    bind(1, UnsafeMutableRawPointer(kernel))
    guard engine.packedWeights != nil, readsKernel else { return }
    let status = cdnn_convolution_fix_kernel(&primitive, engine.stream)
    precondition(status == dnnl_success, "oneDNN failed with a kernel: \(status.rawValue)")
  }
  /// Sets where the destination lies, or its gradient.
  func bind(destination: UnsafeMutablePointer<Float>) {
    bind(2, UnsafeMutableRawPointer(destination))
  }
  /// Sets where the bias lies.
  func bind(bias: UnsafeMutablePointer<Float>) { bind(4, UnsafeMutableRawPointer(bias)) }

  private func bind(_ operand: Int32, _ data: UnsafeMutableRawPointer) {
    let status = cdnn_convolution_bind(&primitive, operand, data)
    precondition(status == dnnl_success, "oneDNN refused a pointer: \(status.rawValue)")
  }

  /// Computes.
  ///
  /// Allocates nothing from the second call on.
  func execute() {
    ck_recycle_allocations(1)
    let status = cdnn_convolution_execute(&primitive, engine.stream)
    ck_recycle_allocations(0)
    precondition(status == dnnl_success, "oneDNN failed in a convolution: \(status.rawValue)")
  }

  deinit { cdnn_convolution_destroy(&primitive) }
}
