public import Configuration

/// Long short-term memory (Hochreiter and Schmidhuber, 1997; Gers et al., 2000).
///
/// [i f c o] = x W + h_before U + b, c = s(f) c_before + s(i) a(c), h = s(o) a(c), where s is
/// `recurrentActivation` (sigmoid) and a is `activation` (tanh). W is [features, 4 units], U is
/// [units, 4 units], b is [4 units].
public struct LSTM: RecurrentConfiguration {
  /// `lstm`.
  public static let name = "lstm"
  /// `LSTM`.
  public static let kerasClass = "LSTM"
  /// The gates in the order i, f, c, o.
  public static let gateCount = 4
  /// h and c.
  public static let stateCount = 2
  /// What all recurrent layers have in common.
  public var options: RecurrentOptions

  /// The function of the gates.
  public var recurrentActivation: Activation
  /// Whether b begins with 1 for the forget gate.
  public var unitForgetBias: Bool

  /// Describes a layer.
  public init(
    _ options: RecurrentOptions, recurrentActivation: Activation = .sigmoid,
    unitForgetBias: Bool = true
  ) {
    self.options = options
    self.recurrentActivation = recurrentActivation
    self.unitForgetBias = unitForgetBias
  }

  /// Describes a layer of `units` units with the defaults of Keras.
  public init(units: Int, returnSequences: Bool = false) {
    self.init(RecurrentOptions(units: units, returnSequences: returnSequences))
  }

  /// Reads the options of a job file.
  public init(options: inout Options) throws(ConfigurationError) {
    self.init(
      try RecurrentOptions(options: &options),
      recurrentActivation: try options.activation("recurrent_activation", default: .sigmoid),
      unitForgetBias: try options.bool("unit_forget_bias", default: true))
  }

  /// The options, defaults included.
  public var value: Value {
    Value(
      .map(
        options.entries + [
          .init("recurrent_activation", recurrentActivation.value),
          .init("unit_forget_bias", Value(.bool(unitForgetBias))),
        ]))
  }

  /// Reads the configuration of Keras' `LSTM`.
  public init(keras: inout Options) throws(ConfigurationError) {
    self.init(
      try RecurrentOptions(keras: &keras),
      recurrentActivation: keras.contains("recurrent_activation")
        ? try keras.kerasActivation("recurrent_activation") : .sigmoid,
      unitForgetBias: try keras.bool("unit_forget_bias", default: true))
  }

  /// Keras' `LSTM`.
  public func kerasLayer() throws(NetworkError) -> (className: String, config: [Value.Entry]) {
    (
      Self.kerasClass,
      try options.kerasEntries() + [
        .init("recurrent_activation", try recurrentActivation.kerasName()),
        .init("unit_forget_bias", Value(.bool(unitForgetBias))),
      ]
    )
  }

  /// b, [4 units].
  public var biasSlot: ParameterSlot {
    let initializer = options.biasInitializer
    return ParameterSlot(
      "bias", shape: [4 * options.units],
      initializer: unitForgetBias ? .unitForgetBias(initializer) : initializer)
  }

  /// Three gates and a candidate, f c + i a(candidate), o a(c).
  public var elementOperationCount: Int { 9 }

  /// Compiles the layer.
  public func makeLayer(_ plan: LayerPlan, salt: UInt64) throws(NetworkError) -> any Layer {
    let memory = RecurrentMemory(options, gateCount: 4, plan)
    return try RecurrentLayer(
      memory, try LSTMCell(memory, recurrentActivation), inputBias: options.useBias, salt: salt)
  }
}
