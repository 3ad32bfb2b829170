private import CKernels

/// An element-wise function, or softmax over the last axis, with Keras' names and definitions.
public struct Activation: Sendable, Equatable {
  /// The functions by their names.
  public enum Function: String, Sendable, CaseIterable {
    /// x.
    case linear
    /// max(x, 0).
    case relu
    /// 1 / (1 + exp(-x)).
    case sigmoid
    /// tanh(x).
    case tanh
    /// exp(x) over the sum of exp(x) along the last axis.
    case softmax
    /// x, or alpha (exp(x) - 1) below 0.
    case elu
    /// elu with the scale and alpha of Klambauer et al. (2017).
    case selu
    /// x times the normal distribution function of x.
    case gelu
    /// log(1 + exp(x)).
    case softplus
    /// x, or negative_slope x below 0.
    case leakyRelu = "leaky_relu"
  }

  /// Which function.
  public let function: Function
  /// elu's alpha or leaky_relu's negative slope; 0 for the others.
  public let parameter: Double

  /// Chooses a function; `parameter` is elu's alpha (1) or leaky_relu's negative slope (0.2).
  public init(_ function: Function, parameter: Double? = nil) {
    self.function = function
    self.parameter = parameter ?? function.defaultParameter
  }

  /// x.
  public static let linear = Activation(.linear)
  /// max(x, 0).
  public static let relu = Activation(.relu)
  /// 1 / (1 + exp(-x)).
  public static let sigmoid = Activation(.sigmoid)
  /// tanh(x).
  public static let tanh = Activation(.tanh)
  /// Softmax over the last axis.
  public static let softmax = Activation(.softmax)

  /// Whether the derivative needs the input and not only the output.
  var needsInput: Bool { function == .gelu }

  /// y = f(x) over rows x columns; x may be y.
  func forward(
    rows: Int, columns: Int, from x: UnsafePointer<Float>, to y: UnsafeMutablePointer<Float>
  ) {
    switch function {
    case .softmax: ck_softmax_forward(rows, columns, x, y)
    case .linear where UnsafePointer(y) == x: break
    default: ck_activation_forward(code, Float(parameter), rows * columns, x, y)
    }
  }

  /// gradient = f'(x) gradient in place, and its column sums.
  func backward(
    rows: Int, columns: Int, input x: UnsafePointer<Float>, output y: UnsafePointer<Float>,
    gradient: UnsafeMutablePointer<Float>, columnSums: UnsafeMutablePointer<Float>?
  ) {
    var code = code
    if function == .softmax {
      ck_softmax_backward(rows, columns, y, gradient, gradient)
      code = Int32(CK_LINEAR.rawValue)
    }
    ck_activation_backward_bias(
      code, Float(parameter), rows, columns, x, y, gradient, columnSums)
  }

  /// dx = f'(x) dy.
  func backward(
    rows: Int, columns: Int, input x: UnsafePointer<Float>, output y: UnsafePointer<Float>,
    from dy: UnsafePointer<Float>, to dx: UnsafeMutablePointer<Float>
  ) {
    if function == .softmax {
      ck_softmax_backward(rows, columns, y, dy, dx)
    } else {
      ck_activation_backward(code, Float(parameter), rows * columns, x, y, dy, dx)
    }
  }

  private var code: Int32 {
    let code =
      switch function {
      case .linear, .softmax: CK_LINEAR
      case .relu: CK_RELU
      case .sigmoid: CK_SIGMOID
      case .tanh: CK_TANH
      case .elu: CK_ELU
      case .selu: CK_SELU
      case .gelu: CK_GELU
      case .softplus: CK_SOFTPLUS
      case .leakyRelu: CK_LEAKY_RELU
      }
    return Int32(code.rawValue)
  }
}

extension Activation.Function {
  /// The option that the function takes, if any.
  var parameterName: String? {
    switch self {
    case .elu: "alpha"
    case .leakyRelu: "negative_slope"
    default: nil
    }
  }

  var defaultParameter: Double {
    switch self {
    case .elu: 1
    case .leakyRelu: 0.2
    default: 0
    }
  }
}
