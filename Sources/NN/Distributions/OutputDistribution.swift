public import Configuration

/// What a network's outputs say about its targets: the parameters of a distribution.
///
/// The outputs along the last axis are the parameters of all targets of a row, which are independent
/// given the outputs (in a mixture: given the component). Their order is that of the layers of
/// TensorFlow Probability (`IndependentNormal`, `IndependentBernoulli`, `OneHotCategorical`,
/// `IndependentPoisson`, `MixtureNormal`). A scale is softplus(s) + 1e-6.
public enum OutputDistribution: Sendable, Equatable {
  /// The means of the row's targets, then their raw scales: 2 outputs for each target.
  case normal
  /// The logit of each target's probability to be 1.
  case bernoulli
  /// The logits of all classes, for one target, the class's number.
  case categorical
  /// The logarithm of each target's rate.
  case poisson
  /// The logits of the components, then for each component the means and the raw scales of the row's
  /// targets: a mixture density network (Bishop 1994).
  case mixture(components: Int)

  /// More components than anybody uses: larger numbers are mistakes.
  static let mostComponents = 4096
  /// What keeps a scale from 0.
  static let leastScale = 1e-6

  /// The name in a job file.
  public var name: String {
    switch self {
    case .normal: "normal"
    case .bernoulli: "bernoulli"
    case .categorical: "categorical"
    case .poisson: "poisson"
    case .mixture: "mixture"
    }
  }

  /// What job files may name.
  public static let names = ["normal", "bernoulli", "categorical", "poisson", "mixture"]

  /// The targets of a row of `outputs` numbers; nil when so many cannot be the parameters.
  public func targetCount(outputs: Int) -> Int? {
    switch self {
    case .normal: outputs > 0 && outputs % 2 == 0 ? outputs / 2 : nil
    case .bernoulli, .poisson: outputs
    case .categorical: 1
    case .mixture(let components):
      outputs > components && (outputs - components) % (2 * components) == 0
        ? (outputs - components) / (2 * components) : nil
    }
  }

  /// The outputs for a row of `targets` numbers; nil for classes, whose count the targets do not tell.
  public func outputCount(targets: Int) -> Int? {
    switch self {
    case .normal: 2 * targets
    case .bernoulli, .poisson: targets
    case .categorical: nil
    case .mixture(let components): components * (1 + 2 * targets)
    }
  }

  /// How many outputs there must be, in words.
  var outputWords: String {
    switch self {
    case .normal: "2 outputs for each target (means, then scales)"
    case .bernoulli, .poisson: "one output for each target"
    case .categorical: "one output for each class"
    case .mixture(let k):
      "\(k) x (1 + 2 x targets) outputs (logits; means and scales of each component)"
    }
  }

  /// The name, with the number of components.
  public var words: String {
    guard case .mixture(let components) = self else { return name }
    return "\(name) of \(components)"
  }

  /// Reads the option `distribution` of a loss: `normal`, `mixture: {components: 5}`.
  ///
  /// Without it the distribution is normal.
  init(options: inout Options) throws(ConfigurationError) {
    guard let value = options.value("distribution") else {
      self = .normal
      return
    }
    self = try OutputDistribution(value, at: options.keyPath + ["distribution"])
  }

  /// Reads a name, alone or with options.
  public init(_ value: Value, at keyPath: [String]) throws(ConfigurationError) {
    var named = try NamedOptions(value, at: keyPath)
    switch named.name {
    case "normal": self = .normal
    case "bernoulli": self = .bernoulli
    case "categorical": self = .categorical
    case "poisson": self = .poisson
    case "mixture":
      self = .mixture(
        components: try named.options.int("components", in: 1...Self.mostComponents))
    default: throw named.unknown("distribution", among: Self.names)
    }
    try named.options.finish()
  }

  /// The distribution as a job file has it.
  public var value: Value {
    guard case .mixture(let components) = self else { return Value(.string(name)) }
    return ["mixture": ["components": Value(.int(components))] as Value]
  }
}
