public import Configuration

// How a loss is written: in a job file as `mse` or `huber: {delta: 2}`, in Keras' training_config as
// a name or a class with its configuration.
extension Loss {
  /// Reads a name, alone or with options: `mse`, `huber: {delta: 2}`.
  public init(_ value: Value, at keyPath: [String]) throws(ConfigurationError) {
    var named = try NamedOptions(value, at: keyPath)
    guard let function = Function(name: named.name) else {
      throw named.unknown("loss", among: Function.names)
    }
    try self.init(function, options: &named.options)
    try named.options.finish()
  }

  /// Reads the options of `function`; the caller finishes them.
  ///
  /// `fromLogits` counts when the options do not say it.
  init(
    _ function: Function, options: inout Options, fromLogits: Bool = false
  ) throws(ConfigurationError) {
    let isFocal = function.isFocal, isCrossentropy = function.isCrossentropy
    self.init(
      function,
      delta: function == .huber ? try options.positive("delta", default: 1) : 1,
      fromLogits: isCrossentropy
        ? try options.bool("from_logits", default: fromLogits) : false,
      labelSmoothing: isCrossentropy
        ? try options.number("label_smoothing", default: 0, in: 0...1) : 0,
      alpha: isFocal ? try options.number("alpha", default: 0.25, in: 0...1) : 0.25,
      gamma: isFocal ? try options.number("gamma", default: 2, in: 0...1e3) : 2,
      balancesClasses: function == .binaryFocalCrossentropy
        ? try options.bool("apply_class_balancing", default: false) : false,
      distribution: function == .negativeLogLikelihood
        ? try OutputDistribution(options: &options) : .normal)
  }

  /// The options that do not have their defaults, by Keras' names.
  private var optionEntries: [Value.Entry] {
    let plain = Loss(function)
    var entries: [Value.Entry] = []
    func add(_ key: String, _ value: Double, _ fallback: Double) {
      if value != fallback { entries.append(.init(key, Value(.number(value)))) }
    }
    add("delta", delta, plain.delta)
    if function.isCrossentropy, fromLogits { entries.append(.init("from_logits", true)) }
    add("label_smoothing", labelSmoothing, 0)
    add("alpha", alpha, plain.alpha)
    add("gamma", gamma, plain.gamma)
    if balancesClasses { entries.append(.init("apply_class_balancing", true)) }
    if let distribution { entries.append(.init("distribution", distribution.value)) }
    return entries
  }

  /// The name, with its options that do not have their defaults.
  public var value: Value {
    let entries = optionEntries
    return entries.isEmpty
      ? Value(.string(function.rawValue))
      : Value(.map([.init(function.rawValue, Value(.map(entries)))]))
  }

  /// The loss as Keras' `training_config` has it, readable by Keras 2 and 3.
  ///
  /// Keras has no label smoothing for class numbers: the equal loss of one-hot targets is written. Nil
  /// for a likelihood that is no loss of Keras': then it opens the model without a training.
  public var kerasConfig: Value? {
    if let distribution {
      return distribution == .categorical
        ? Loss(.sparseCategoricalCrossentropy, fromLogits: true).kerasConfig : nil
    }
    let entries = optionEntries
    guard !entries.isEmpty else { return Value(.string(function.rawValue)) }
    let function =
      isSparse && labelSmoothing != 0 ? Function.categoricalCrossentropy : function
    return [
      "class_name": Value(.string(function.kerasClass)), "config": Value(.map(entries)),
    ]
  }
}
