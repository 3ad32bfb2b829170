private import CKernels
public import Configuration

/// A fully connected layer: y = f(x W + b) over the last axis of its input.
///
/// W is [inputs, units], b is [units].
public struct Dense: LayerConfiguration {
  /// `dense`.
  public static let name = "dense"
  /// `Dense`.
  public static let kerasClass = "Dense"
  /// The number of outputs.
  public var units: Int
  /// f.
  public var activation: Activation
  /// Whether there is a b.
  public var useBias: Bool
  /// How W begins.
  public var kernelInitializer: Initializer
  /// How b begins.
  public var biasInitializer: Initializer

  /// Describes a layer of `units` outputs.
  public init(
    units: Int, activation: Activation = .linear, useBias: Bool = true,
    kernelInitializer: Initializer = .glorotUniform, biasInitializer: Initializer = .zeros
  ) {
    precondition(units > 0, "a dense layer of \(units) units")
    self.units = units
    self.activation = activation
    self.useBias = useBias
    self.kernelInitializer = kernelInitializer
    self.biasInitializer = biasInitializer
  }

  /// Reads `units`, `activation`, `use_bias`, `kernel_initializer` and `bias_initializer`.
  public init(options: inout Options) throws(ConfigurationError) {
    self.init(
      units: try options.int("units", in: 1...Int(Int32.max)),
      activation: try options.activation("activation", default: .linear),
      useBias: try options.bool("use_bias", default: true),
      kernelInitializer: try options.initializer("kernel_initializer", default: .glorotUniform),
      biasInitializer: try options.initializer("bias_initializer", default: .zeros))
  }

  /// The options, defaults included.
  public var value: Value {
    [
      "units": Value(.int(units)), "activation": activation.value,
      "use_bias": Value(.bool(useBias)), "kernel_initializer": kernelInitializer.value,
      "bias_initializer": biasInitializer.value,
    ]
  }

  /// Reads the configuration of Keras' `Dense`.
  public init(keras: inout Options) throws(ConfigurationError) {
    try keras.refuse([
      "kernel_regularizer", "bias_regularizer", "activity_regularizer", "kernel_constraint",
      "bias_constraint", "lora_rank", "quantization_config",
    ])
    self.init(
      units: try keras.int("units", in: 1...Int(Int32.max)),
      activation: try keras.kerasActivation("activation"),
      useBias: try keras.bool("use_bias", default: true),
      kernelInitializer: try keras.kerasInitializer("kernel_initializer", default: .glorotUniform),
      biasInitializer: try keras.kerasInitializer("bias_initializer", default: .zeros))
  }

  /// Keras' `Dense`.
  public func kerasLayer() throws(NetworkError) -> (className: String, config: [Value.Entry]) {
    (
      Self.kerasClass,
      [
        .init("units", Value(.int(units))), .init("activation", try activation.kerasName()),
        .init("use_bias", Value(.bool(useBias))),
        .init("kernel_initializer", kernelInitializer.kerasConfig),
        .init("bias_initializer", biasInitializer.kerasConfig),
      ]
    )
  }

  /// The input's shape with the last axis replaced by `units`.
  public func outputShape(for input: [Int]) throws(NetworkError) -> [Int] {
    guard !input.isEmpty else {
      throw NetworkError("a dense layer needs inputs with an axis, found single numbers")
    }
    return input.dropLast() + [units]
  }

  /// `kernel` and, with a bias, `bias`.
  public func parameters(for input: [Int]) -> [ParameterSlot] {
    let kernel = ParameterSlot(
      "kernel", shape: [input.last ?? 1, units], initializer: kernelInitializer)
    let bias = ParameterSlot("bias", shape: [units], initializer: biasInitializer)
    return useBias ? [kernel, bias] : [kernel]
  }

  /// f.
  public var outputActivation: Activation? { activation }

  /// The layer with a linear f.
  public func withoutOutputActivation() -> any LayerConfiguration {
    var copy = self
    copy.activation = .linear
    return copy
  }

  /// Compiles three matrix products: the output, the kernel's gradient, the input's gradient.
  public func makeLayer(_ plan: LayerPlan) throws(NetworkError) -> any Layer {
    try DenseLayer(self, plan)
  }
}

private final class DenseLayer: Layer {
  private let configuration: Dense
  private let rows: Int
  private let plan: LayerPlan
  private let kernelCount: Int
  /// x W + b, kept apart only where f' needs it.
  private let preactivation: UnsafeMutablePointer<Float>
  private let product: MatrixProduct
  private let kernelProduct: MatrixProduct?
  private let inputProduct: MatrixProduct?
  private var biasGradient: UnsafeMutablePointer<Float>?

  init(_ configuration: Dense, _ plan: LayerPlan) throws(NetworkError) {
    self.configuration = configuration
    self.plan = plan
    let inputs = plan.inputShape[plan.inputShape.count - 1]
    let units = configuration.units
    rows = plan.batchSize * plan.inputCount / inputs
    kernelCount = inputs * units
    let needsInput = configuration.activation.needsInput && plan.outputGradient != nil
    preactivation =
      needsInput ? plan.arena.allocate(rows * units).baseAddress ?? plan.output : plan.output
    product = try MatrixProduct(
      rows: rows, inner: inputs, columns: units, bias: configuration.useBias, engine: plan.engine,
      scratch: plan.scratch)
    product.bind(a: plan.input)
    product.bind(c: preactivation)
    guard let outputGradient = plan.outputGradient else {
      kernelProduct = nil
      inputProduct = nil
      return
    }
    // dW = x^T dy, dx = dy W^T.
    kernelProduct = try MatrixProduct(
      rows: inputs, inner: rows, columns: units, transposedA: true, engine: plan.engine,
      scratch: plan.scratch)
    kernelProduct?.bind(a: plan.input)
    kernelProduct?.bind(b: outputGradient)
    guard let inputGradient = plan.inputGradient else {
      inputProduct = nil
      return
    }
    inputProduct = try MatrixProduct(
      rows: rows, inner: units, columns: inputs, transposedB: true, engine: plan.engine,
      scratch: plan.scratch)
    inputProduct?.bind(a: outputGradient)
    inputProduct?.bind(c: inputGradient)
  }

  func bind(parameters: UnsafeMutablePointer<Float>, gradient: UnsafeMutablePointer<Float>?) {
    product.bind(b: parameters)
    inputProduct?.bind(b: parameters)
    if configuration.useBias { product.bind(bias: parameters + kernelCount) }
    guard let gradient else { return }
    kernelProduct?.bind(c: gradient)
    biasGradient = configuration.useBias ? gradient + kernelCount : nil
  }

  func forward(_ pass: Pass) {
    product.execute()
    configuration.activation.forward(
      rows: rows, columns: configuration.units, from: preactivation, to: plan.output)
  }

  func backward(_ pass: Pass) {
    guard let outputGradient = plan.outputGradient else { return }
    configuration.activation.backward(
      rows: rows, columns: configuration.units, input: preactivation, output: plan.output,
      gradient: outputGradient, columnSums: biasGradient)
    kernelProduct?.execute()
    inputProduct?.execute()
  }
}
