public import Configuration

/// An activation as a layer of its own.
///
/// In a job file `activation: {function: relu}`, or the function's name alone as a layer; in Keras
/// `Activation`, or `ReLU`, `Softmax`, `ELU` and `LeakyReLU`, which are read too.
public struct ActivationConfiguration: LayerConfiguration {
  /// `activation`.
  public static let name = "activation"
  /// `Activation`.
  public static let kerasClass = "Activation"
  /// The function.
  public var activation: Activation

  /// Describes a layer that applies `activation`.
  public init(_ activation: Activation) { self.activation = activation }

  /// Reads `function`.
  public init(options: inout Options) throws(ConfigurationError) {
    guard let value = options.value("function") else {
      throw options.error("the key is missing: which function?", "function")
    }
    activation = try Activation(value, at: options.keyPath + ["function"])
  }

  /// The function.
  public var value: Value { ["function": activation.value] }

  /// Reads the configuration of Keras' `Activation`.
  public init(keras: inout Options) throws(ConfigurationError) {
    guard let value = keras.value("activation") else {
      activation = .linear
      return
    }
    activation = try Activation(keras: value, at: keras.keyPath + ["activation"])
  }

  /// Reads the configuration of one of Keras' activation classes.
  init(kerasClass: String, _ keras: inout Options) throws(ConfigurationError) {
    activation = try Activation(kerasClass: kerasClass, &keras)
  }

  /// Keras' classes that `init(kerasClass:_:)` reads.
  static let kerasClasses = Activation.kerasClasses

  /// Keras' `Activation`, or the class that can carry the options.
  public func kerasLayer() throws(NetworkError) -> (className: String, config: [Value.Entry]) {
    try activation.kerasLayer()
  }

  /// The input's shape; glu halves the last axis.
  public func outputShape(for input: [Int]) throws(NetworkError) -> [Int] {
    try activation.outputShape(for: input)
  }

  /// True for the linear function.
  public var isView: Bool { activation == .linear }

  /// What the derivative is computed from.
  public var backwardUse: BackwardUse { activation.needsInput ? [.inputs, .outputs] : .outputs }

  /// The same time steps count.
  public var maskRole: MaskRole { .passes }

  /// The function.
  public var outputActivation: Activation? { activation }

  /// The linear function.
  public func withoutOutputActivation() -> any LayerConfiguration { Self(.linear) }

  /// Compiles the layer.
  public func makeLayer(_ plan: LayerPlan) throws(NetworkError) -> any Layer {
    ActivationLayer(activation, plan)
  }
}

private final class ActivationLayer: Layer {
  private let activation: Activation
  private let plan: LayerPlan
  private let rows: Int
  private let columns: Int

  init(_ activation: Activation, _ plan: LayerPlan) {
    self.activation = activation
    self.plan = plan
    columns = plan.outputShape.last ?? 1
    rows = plan.batchSize * plan.outputCount / columns
  }

  func forward(_ pass: Pass) {
    activation.forward(rows: rows, columns: columns, from: plan.input, to: plan.output)
  }

  func backward(_ pass: Pass) {
    guard let outputGradient = plan.outputGradient, let inputGradient = plan.inputGradient
    else { return }
    activation.backward(
      rows: rows, columns: columns, input: plan.input, output: plan.output, from: outputGradient,
      to: inputGradient)
  }
}
