internal import Configuration

/// What SimpleRNN, LSTM and GRU have in common, with Keras' names and defaults.
public struct RecurrentOptions: Sendable, Equatable {
  /// The numbers of the state.
  public var units: Int
  /// The function of the candidate state, and of an LSTM's output.
  public var activation: Activation
  /// Whether there is a bias.
  public var useBias: Bool
  /// How the input's kernel begins.
  public var kernelInitializer: Initializer
  /// How the state's kernel begins.
  public var recurrentInitializer: Initializer
  /// How the bias begins.
  public var biasInitializer: Initializer
  /// Penalties on the size of the input's kernel, the state's kernel and the bias.
  public var kernelRegularizer, recurrentRegularizer, biasRegularizer: Regularizer?
  /// The fraction of the inputs that is dropped in training, in [0, 1): one mask for all time steps.
  public var dropout: Double
  /// The fraction of the state that is dropped on its way into the next step, in [0, 1): one mask for
  /// all time steps (Gal and Ghahramani, 2016).
  public var recurrentDropout: Double
  /// Whether the output has all time steps, [steps, units], or the last, [units].
  public var returnSequences: Bool
  /// Whether the last states are outputs, too.
  public var returnState: Bool
  /// Whether the steps are taken from the last to the first; the output is in the order taken.
  public var goBackwards: Bool
  /// Whether the output of a masked step is 0 instead of that of the step before.
  public var zeroOutputForMask: Bool

  /// Describes a layer of `units` units.
  public init(
    units: Int, activation: Activation = .tanh, useBias: Bool = true,
    kernelInitializer: Initializer = .glorotUniform,
    recurrentInitializer: Initializer = .orthogonal(gain: 1), biasInitializer: Initializer = .zeros,
    dropout: Double = 0, recurrentDropout: Double = 0, returnSequences: Bool = false,
    returnState: Bool = false, goBackwards: Bool = false, zeroOutputForMask: Bool = false
  ) {
    precondition(units > 0, "a recurrent layer of \(units) units")
    precondition(dropout >= 0 && dropout < 1, "a dropout of \(dropout)")
    precondition(
      recurrentDropout >= 0 && recurrentDropout < 1, "a recurrent dropout of \(recurrentDropout)")
    self.units = units
    self.activation = activation
    self.useBias = useBias
    self.kernelInitializer = kernelInitializer
    self.recurrentInitializer = recurrentInitializer
    self.biasInitializer = biasInitializer
    self.dropout = dropout
    self.recurrentDropout = recurrentDropout
    self.returnSequences = returnSequences
    self.returnState = returnState
    self.goBackwards = goBackwards
    self.zeroOutputForMask = zeroOutputForMask
  }
}

extension RecurrentOptions {
  private static let largest = Int(Int32.max) / 4

  /// Reads a job file's options.
  init(options: inout Options) throws(ConfigurationError) {
    try Self.refuse(&options)
    if try options.bool("unroll", default: false) {
      throw options.error("is not supported, and changes no number: leave it out", "unroll")
    }
    self.init(
      units: try options.int("units", in: 1...Self.largest),
      activation: try options.activation("activation", default: .tanh),
      useBias: try options.bool("use_bias", default: true),
      kernelInitializer: try options.initializer("kernel_initializer", default: .glorotUniform),
      recurrentInitializer: try options.initializer(
        "recurrent_initializer", default: .orthogonal(gain: 1)),
      biasInitializer: try options.initializer("bias_initializer", default: .zeros),
      dropout: try options.fraction("dropout", default: 0),
      recurrentDropout: try options.fraction("recurrent_dropout", default: 0),
      returnSequences: try options.bool("return_sequences", default: false),
      returnState: try options.bool("return_state", default: false),
      goBackwards: try options.bool("go_backwards", default: false),
      zeroOutputForMask: try options.bool("zero_output_for_mask", default: false))
    kernelRegularizer = try options.regularizer("kernel_regularizer")
    recurrentRegularizer = try options.regularizer("recurrent_regularizer")
    biasRegularizer = try options.regularizer("bias_regularizer")
  }

  /// Reads the configuration of Keras' layer, of Keras 2 or 3.
  init(keras: inout Options) throws(ConfigurationError) {
    try keras.refuse([
      "activity_regularizer", "kernel_constraint", "recurrent_constraint", "bias_constraint",
    ])
    try Self.refuse(&keras)
    // How Keras computes, which changes no number, and the seed of masks that come from the run's.
    for key in ["seed", "implementation", "use_cudnn", "unroll"] { _ = keras.value(key) }
    self.init(
      units: try keras.int("units", in: 1...Self.largest),
      activation: keras.contains("activation") ? try keras.kerasActivation("activation") : .tanh,
      useBias: try keras.bool("use_bias", default: true),
      kernelInitializer: try keras.kerasInitializer("kernel_initializer", default: .glorotUniform),
      recurrentInitializer: try keras.kerasInitializer(
        "recurrent_initializer", default: .orthogonal(gain: 1)),
      biasInitializer: try keras.kerasInitializer("bias_initializer", default: .zeros),
      dropout: try keras.fraction("dropout", default: 0),
      recurrentDropout: try keras.fraction("recurrent_dropout", default: 0),
      returnSequences: try keras.bool("return_sequences", default: false),
      returnState: try keras.bool("return_state", default: false),
      goBackwards: try keras.bool("go_backwards", default: false),
      zeroOutputForMask: try keras.bool("zero_output_for_mask", default: false))
    kernelRegularizer = try keras.kerasRegularizer("kernel_regularizer")
    recurrentRegularizer = try keras.kerasRegularizer("recurrent_regularizer")
    biasRegularizer = try keras.kerasRegularizer("bias_regularizer")
  }

  /// What Keras has and this engine has not.
  private static func refuse(_ options: inout Options) throws(ConfigurationError) {
    if try options.bool("stateful", default: false) {
      throw options.error(
        "is not supported: a state does not outlive its batch; read the last state by return_state "
          + "and give it to the layer as a further input", "stateful")
    }
    if try options.bool("time_major", default: false) {
      throw options.error("is not supported: the batch is the first axis", "time_major")
    }
  }

  /// The options as a job file has them.
  var entries: [Value.Entry] {
    [
      .init("units", Value(.int(units))), .init("activation", activation.value),
      .init("kernel_initializer", kernelInitializer.value),
      .init("recurrent_initializer", recurrentInitializer.value),
      .init("bias_initializer", biasInitializer.value),
    ] + flags + regularizers(\.value)
  }

  /// The options as Keras 2 and 3 both read them.
  func kerasEntries() throws(NetworkError) -> [Value.Entry] {
    var all: [Value.Entry] = [
      .init("units", Value(.int(units))), .init("activation", try activation.kerasName()),
      .init("kernel_initializer", kernelInitializer.kerasConfig),
      .init("recurrent_initializer", recurrentInitializer.kerasConfig),
      .init("bias_initializer", biasInitializer.kerasConfig),
    ]
    all += flags
    return all + regularizers(\.kerasConfig)
  }

  /// Those that there are.
  private func regularizers(_ form: (Regularizer) -> Value) -> [Value.Entry] {
    [
      ("kernel_regularizer", kernelRegularizer), ("recurrent_regularizer", recurrentRegularizer),
      ("bias_regularizer", biasRegularizer),
    ].compactMap { name, regularizer in regularizer.map { Value.Entry(name, form($0)) } }
  }

  private var flags: [Value.Entry] {
    let flags: [Value.Entry] = [
      .init("use_bias", Value(.bool(useBias))), .init("dropout", Value(.number(dropout))),
      .init("recurrent_dropout", Value(.number(recurrentDropout))),
      .init("return_sequences", Value(.bool(returnSequences))),
      .init("return_state", Value(.bool(returnState))),
      .init("go_backwards", Value(.bool(goBackwards))),
    ]
    // Keras 2 takes it, too, but most files do not have it.
    return zeroOutputForMask ? flags + [.init("zero_output_for_mask", true)] : flags
  }
}
