internal import Configuration

/// What follows a normalization: a scale and a shift of each channel, and the epsilon before them.
public struct NormalizationAffine: Sendable {
  /// Added to the variance, above 0.
  public var epsilon: Double
  /// Whether there is a beta.
  public var center: Bool
  /// Whether there is a gamma.
  public var scale: Bool
  /// How beta begins.
  public var betaInitializer: Initializer
  /// How gamma begins.
  public var gammaInitializer: Initializer
  /// Penalties on the size of the weights.
  public var betaRegularizer, gammaRegularizer: Regularizer?
  /// The axis that a configuration of Keras names, with the batch as axis 0; nil: the last one.
  var kerasAxis: Int?

  /// Describes them.
  public init(
    epsilon: Double = 1e-3, center: Bool = true, scale: Bool = true,
    betaInitializer: Initializer = .zeros, gammaInitializer: Initializer = .ones
  ) {
    precondition(epsilon > 0)
    self.epsilon = epsilon
    self.center = center
    self.scale = scale
    self.betaInitializer = betaInitializer
    self.gammaInitializer = gammaInitializer
  }

  /// Reads the job file's options.
  init(options: inout Options) throws(ConfigurationError) {
    self.init(
      epsilon: try options.positive("epsilon", default: 1e-3),
      center: try options.bool("center", default: true),
      scale: try options.bool("scale", default: true),
      betaInitializer: try options.initializer("beta_initializer", default: .zeros),
      gammaInitializer: try options.initializer("gamma_initializer", default: .ones))
    betaRegularizer = try options.regularizer("beta_regularizer")
    gammaRegularizer = try options.regularizer("gamma_regularizer")
  }

  /// Reads Keras' options.
  init(keras: inout Options) throws(ConfigurationError) {
    try keras.refuse(["beta_constraint", "gamma_constraint"])
    let axis = try keras.normalizedAxis()
    self.init(
      epsilon: try keras.positive("epsilon", default: 1e-3),
      center: try keras.bool("center", default: true),
      scale: try keras.bool("scale", default: true),
      betaInitializer: try keras.kerasInitializer("beta_initializer", default: .zeros),
      gammaInitializer: try keras.kerasInitializer("gamma_initializer", default: .ones))
    betaRegularizer = try keras.kerasRegularizer("beta_regularizer")
    gammaRegularizer = try keras.kerasRegularizer("gamma_regularizer")
    kerasAxis = axis
  }

  /// The job file's options.
  var entries: [Value.Entry] {
    var entries: [Value.Entry] = [
      .init("epsilon", Value(.number(epsilon))), .init("center", Value(.bool(center))),
      .init("scale", Value(.bool(scale))), .init("beta_initializer", betaInitializer.value),
      .init("gamma_initializer", gammaInitializer.value),
    ]
    if let betaRegularizer { entries.append(.init("beta_regularizer", betaRegularizer.value)) }
    if let gammaRegularizer { entries.append(.init("gamma_regularizer", gammaRegularizer.value)) }
    return entries
  }

  /// Keras' options.
  var kerasEntries: [Value.Entry] {
    [
      .init("epsilon", Value(.number(epsilon))), .init("center", Value(.bool(center))),
      .init("scale", Value(.bool(scale))),
      .init("beta_initializer", betaInitializer.kerasConfig),
      .init("gamma_initializer", gammaInitializer.kerasConfig),
      .init("beta_regularizer", betaRegularizer?.kerasConfig ?? Value(.null)),
      .init("gamma_regularizer", gammaRegularizer?.kerasConfig ?? Value(.null)),
    ]
  }

  /// `gamma` and `beta`.
  func slots(_ shape: [Int]) -> [ParameterSlot] {
    var slots: [ParameterSlot] = []
    if scale {
      slots.append(
        ParameterSlot(
          "gamma", shape: shape, initializer: gammaInitializer, regularizer: gammaRegularizer))
    }
    if center {
      slots.append(
        ParameterSlot(
          "beta", shape: shape, initializer: betaInitializer, regularizer: betaRegularizer))
    }
    return slots
  }
}

extension Options {
  /// Keras' `axis` where it is a positive number, which only the input's shape can tell from the last one;
  /// nil for -1.
  mutating func normalizedAxis() throws(ConfigurationError) -> Int? {
    guard let axis = value("axis") else { return nil }
    let only = axis.items.map { $0.count == 1 ? $0[0].int : nil } ?? axis.int
    guard let only, only == -1 || only > 0 else {
      throw error("only the last axis, -1, is supported", "axis", axis)
    }
    return only == -1 ? nil : only
  }
}

/// Throws unless `axis`, as Keras counts it, is the last one of samples of the shape `input`; nil is.
func requireLastAxis(_ axis: Int?, of input: [Int]) throws(NetworkError) {
  guard !input.isEmpty else { throw NetworkError("needs inputs with an axis") }
  guard let axis, axis != input.count else { return }
  throw NetworkError(
    "axis \(axis) is to be normalized, and of \(input) only the last one, -1 or \(input.count), can be"
  )
}
