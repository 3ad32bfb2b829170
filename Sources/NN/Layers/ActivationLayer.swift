private import CKernels
public import Configuration

/// An activation as a layer of its own.
///
/// In a job file `activation: {function: relu}`; in Keras `Activation`, or `ReLU`, `Softmax`, `ELU`
/// and `LeakyReLU`, which are read too.
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
    guard options.value("function") != nil else {
      throw options.error("the key is missing: which function?", "function")
    }
    activation = try options.activation("function", default: .linear)
  }

  /// The function.
  public var value: Value { ["function": activation.value] }

  /// Reads the configuration of Keras' `Activation`.
  public init(keras: inout Options) throws(ConfigurationError) {
    activation = try keras.kerasActivation("activation")
  }

  /// Reads the configuration of one of Keras' activation classes.
  init(kerasClass: String, _ keras: inout Options) throws(ConfigurationError) {
    switch kerasClass {
    case "ReLU":
      try keras.refuse(["max_value"])
      let slope = try keras.number("negative_slope", default: 0, in: 0...1e6)
      guard try keras.number("threshold", default: 0) == 0 else {
        throw keras.error("only 0 is supported", "threshold")
      }
      activation = slope == 0 ? .relu : Activation(.leakyRelu, parameter: slope)
    case "LeakyReLU":
      let key = keras.contains("alpha") ? "alpha" : "negative_slope"
      activation = Activation(
        .leakyRelu, parameter: try keras.number(key, default: 0.3, in: 0...1e6))
    case "ELU":
      activation = Activation(.elu, parameter: try keras.number("alpha", default: 1, in: 0...1e6))
    default:
      guard try keras.int("axis", default: -1) == -1 else {
        throw keras.error("only the last axis, -1, is supported", "axis")
      }
      activation = .softmax
    }
  }

  /// Keras' classes that `init(kerasClass:_:)` reads.
  static let kerasClasses = ["ReLU", "LeakyReLU", "ELU", "Softmax"]

  /// Keras' `Activation`, or the class that can carry the parameter.
  public func kerasLayer() throws(NetworkError) -> (className: String, config: [Value.Entry]) {
    let alpha = Value.Entry("alpha", Value(.number(activation.parameter)))
    switch activation.function {
    case .leakyRelu: return ("LeakyReLU", [alpha])
    case .elu: return ("ELU", [alpha])
    default: return (Self.kerasClass, [.init("activation", try activation.kerasName())])
    }
  }

  /// The input's shape.
  public func outputShape(for input: [Int]) throws(NetworkError) -> [Int] { input }

  /// True for the linear function.
  public var isView: Bool { activation == .linear }

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
    columns = plan.inputShape.last ?? 1
    rows = plan.batchSize * plan.inputCount / columns
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
