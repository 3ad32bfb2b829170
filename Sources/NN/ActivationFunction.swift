extension Activation {
  /// The functions by Keras' names.
  ///
  /// Definitions and defaults are Keras 3's (keras/src/activations/activations.py).
  public enum Function: String, Sendable, CaseIterable {
    /// x.
    case linear
    /// max(x, 0); with options: negative_slope (x - threshold) up to `threshold`, x above it, at
    /// most `max_value`.
    case relu
    /// min(max(x, 0), 6).
    case relu6
    /// x, or negative_slope x below 0.
    case leakyRelu = "leaky_relu"
    /// x, or alpha (exp(x) - 1) below 0.
    case elu
    /// elu with the scale and alpha of Klambauer et al. (2017).
    case selu
    /// x, or alpha (exp(x / alpha) - 1) below 0.
    case celu
    /// x times the normal distribution function of x, or with `approximate` Hendrycks' and Gimpel's
    /// formula by tanh.
    case gelu
    /// x sigmoid(x); `swish` is the same.
    case silu
    /// log(1 + exp(x)).
    case softplus
    /// x / (1 + |x|).
    case softsign
    /// tanh(x).
    case tanh
    /// x - tanh(x).
    case tanhShrink = "tanh_shrink"
    /// x, within -1...1.
    case hardTanh = "hard_tanh"
    /// x, or 0 within -threshold...threshold.
    case hardShrink = "hard_shrink"
    /// x moved towards 0 by `threshold`, 0 within -threshold...threshold.
    case softShrink = "soft_shrink"
    /// 1 / (1 + exp(-x)).
    case sigmoid
    /// x / 6 + 1/2, within 0...1.
    case hardSigmoid = "hard_sigmoid"
    /// x hard_sigmoid(x); `hard_swish` is the same.
    case hardSilu = "hard_silu"
    /// log(sigmoid(x)).
    case logSigmoid = "log_sigmoid"
    /// exp(x) over the sum of exp(x) along the last axis.
    case softmax
    /// The logarithm of softmax.
    case logSoftmax = "log_softmax"
    /// The point of the simplex nearest to the vector along the last axis (Martins and Astudillo
    /// 2016).
    case sparsemax
    /// exp(x).
    case exponential
    /// x tanh(softplus(x)) (Misra 2019).
    case mish
    /// (x + sqrt(x^2 + b)) / 2.
    case squareplus
    /// x above `threshold`, otherwise `default_value`.
    case threshold
    /// 0 up to -1, (x + 1)^2 / 4 up to 1, then x.
    case sparsePlus = "sparse_plus"
    /// (x + 1) / 2, within 0...1.
    case sparseSigmoid = "sparse_sigmoid"
    /// The first half of the last axis times the sigmoid of the second half (Dauphin et al. 2017):
    /// the last axis becomes half as long.
    case glu
  }
}

extension Activation.Function {
  /// Other names that Keras takes.
  public static let aliases: [(name: String, function: Self)] = [
    ("swish", .silu), ("hard_swish", .hardSilu),
  ]

  /// The function of a name or an alias.
  public init?(name: String) {
    guard
      let function = Self(rawValue: name)
        ?? Self.aliases.first(where: { $0.name == name })?.function
    else { return nil }
    self = function
  }

  /// Every name and alias.
  static var names: [String] { allCases.map(\.rawValue) + aliases.map(\.name) }

  /// Whether an output has the shape of its input; glu halves the last axis.
  public var keepsShape: Bool { self != .glu }

  /// An option that a function takes.
  struct Option: Sendable {
    let name: String
    let fallback: Double
    let range: ClosedRange<Double>
    /// Whether the option is true or false instead of a number.
    var isFlag = false
  }

  /// The options in the order of `Activation.parameters`.
  var options: [Option] {
    let number = -1e30...1e30
    let scale = 1e-6...1e6
    switch self {
    case .relu:
      return [
        Option(name: "negative_slope", fallback: 0, range: 0...1e6),
        // No limit when the key is missing or null, as in Keras.
        Option(name: "max_value", fallback: .infinity, range: 0...1e30),
        Option(name: "threshold", fallback: 0, range: 0...1e30),
      ]
    case .leakyRelu: return [Option(name: "negative_slope", fallback: 0.2, range: 0...1e6)]
    case .elu: return [Option(name: "alpha", fallback: 1, range: 0...1e6)]
    case .celu: return [Option(name: "alpha", fallback: 1, range: scale)]
    case .gelu: return [Option(name: "approximate", fallback: 0, range: 0...1, isFlag: true)]
    case .hardShrink, .softShrink:
      return [Option(name: "threshold", fallback: 0.5, range: 0...1e30)]
    case .squareplus: return [Option(name: "b", fallback: 4, range: scale)]
    case .threshold:
      return [
        Option(name: "threshold", fallback: 0, range: number),
        Option(name: "default_value", fallback: 0, range: number),
      ]
    default: return []
    }
  }
}
