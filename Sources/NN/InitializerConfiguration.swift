internal import Configuration

// How an initializer is written: in a job file as `he_normal` or `constant: {value: 0.1}`, in Keras
// as {"class_name": "HeNormal", "config": {...}} or a name.
extension Initializer {
  /// Every name of a job file with the class of Keras, in the order of the documentation.
  static let names: [(name: String, kerasClass: String)] = [
    ("zeros", "Zeros"), ("ones", "Ones"), ("constant", "Constant"),
    ("random_uniform", "RandomUniform"), ("random_normal", "RandomNormal"),
    ("truncated_normal", "TruncatedNormal"), ("variance_scaling", "VarianceScaling"),
    ("glorot_uniform", "GlorotUniform"), ("glorot_normal", "GlorotNormal"),
    ("he_uniform", "HeUniform"), ("he_normal", "HeNormal"), ("lecun_uniform", "LecunUniform"),
    ("lecun_normal", "LecunNormal"), ("orthogonal", "Orthogonal"), ("identity", "Identity"),
  ]

  /// The named special cases of variance scaling.
  private static let scalings: [String: Initializer] = [
    "glorot_uniform": .glorotUniform,
    "glorot_normal": .varianceScaling(
      scale: 1, mode: .fanAverage, distribution: .truncatedNormal),
    "he_uniform": .varianceScaling(scale: 2, mode: .fanIn, distribution: .uniform),
    "he_normal": .varianceScaling(scale: 2, mode: .fanIn, distribution: .truncatedNormal),
    "lecun_uniform": .varianceScaling(scale: 1, mode: .fanIn, distribution: .uniform),
    "lecun_normal": .varianceScaling(scale: 1, mode: .fanIn, distribution: .truncatedNormal),
  ]

  /// Reads a name, alone or with its options.
  init(_ value: Value, at keyPath: [String]) throws(ConfigurationError) {
    var named = try NamedOptions(value, at: keyPath)
    guard Self.names.contains(where: { $0.name == named.name }) else {
      throw named.unknown("initializer", among: Self.names.map(\.name))
    }
    try self.init(named.name, &named.options)
    try named.options.finish()
  }

  /// Reads Keras' object or name.
  init(keras value: Value, at keyPath: [String]) throws(ConfigurationError) {
    guard let object = value.kerasObject else {
      throw ConfigurationError(
        "expected an initializer, found \(value.summary)", at: keyPath, origin: value.origin)
    }
    guard
      let name = Self.names.first(where: {
        $0.kerasClass == object.className || $0.name == object.className
      })?.name
    else {
      throw ConfigurationError(
        "unknown initializer '\(object.className)': "
          + Spelling.advice(for: object.className, among: Self.names.map(\.kerasClass)),
        at: keyPath, origin: value.origin)
    }
    var options = try Options(object.config, at: keyPath + [object.className])
    try self.init(name, &options)
    // Weights that come from a file have been drawn; the run's own seed draws others.
    for key in ["seed", "dtype", "input_axes", "output_axes"] { _ = options.value(key) }
    try options.finish()
  }

  private init(_ name: String, _ options: inout Options) throws(ConfigurationError) {
    switch name {
    case "zeros": self = .zeros
    case "ones": self = .ones
    case "constant": self = .constant(try options.number("value", default: 0))
    case "random_uniform":
      let low = try options.number("minval", default: -0.05)
      let high = try options.number("maxval", default: 0.05)
      guard low <= high else { throw options.error("\(low) is above maxval \(high)", "minval") }
      self = .randomUniform(low: low, high: high)
    case "random_normal", "truncated_normal":
      let mean = try options.number("mean", default: 0)
      let deviation = try options.number("stddev", default: 0.05, in: 0...1e30)
      self =
        name == "random_normal"
        ? .randomNormal(mean: mean, deviation: deviation)
        : .truncatedNormal(mean: mean, deviation: deviation)
    case "variance_scaling":
      let scale = try options.positive("scale", default: 1)
      let modes = FanMode.allCases.map(\.rawValue)
      let mode = try options.choice("mode", among: modes, default: "fan_in")
      var shapes = Distribution.allCases.map(\.rawValue)
      shapes.append("normal")  // Keras' older word for truncated_normal
      let shape = try options.choice("distribution", among: shapes, default: "truncated_normal")
      self = .varianceScaling(
        scale: scale, mode: FanMode(rawValue: mode) ?? .fanIn,
        distribution: Distribution(rawValue: shape) ?? .truncatedNormal)
    case "orthogonal": self = .orthogonal(gain: try options.number("gain", default: 1))
    case "identity": self = .identity(gain: try options.number("gain", default: 1))
    default: self = Self.scalings[name] ?? .glorotUniform
    }
  }

  /// The name and the options that say everything.
  private var parts: (name: String, options: [Value.Entry]) {
    func entry(_ key: String, _ number: Double) -> Value.Entry {
      .init(key, Value(.number(number)))
    }
    switch self {
    case .zeros: return ("zeros", [])
    case .ones: return ("ones", [])
    case .constant(let value): return ("constant", [entry("value", value)])
    case .randomUniform(let low, let high):
      return ("random_uniform", [entry("minval", low), entry("maxval", high)])
    case .randomNormal(let mean, let deviation):
      return ("random_normal", [entry("mean", mean), entry("stddev", deviation)])
    case .truncatedNormal(let mean, let deviation):
      return ("truncated_normal", [entry("mean", mean), entry("stddev", deviation)])
    case .varianceScaling(let scale, let mode, let distribution):
      if let name = Self.names.first(where: { Self.scalings[$0.name] == self })?.name {
        return (name, [])
      }
      return (
        "variance_scaling",
        [
          entry("scale", scale), .init("mode", Value(.string(mode.rawValue))),
          .init("distribution", Value(.string(distribution.rawValue))),
        ]
      )
    case .orthogonal(let gain): return ("orthogonal", [entry("gain", gain)])
    case .identity(let gain): return ("identity", [entry("gain", gain)])
    // The LSTM says by an option of its own that it has one.
    case .unitForgetBias(let other): return other.parts
    }
  }

  /// The name, with options where there are any.
  var value: Value {
    let (name, options) = parts
    return options.isEmpty
      ? Value(.string(name)) : Value(.map([.init(name, Value(.map(options)))]))
  }

  /// Keras' object, which Keras 2 and 3 both read.
  var kerasConfig: Value {
    let (name, options) = parts
    let className = Self.names.first { $0.name == name }?.kerasClass ?? name
    return ["class_name": Value(.string(className)), "config": Value(.map(options))]
  }
}

extension Options {
  mutating func initializer(
    _ key: String, default fallback: Initializer
  ) throws(ConfigurationError) -> Initializer {
    guard let value = value(key) else { return fallback }
    return try Initializer(value, at: keyPath + [key])
  }

  mutating func kerasInitializer(
    _ key: String, default fallback: Initializer
  ) throws(ConfigurationError) -> Initializer {
    guard let value = value(key) else { return fallback }
    return try Initializer(keras: value, at: keyPath + [key])
  }
}
