public import Configuration

/// A recurrent layer without gates: h = f(x W + h_before U + b) (Elman, 1990).
///
/// W is [features, units], U is [units, units], b is [units]; f is `activation`, tanh by default.
public struct SimpleRNN: RecurrentConfiguration {
  /// `simple_rnn`.
  public static let name = "simple_rnn"
  /// `SimpleRNN`.
  public static let kerasClass = "SimpleRNN"
  /// One block: the state.
  public static let gateCount = 1
  /// h.
  public static let stateCount = 1
  /// What all recurrent layers have in common.
  public var options: RecurrentOptions

  /// Describes a layer.
  public init(_ options: RecurrentOptions) {
    self.options = options
  }

  /// Describes a layer of `units` units with the defaults of Keras.
  public init(units: Int, returnSequences: Bool = false) {
    self.init(RecurrentOptions(units: units, returnSequences: returnSequences))
  }

  /// Reads the options of a job file.
  public init(options: inout Options) throws(ConfigurationError) {
    self.init(
      try RecurrentOptions(options: &options))
  }

  /// The options, defaults included.
  public var value: Value {
    Value(.map(options.entries))
  }

  /// Reads the configuration of Keras' `SimpleRNN`.
  public init(keras: inout Options) throws(ConfigurationError) {
    self.init(
      try RecurrentOptions(keras: &keras))
  }

  /// Keras' `SimpleRNN`.
  public func kerasLayer() throws(NetworkError) -> (className: String, config: [Value.Entry]) {
    (Self.kerasClass, try options.kerasEntries())
  }

  /// b, [units].
  public var biasSlot: ParameterSlot {
    ParameterSlot("bias", shape: [options.units], initializer: options.biasInitializer)
  }

  /// f.
  public var elementOperationCount: Int { 1 }

  /// Compiles the layer.
  public func makeLayer(_ plan: LayerPlan, salt: UInt64) throws(NetworkError) -> any Layer {
    let memory = RecurrentMemory(options, gateCount: 1, plan)
    return try RecurrentLayer(
      memory, try SimpleCell(memory), inputBias: options.useBias, salt: salt)
  }
}
