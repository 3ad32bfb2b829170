/// An element-wise function, or one of the last axis, with Keras' names and definitions.
public struct Activation: Sendable, Equatable {
  /// Which function.
  public let function: Function
  /// The function's options in the order of its `options`; 0 where there is none.
  let parameters: SIMD4<Double>

  /// Chooses a function.
  ///
  /// - Parameters:
  ///   - function: which one.
  ///   - parameter: its first option: alpha of elu (1) and celu (1), the negative slope of relu (0)
  ///     and leaky_relu (0.2), the threshold of hard_shrink, soft_shrink (0.5) and threshold (0), b
  ///     of squareplus (4); ignored by functions without options.
  public init(_ function: Function, parameter: Double? = nil) {
    self.init(function, parameters: [parameter])
  }

  /// relu with its three options.
  ///
  /// - Parameters:
  ///   - maxValue: the largest output, at least 0; nil: no limit.
  ///   - negativeSlope: the slope up to `threshold`, at least 0.
  ///   - threshold: where x begins to pass, at least 0.
  /// - Returns: the activation.
  public static func relu(
    maxValue: Double? = nil, negativeSlope: Double = 0, threshold: Double = 0
  ) -> Activation {
    Activation(.relu, parameters: [negativeSlope, maxValue, threshold])
  }

  /// gelu, exact or by tanh.
  public static func gelu(approximate: Bool) -> Activation {
    Activation(.gelu, parameters: [approximate ? 1 : 0])
  }

  /// x above `threshold`, otherwise `value`.
  public static func threshold(_ threshold: Double, value: Double) -> Activation {
    Activation(.threshold, parameters: [threshold, value])
  }

  /// Chooses a function; missing options get their defaults.
  init(_ function: Function, parameters given: [Double?]) {
    self.function = function
    var parameters = SIMD4<Double>()
    for (index, option) in function.options.enumerated() {
      let value = (index < given.count ? given[index] : nil) ?? option.fallback
      precondition(
        option.range.contains(value) || value == option.fallback,
        "\(function.rawValue): \(option.name) \(value) is outside \(option.range)")
      parameters[index] = value
    }
    self.parameters = parameters
  }

  /// The first option.
  public var parameter: Double { parameters[0] }

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

  /// Whether every option has its default.
  var isDefault: Bool { self == Activation(function) }

  /// The shape of the output for one sample.
  /// - Throws: `NetworkError` when glu cannot halve the last axis.
  func outputShape(for input: [Int]) throws(NetworkError) -> [Int] {
    guard !function.keepsShape else { return input }
    guard let last = input.last, last % 2 == 0 else {
      throw NetworkError(
        "\(function.rawValue) halves the last axis, and that of \(input) is not even: change the "
          + "layer before it")
    }
    return input.dropLast() + [last / 2]
  }
}

extension Activation {
  /// Throws for a function that has another number of outputs than inputs, which only a layer of its
  /// own can apply.
  func requireShapeKept() throws(NetworkError) {
    guard !function.keepsShape else { return }
    throw NetworkError(
      "\(function.rawValue) gives fewer numbers than it takes: make it a layer of its own")
  }
}
