internal import Configuration

// How an activation is written: in a job file as `relu` or `leaky_relu: {negative_slope: 0.1}`, in
// Keras as a name.
extension Activation {
  /// Reads a name, alone or with its option.
  init(_ value: Value, at keyPath: [String]) throws(ConfigurationError) {
    var named = try NamedOptions(value, at: keyPath)
    guard let function = Function(rawValue: named.name) else {
      throw named.unknown("activation", among: Function.allCases.map(\.rawValue))
    }
    try self.init(function, options: &named.options)
    try named.options.finish()
  }

  /// Reads the option of `function`.
  init(_ function: Function, options: inout Options) throws(ConfigurationError) {
    guard let key = function.parameterName else {
      self.init(function)
      return
    }
    self.init(
      function,
      parameter: try options.number(key, default: function.defaultParameter, in: 0...1e6))
  }

  /// The name, with its option when that is not the default.
  var value: Value {
    let name = function.rawValue
    guard let key = function.parameterName, parameter != function.defaultParameter else {
      return Value(.string(name))
    }
    return Value(.map([.init(name, Value(.map([.init(key, Value(.number(parameter)))])))]))
  }

  /// The name by which Keras knows the function.
  /// - Throws: `NetworkError` for a parameter that a name cannot carry.
  func kerasName() throws(NetworkError) -> Value {
    guard parameter == function.defaultParameter, let name = value.text else {
      throw NetworkError(
        "Keras has no name for \(function.rawValue) with \(function.parameterName ?? "options") "
          + "\(parameter): make it a layer of its own")
    }
    return Value(.string(name))
  }
}

extension Options {
  mutating func activation(
    _ key: String, default fallback: Activation
  ) throws(ConfigurationError) -> Activation {
    guard let value = value(key) else { return fallback }
    return try Activation(value, at: keyPath + [key])
  }

  /// Keras' activation: a name, or nothing for linear.
  mutating func kerasActivation(_ key: String) throws(ConfigurationError) -> Activation {
    guard let value = value(key) else { return .linear }
    guard let name = value.text else {
      throw error("expected the name of an activation, found \(value.summary)", key, value)
    }
    guard let function = Activation.Function(rawValue: name) else {
      throw error(
        "unknown activation '\(name)': "
          + Spelling.advice(for: name, among: Activation.Function.allCases.map(\.rawValue)),
        key, value)
    }
    return Activation(function)
  }
}
