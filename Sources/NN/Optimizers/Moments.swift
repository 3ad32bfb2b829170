internal import Configuration

/// The decay rates of a gradient's first two moments, which many rules share.
struct Moments: Sendable {
  /// `beta_1`: how much of the mean stays.
  var beta1: Double
  /// `beta_2`: how much of the mean square stays.
  var beta2: Double
  /// `epsilon`: keeps the quotient finite.
  var epsilon: Double

  init(beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-7) {
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
  }

  /// Reads the keys, in Keras' or TensorFlow 1's spelling.
  init(options: inout Options) throws(ConfigurationError) {
    beta1 = try options.fraction(options.spelling("beta_1", "beta1"), default: 0.9)
    beta2 = try options.fraction(options.spelling("beta_2", "beta2"), default: 0.999)
    epsilon = try options.positive("epsilon", default: 1e-7)
  }

  var entries: [Value.Entry] {
    [entry("beta_1", beta1), entry("beta_2", beta2), entry("epsilon", epsilon)]
  }
}
