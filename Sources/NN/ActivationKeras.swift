internal import Configuration

// Keras' words for an activation: a name, a registered function, or a layer of its own class.
extension Activation {
  /// Reads a name, or what Keras writes for an activation layer or function inside another layer:
  /// `{"class_name": "LeakyReLU", "config": {...}}`, `{"class_name": "function", "config": "relu"}`.
  init(keras value: Value, at keyPath: [String]) throws(ConfigurationError) {
    guard let (className, config) = value.kerasObject else {
      throw ConfigurationError(
        "expected the name of an activation, found \(value.summary)", at: keyPath,
        origin: value.origin)
    }
    if let name = className == "function" ? config.text : className,
      let function = Function(name: name), config.text != nil || value.text != nil
    {
      self.init(function)
    } else if value.text == nil, Self.kerasClasses.contains(className) {
      var options = try Options(config, at: keyPath + [className])
      try self.init(kerasClass: className, &options)
      _ = try options.finishKerasLayer()
    } else {
      throw ConfigurationError(
        "unknown activation '\(className)': "
          + Spelling.advice(
            for: className, among: value.text == nil ? Self.kerasClasses : Function.names),
        at: keyPath, origin: value.origin)
    }
  }

  /// Keras' layer classes that are one activation without weights.
  static let kerasClasses = ["ReLU", "LeakyReLU", "ELU", "Softmax"]

  /// Reads the configuration of one of `kerasClasses`.
  init(kerasClass: String, _ keras: inout Options) throws(ConfigurationError) {
    switch kerasClass {
    case "ReLU": try self.init(.relu, options: &keras)
    case "LeakyReLU":
      let key = keras.contains("alpha") ? "alpha" : "negative_slope"
      self.init(.leakyRelu, parameter: try keras.number(key, default: 0.3, in: 0...1e6))
    case "ELU":
      self.init(.elu, parameter: try keras.number("alpha", default: 1, in: 0...1e6))
    default:
      guard try keras.int("axis", default: -1) == -1 else {
        throw keras.error("only the last axis, -1, is supported", "axis")
      }
      self.init(.softmax)
    }
  }

  /// Keras' layer: the class that can carry the options, else `Activation`.
  /// - Throws: `NetworkError` for options that Keras has no word for.
  func kerasLayer() throws(NetworkError) -> (className: String, config: [Value.Entry]) {
    func number(_ index: Int) -> Value { Value(.number(parameters[index])) }
    switch function {
    case .leakyRelu: return ("LeakyReLU", [.init("alpha", number(0))])
    case .elu: return ("ELU", [.init("alpha", number(0))])
    case .relu where !isDefault:
      return (
        "ReLU",
        [
          .init("max_value", parameters[1].isFinite ? number(1) : Value(.null)),
          .init("negative_slope", number(0)), .init("threshold", number(2)),
        ]
      )
    default: return ("Activation", [.init("activation", try kerasName())])
    }
  }
}
