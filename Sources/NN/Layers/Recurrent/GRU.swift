public import Configuration

/// A gated recurrent unit (Cho et al., 2014).
///
/// z = s(x W_z + h_before U_z + b_z), r likewise, h = z h_before + (1 - z) a(candidate), where s is
/// `recurrentActivation` (sigmoid) and a is `activation` (tanh). The candidate is
/// x W_h + b_h + r (h_before U_h + b'_h) when `resetAfter` (Keras' default, cuDNN's form), and
/// x W_h + b_h + (r h_before) U_h otherwise. W is [features, 3 units], U is [units, 3 units]; b is
/// [2, 3 units] when `resetAfter`, its second row added with U, and [3 units] otherwise.
public struct GRU: RecurrentConfiguration {
  /// `gru`.
  public static let name = "gru"
  /// `GRU`.
  public static let kerasClass = "GRU"
  /// The gates in the order z, r, h.
  public static let gateCount = 3
  /// h.
  public static let stateCount = 1
  /// What all recurrent layers have in common.
  public var options: RecurrentOptions

  /// The function of the gates.
  public var recurrentActivation: Activation
  /// Whether the reset gate acts after the product with U_h.
  public var resetAfter: Bool

  /// Describes a layer.
  public init(
    _ options: RecurrentOptions, recurrentActivation: Activation = .sigmoid, resetAfter: Bool = true
  ) {
    self.options = options
    self.recurrentActivation = recurrentActivation
    self.resetAfter = resetAfter
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
      resetAfter: try options.bool("reset_after", default: true))
  }

  /// The options, defaults included.
  public var value: Value {
    Value(
      .map(
        options.entries + [
          .init("recurrent_activation", recurrentActivation.value),
          .init("reset_after", Value(.bool(resetAfter))),
        ]))
  }

  /// Reads the configuration of Keras' `GRU`.
  public init(keras: inout Options) throws(ConfigurationError) {
    self.init(
      try RecurrentOptions(keras: &keras),
      recurrentActivation: keras.contains("recurrent_activation")
        ? try keras.kerasActivation("recurrent_activation") : .sigmoid,
      resetAfter: try keras.bool("reset_after", default: true))
  }

  /// Keras' `GRU`.
  public func kerasLayer() throws(NetworkError) -> (className: String, config: [Value.Entry]) {
    (
      Self.kerasClass,
      try options.kerasEntries() + [
        .init("recurrent_activation", try recurrentActivation.kerasName()),
        .init("reset_after", Value(.bool(resetAfter))),
      ]
    )
  }

  /// b, [2, 3 units] or [3 units].
  public var biasSlot: ParameterSlot {
    let columns = 3 * options.units
    return ParameterSlot(
      "bias", shape: resetAfter ? [2, columns] : [columns], initializer: options.biasInitializer)
  }

  /// Two gates and a candidate; r times the state or its product, which is then added to the input's; and
  /// z h + (1 - z) candidate.
  public var elementOperationCount: Int { 3 + (resetAfter ? 2 : 1) + 4 }

  /// Compiles the layer.
  public func makeLayer(_ plan: LayerPlan, salt: UInt64) throws(NetworkError) -> any Layer {
    let memory = RecurrentMemory(options, gateCount: 3, plan)
    let cell: any RecurrentCell =
      resetAfter
      ? try GRUCell(memory, recurrentActivation)
      : try GRUResetFirstCell(memory, recurrentActivation)
    return try RecurrentLayer(memory, cell, inputBias: options.useBias, salt: salt)
  }
}
