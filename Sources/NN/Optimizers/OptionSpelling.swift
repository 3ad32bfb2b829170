internal import Configuration

extension Options {
  /// The one of several spellings of a key that the file gives, or the first.
  ///
  /// TensorFlow 1 says `beta1` where Keras says `beta_1`; both are known, and one may be given.
  mutating func spelling(_ keys: String...) throws(ConfigurationError) -> String {
    var given: [String] = []
    for key in keys where value(key) != nil { given.append(key) }
    if given.count > 1 {
      throw error("says the same as \(given[0]): give one", given[1])
    }
    return given.first ?? keys[0]
  }

  /// A number of at least 0; `fallback` when the key is absent.
  mutating func notNegative(
    _ key: String, default fallback: Double
  ) throws(ConfigurationError) -> Double {
    let number = try number(key, default: fallback)
    guard number >= 0 else { throw error("\(number) must not be less than 0", key) }
    return number
  }
}

/// An option with a number.
func entry(_ key: String, _ number: Double) -> Value.Entry { .init(key, Value(.number(number))) }
/// An option that is true or false.
func entry(_ key: String, _ truth: Bool) -> Value.Entry { .init(key, Value(.bool(truth))) }
