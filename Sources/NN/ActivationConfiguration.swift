internal import Configuration

// How an activation is written: in a job file as `relu` or `leaky_relu: {negative_slope: 0.1}`, in
// Keras as a name, or as one of its activation layers.
extension Activation {
  /// Reads a name, alone or with its options.
  init(_ value: Value, at keyPath: [String]) throws(ConfigurationError) {
    var named = try NamedOptions(value, at: keyPath)
    guard let function = Function(name: named.name) else {
      throw named.unknown("activation", among: Function.names)
    }
    try self.init(function, options: &named.options)
    try named.options.finish()
  }

  /// Reads the options of `function`.
  init(_ function: Function, options: inout Options) throws(ConfigurationError) {
    var values: [Double?] = []
    for option in function.options {
      if option.isFlag {
        values.append(try options.bool(option.name, default: option.fallback != 0) ? 1 : 0)
      } else if options.value(option.name) == nil {
        values.append(nil)
      } else {
        values.append(try options.number(option.name, in: option.range))
      }
    }
    self.init(function, parameters: values)
  }

  /// The name, with the options that do not have their defaults.
  var value: Value {
    let entries = parameterEntries
    let name = function.rawValue
    return entries.isEmpty
      ? Value(.string(name)) : Value(.map([.init(name, Value(.map(entries)))]))
  }

  /// The options that do not have their defaults.
  private var parameterEntries: [Value.Entry] {
    function.options.enumerated().compactMap { index, option in
      let value = parameters[index]
      guard value != option.fallback else { return nil }
      return .init(option.name, option.isFlag ? Value(.bool(value != 0)) : Value(.number(value)))
    }
  }

  /// The name by which Keras knows the function.
  /// - Throws: `NetworkError` for options that a name cannot carry.
  func kerasName() throws(NetworkError) -> Value {
    // Keras' threshold has no defaults, so its name alone cannot be called.
    if function == .threshold && isDefault { return Value(.string(Function.relu.rawValue)) }
    guard isDefault else {
      let entries = parameterEntries.map { "\($0.key) \($0.value.json)" }.joined(separator: ", ")
      throw NetworkError(
        "Keras has no name for \(function.rawValue) with \(entries)"
          + (hasKerasLayer ? ": make it a layer of its own" : ", nor a layer"))
    }
    return Value(.string(function.rawValue))
  }

  private var hasKerasLayer: Bool {
    [.relu, .leakyRelu, .elu].contains(function)
  }
}

extension Options {
  /// The activation within another layer, which must keep the shape.
  mutating func activation(
    _ key: String, default fallback: Activation
  ) throws(ConfigurationError) -> Activation {
    guard let value = value(key) else { return fallback }
    return try keepingShape(try Activation(value, at: keyPath + [key]), key, value)
  }

  /// Keras' activation within another layer: a name, a serialized activation layer, or nothing for
  /// linear.
  mutating func kerasActivation(_ key: String) throws(ConfigurationError) -> Activation {
    guard let value = value(key) else { return .linear }
    return try keepingShape(try Activation(keras: value, at: keyPath + [key]), key, value)
  }

  private func keepingShape(
    _ activation: Activation, _ key: String, _ value: Value
  ) throws(ConfigurationError) -> Activation {
    guard activation.function.keepsShape else {
      throw error(
        "\(activation.function.rawValue) halves the last axis: make it a layer of its own", key,
        value)
    }
    return activation
  }
}
