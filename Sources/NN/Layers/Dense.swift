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
  /// A penalty on the size of W.
  public var kernelRegularizer: Regularizer?
  /// A penalty on the size of b.
  public var biasRegularizer: Regularizer?

  /// Describes a layer of `units` outputs.
  public init(
    units: Int, activation: Activation = .linear, useBias: Bool = true,
    kernelInitializer: Initializer = .glorotUniform, biasInitializer: Initializer = .zeros,
    kernelRegularizer: Regularizer? = nil, biasRegularizer: Regularizer? = nil
  ) {
    precondition(units > 0, "a dense layer of \(units) units")
    self.units = units
    self.activation = activation
    self.useBias = useBias
    self.kernelInitializer = kernelInitializer
    self.biasInitializer = biasInitializer
    self.kernelRegularizer = kernelRegularizer
    self.biasRegularizer = biasRegularizer
  }

  /// Reads `units`, `activation`, `use_bias`, `kernel_initializer`, `bias_initializer`,
  /// `kernel_regularizer` and `bias_regularizer`.
  public init(options: inout Options) throws(ConfigurationError) {
    self.init(
      units: try options.int("units", in: 1...Int(Int32.max)),
      activation: try options.activation("activation", default: .linear),
      useBias: try options.bool("use_bias", default: true),
      kernelInitializer: try options.initializer("kernel_initializer", default: .glorotUniform),
      biasInitializer: try options.initializer("bias_initializer", default: .zeros),
      kernelRegularizer: try options.regularizer("kernel_regularizer"),
      biasRegularizer: try options.regularizer("bias_regularizer"))
  }

  /// The options, defaults included.
  public var value: Value {
    var entries: [Value.Entry] = [
      .init("units", Value(.int(units))), .init("activation", activation.value),
      .init("use_bias", Value(.bool(useBias))),
      .init("kernel_initializer", kernelInitializer.value),
      .init("bias_initializer", biasInitializer.value),
    ]
    if let kernelRegularizer {
      entries.append(.init("kernel_regularizer", kernelRegularizer.value))
    }
    if let biasRegularizer { entries.append(.init("bias_regularizer", biasRegularizer.value)) }
    return Value(.map(entries))
  }

  /// Reads the configuration of Keras' `Dense`.
  public init(keras: inout Options) throws(ConfigurationError) {
    try keras.refuse([
      "activity_regularizer", "kernel_constraint", "bias_constraint", "lora_rank",
      "quantization_config",
    ])
    self.init(
      units: try keras.int("units", in: 1...Int(Int32.max)),
      activation: try keras.kerasActivation("activation"),
      useBias: try keras.bool("use_bias", default: true),
      kernelInitializer: try keras.kerasInitializer("kernel_initializer", default: .glorotUniform),
      biasInitializer: try keras.kerasInitializer("bias_initializer", default: .zeros),
      kernelRegularizer: try keras.kerasRegularizer("kernel_regularizer"),
      biasRegularizer: try keras.kerasRegularizer("bias_regularizer"))
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
        .init("kernel_regularizer", kernelRegularizer?.kerasConfig ?? Value(.null)),
        .init("bias_regularizer", biasRegularizer?.kerasConfig ?? Value(.null)),
      ]
    )
  }

  /// The input's shape with the last axis replaced by `units`.
  public func outputShape(for input: [Int]) throws(NetworkError) -> [Int] {
    guard !input.isEmpty else {
      throw NetworkError("a dense layer needs inputs with an axis, found single numbers")
    }
    try activation.requireShapeKept()
    return input.dropLast() + [units]
  }

  /// `kernel` and, with a bias, `bias`.
  public func parameters(for input: [Int]) -> [ParameterSlot] {
    let kernel = ParameterSlot(
      "kernel", shape: [input.last ?? 1, units], initializer: kernelInitializer,
      regularizer: kernelRegularizer)
    let bias = ParameterSlot(
      "bias", shape: [units], initializer: biasInitializer, regularizer: biasRegularizer)
    return useBias ? [kernel, bias] : [kernel]
  }

  /// The input for the kernel's gradient, and what f' is computed from.
  public var backwardUse: BackwardUse { activation == .linear ? .inputs : [.inputs, .outputs] }

  /// The same time steps count.
  public var maskRole: MaskRole { .passes }

  /// A product and an addition for each weight and position.
  public func operationCount(for inputs: [[Int]]) -> Int {
    guard let input = inputs.first, let count = input.shapeCount else { return 0 }
    return 2 * count * units + (useBias ? count / max(1, input.last ?? 1) * units : 0)
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
  /// x, W and dy for products of rounded numbers, each rounded once for two products.
  private let rounded: (x: RoundedCopy?, kernel: RoundedCopy?, dy: RoundedCopy?)
  private var kernel: UnsafePointer<Float>?
  private let product: MatrixProduct
  private let kernelProduct: MatrixProduct?
  private let inputProduct: MatrixProduct?
  private let streamedGradient: StreamedGradient?
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
    rounded = (
      RoundedCopy(count: rows * inputs, plan: plan),
      RoundedCopy(count: kernelCount, plan: plan),
      plan.outputGradient == nil ? nil : RoundedCopy(count: rows * units, plan: plan)
    )
    product = try MatrixProduct(
      rows: rows, inner: inputs, columns: units, bias: configuration.useBias,
      relu: configuration.activation == .relu, weights: true, rounds: true,
      sharedA: rounded.x, sharedB: rounded.kernel, engine: plan.engine, scratch: plan.scratch)
    product.bind(a: plan.input)
    product.bind(c: preactivation)
    guard let outputGradient = plan.outputGradient else {
      kernelProduct = nil
      inputProduct = nil
      streamedGradient = nil
      return
    }
    // dW = x^T dy, dx = dy W^T.
    kernelProduct = try MatrixProduct(
      rows: inputs, inner: rows, columns: units, transposedA: true, rounds: true,
      sharedA: rounded.x, sharedB: rounded.dy, engine: plan.engine, scratch: plan.scratch)
    kernelProduct?.bind(a: plan.input)
    kernelProduct?.bind(b: outputGradient)
    streamedGradient = StreamedGradient(
      rows: rows, inputs: inputs, outputs: units, dy: outputGradient, plan: plan)
    guard let inputGradient = plan.inputGradient else {
      inputProduct = nil
      return
    }
    inputProduct = try MatrixProduct(
      rows: rows, inner: units, columns: inputs, transposedB: true, rounds: true,
      sharedA: rounded.dy, sharedB: rounded.kernel, engine: plan.engine, scratch: plan.scratch)
    inputProduct?.bind(a: outputGradient)
    inputProduct?.bind(c: inputGradient)
  }

  func bind(parameters: UnsafeMutablePointer<Float>, gradient: UnsafeMutablePointer<Float>?) {
    kernel = UnsafePointer(parameters)
    product.bind(b: parameters)
    inputProduct?.bind(b: parameters)
    streamedGradient?.bind(weights: parameters)
    if configuration.useBias { product.bind(bias: parameters + kernelCount) }
    guard let gradient else { return }
    kernelProduct?.bind(c: gradient)
    biasGradient = configuration.useBias ? gradient + kernelCount : nil
  }

  func forward(_ pass: Pass) {
    rounded.x?.update(from: plan.input)
    if let kernel { rounded.kernel?.update(from: kernel) }
    product.execute()
    guard !product.clips else { return }
    configuration.activation.forward(
      rows: rows, columns: configuration.units, from: preactivation, to: plan.output)
  }

  func backward(_ pass: Pass) {
    differentiateActivation()
    kernelProduct?.execute()
    inputProduct?.execute()
  }

  func backward(_ pass: Pass, into update: BackwardUpdate) -> Int {
    guard let streamedGradient else {
      backward(pass)
      return 0
    }
    differentiateActivation()
    inputProduct?.execute()
    streamedGradient.execute(into: update)
    return kernelCount
  }

  private func differentiateActivation() {
    guard let outputGradient = plan.outputGradient else { return }
    configuration.activation.backward(
      rows: rows, columns: configuration.units, input: preactivation, output: plan.output,
      gradient: outputGradient, columnSums: biasGradient)
    rounded.dy?.update(from: outputGradient)
  }
}
