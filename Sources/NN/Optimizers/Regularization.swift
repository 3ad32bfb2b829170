internal import Configuration

/// The two strengths that TensorFlow 1's proximal rules share.
struct Regularization: Sendable {
  /// `l1_regularization_strength`: pulls parameters to exactly 0.
  let l1: Double
  /// `l2_regularization_strength`: makes parameters smaller.
  let l2: Double

  /// Reads the keys.
  init(options: inout Options) throws(ConfigurationError) {
    l1 = try options.notNegative("l1_regularization_strength", default: 0)
    l2 = try options.notNegative("l2_regularization_strength", default: 0)
  }

  var entries: [Value.Entry] {
    [entry("l1_regularization_strength", l1), entry("l2_regularization_strength", l2)]
  }
}
