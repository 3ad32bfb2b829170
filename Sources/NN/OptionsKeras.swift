internal import Configuration

extension Value {
  /// The text, when the value is one.
  var text: String? {
    guard case .string(let text) = kind else { return nil }
    return text
  }

  /// The items, when the value is a list.
  var items: [Value]? {
    guard case .list(let items) = kind else { return nil }
    return items
  }

  /// The class name and configuration of Keras' serialized objects, or of a bare name.
  var kerasObject: (className: String, config: Value)? {
    if let text { return (text, Value(.null, origin: origin)) }
    guard let name = self["class_name"]?.text else { return nil }
    return (name, self["config"] ?? Value(.null, origin: origin))
  }
}

extension Options {
  /// Accepts keys of Keras only where they are empty: what they would do is not built in.
  mutating func refuse(_ keys: [String]) throws(ConfigurationError) {
    for key in keys {
      if let value = value(key) { throw error("is not supported, only null is", key, value) }
    }
  }

  /// Takes the keys that every layer of Keras has.
  ///
  /// - Returns: whether the layer's weights are trained.
  mutating func finishKerasLayer() throws(ConfigurationError) -> Bool {
    _ = value("name")
    for key in ["batch_input_shape", "batch_shape"] { _ = value(key) }  // read by the network
    let isTrained = try bool("trainable", default: true)
    if let type = value("dtype") {
      let name = type.text ?? type["config"]?["name"]?.text
      guard name == "float32" else { throw error("only float32 is supported", "dtype", type) }
    }
    try finish()
    return isTrained
  }

  /// One name or a list of names; nil when the key is absent.
  mutating func names(_ key: String) throws(ConfigurationError) -> [String]? {
    guard let value = value(key) else { return nil }
    if let name = value.text { return [name] }
    let names = (value.items ?? []).compactMap(\.text)
    guard let items = value.items, names.count == items.count, !names.isEmpty else {
      throw error("expected a name or a list of names, found \(value.summary)", key, value)
    }
    return names
  }

  /// A penalty of a job file; nil when the key is absent.
  mutating func regularizer(_ key: String) throws(ConfigurationError) -> Regularizer? {
    guard let value = value(key) else { return nil }
    return try Regularizer(value, at: keyPath + [key])
  }

  /// A penalty of Keras; nil when the key is absent.
  mutating func kerasRegularizer(_ key: String) throws(ConfigurationError) -> Regularizer? {
    guard let value = value(key) else { return nil }
    return try Regularizer(keras: value, at: keyPath + [key])
  }

  /// A number above 0; `fallback` when the key is absent.
  mutating func positive(
    _ key: String, default fallback: Double
  ) throws(ConfigurationError) -> Double {
    let number = try number(key, default: fallback)
    guard number > 0 else { throw error("\(number) must be greater than 0", key) }
    return number
  }

  /// A number in [0, 1); `fallback` when the key is absent.
  mutating func fraction(
    _ key: String, default fallback: Double? = nil
  ) throws(ConfigurationError) -> Double {
    let number = try number(key, default: fallback)
    guard number >= 0, number < 1 else { throw error("\(number) is outside 0..<1", key) }
    return number
  }
}
