private import CKernels

// Which kernel computes a function. Forward and backward of a matrix of rows x columns, the columns
// being the last axis of the output.
extension Activation {
  /// What computes a function.
  private enum Kernel {
    case pointwise(Int32)
    case lines(ck_lines)
    case softmax, logSoftmax, sparsemax, glu
  }

  private var kernel: Kernel {
    switch function {
    case .softmax: .softmax
    case .logSoftmax: .logSoftmax
    case .sparsemax: .sparsemax
    case .glu: .glu
    case .relu where !isDefault:
      .lines(
        ck_lines(
          threshold: Float(parameters[2]), slope: Float(parameters[0]),
          offset: Float(-parameters[0] * parameters[2]), most: Float(parameters[1])))
    case .threshold:
      .lines(
        ck_lines(
          threshold: Float(parameters[0]), slope: 0, offset: Float(parameters[1]),
          most: .infinity))
    default: .pointwise(Int32(code.rawValue))
    }
  }

  private var code: ck_activation {
    switch function {
    case .relu: CK_RELU
    case .relu6: CK_RELU6
    // With a slope of 0 the output no longer tells on which side of 0 the input was.
    case .leakyRelu: parameter == 0 ? CK_RELU : CK_LEAKY_RELU
    case .elu: parameter == 0 ? CK_RELU : CK_ELU
    case .selu: CK_SELU
    case .celu: CK_CELU
    case .gelu: parameter == 0 ? CK_GELU : CK_GELU_TANH
    case .silu: CK_SILU
    case .softplus: CK_SOFTPLUS
    case .softsign: CK_SOFTSIGN
    case .tanh: CK_TANH
    case .tanhShrink: CK_TANH_SHRINK
    case .hardTanh: CK_HARD_TANH
    case .hardShrink: CK_HARD_SHRINK
    case .softShrink: CK_SOFT_SHRINK
    case .sigmoid: CK_SIGMOID
    case .hardSigmoid: CK_HARD_SIGMOID
    case .hardSilu: CK_HARD_SILU
    case .logSigmoid: CK_LOG_SIGMOID
    case .exponential: CK_EXPONENTIAL
    case .mish: CK_MISH
    case .squareplus: CK_SQUAREPLUS
    case .sparsePlus: CK_SPARSE_PLUS
    case .sparseSigmoid: CK_SPARSE_SIGMOID
    case .linear, .softmax, .logSoftmax, .sparsemax, .glu, .threshold: CK_LINEAR
    }
  }

  /// Whether each output depends on one input only, wherever it lies.
  var isPointwise: Bool {
    switch kernel {
    case .pointwise, .lines: true
    case .softmax, .logSoftmax, .sparsemax, .glu: false
    }
  }

  /// Whether the derivative needs the input and not only the output.
  var needsInput: Bool {
    switch kernel {
    case .pointwise(let code): ck_activation_needs_input(code) != 0
    case .lines, .glu: true
    case .softmax, .logSoftmax, .sparsemax: false
    }
  }

  /// y = f(x) over rows x columns; x may be y, except for glu, whose x has 2 x columns.
  func forward(
    rows: Int, columns: Int, from x: UnsafePointer<Float>, to y: UnsafeMutablePointer<Float>
  ) {
    switch kernel {
    case .softmax: ck_softmax_forward(rows, columns, x, y)
    case .logSoftmax: ck_log_softmax_forward(rows, columns, x, y)
    case .sparsemax: ck_sparsemax_forward(rows, columns, x, y)
    case .glu: ck_glu_forward(rows, columns, x, y)
    case .lines(let lines): ck_lines_forward(lines, rows * columns, x, y)
    case .pointwise(let code):
      if function == .linear && UnsafePointer(y) == x { return }
      ck_activation_forward(code, Float(parameter), rows * columns, x, y)
    }
  }

  /// gradient = f'(x) gradient in place, and its column sums; not for glu.
  func backward(
    rows: Int, columns: Int, input x: UnsafePointer<Float>, output y: UnsafePointer<Float>,
    gradient: UnsafeMutablePointer<Float>, columnSums: UnsafeMutablePointer<Float>?
  ) {
    precondition(function.keepsShape, "\(function.rawValue) within a layer")
    var code = Int32(CK_LINEAR.rawValue)
    if case .pointwise(let own) = kernel {
      code = own
    } else {
      backward(rows: rows, columns: columns, input: x, output: y, from: gradient, to: gradient)
    }
    ck_activation_backward_bias(
      code, Float(parameter), rows, columns, x, y, gradient, columnSums)
  }

  /// dx = f'(x) dy; dx may be dy, except for glu, whose dx has 2 x columns.
  func backward(
    rows: Int, columns: Int, input x: UnsafePointer<Float>, output y: UnsafePointer<Float>,
    from dy: UnsafePointer<Float>, to dx: UnsafeMutablePointer<Float>
  ) {
    switch kernel {
    case .softmax: ck_softmax_backward(rows, columns, y, dy, dx)
    case .logSoftmax: ck_log_softmax_backward(rows, columns, y, dy, dx)
    case .sparsemax: ck_sparsemax_backward(rows, columns, y, dy, dx)
    case .glu: ck_glu_backward(rows, columns, x, dy, dx)
    case .lines(let lines): ck_lines_backward(lines, rows * columns, x, dy, dx)
    case .pointwise(let code):
      ck_activation_backward(code, Float(parameter), rows * columns, x, y, dy, dx)
    }
  }
}
