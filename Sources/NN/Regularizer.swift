private import CKernels
public import Configuration

/// A penalty on the size of weights that enters the loss: l1 sum |w| + l2 sum w^2, as Keras'
/// regularizers `L1`, `L2` and `L1L2` (the elastic net of Zou and Hastie 2005).
public struct Regularizer: Sendable, Equatable {
  /// The factor of the sum of |w|, at least 0.
  public let l1: Double
  /// The factor of the sum of w^2, at least 0.
  public let l2: Double

  /// Makes a penalty.
  public init(l1: Double = 0, l2: Double = 0) {
    precondition(l1 >= 0 && l2 >= 0, "a penalty of l1 \(l1), l2 \(l2)")
    self.l1 = l1
    self.l2 = l2
  }

  /// Keras' factor when none is given.
  private static let fallback = 0.01
  private static let names = ["l1", "l2", "l1_l2", "elastic_net"]

  /// Reads a job file's `l2`, `l2: 0.001`, `l1: {l1: 0.001}`, `l1_l2: {l1: 1e-5, l2: 1e-4}`;
  /// `elastic_net` is another name of `l1_l2`.
  public init(_ value: Value, at keyPath: [String]) throws(ConfigurationError) {
    // The one number of a penalty with one factor may stand alone.
    if case .map(let entries) = value.kind, entries.count == 1,
      entries[0].value.number != nil, ["l1", "l2"].contains(entries[0].key)
    {
      var options = try Options(value, at: keyPath)
      try self.init(entries[0].key, &options)
      return
    }
    var named = try NamedOptions(value, at: keyPath)
    guard Self.names.contains(named.name) else {
      throw named.unknown("regularizer", among: Self.names)
    }
    try self.init(named.name, &named.options)
    try named.options.finish()
  }

  /// Reads Keras' object: `{"class_name": "L2", "config": {"l2": 0.01}}`, or a name: `l2`.
  public init(keras value: Value, at keyPath: [String]) throws(ConfigurationError) {
    guard let (className, config) = value.kerasObject else {
      throw ConfigurationError(
        "expected a regularizer, found \(value.summary)", at: keyPath, origin: value.origin)
    }
    let name = className.lowercased().replacing("l1l2", with: "l1_l2")
    guard Self.names.dropLast().contains(name) else {
      throw ConfigurationError(
        "unknown regularizer '\(className)': "
          + Spelling.advice(for: className, among: ["L1", "L2", "L1L2"]),
        at: keyPath, origin: value.origin)
    }
    var options = try Options(config, at: keyPath + [className])
    try self.init(name, &options)
    try options.finish()
  }

  private init(_ name: String, _ options: inout Options) throws(ConfigurationError) {
    let range = 0...1e6
    switch name {
    case "l1": self.init(l1: try options.number("l1", default: Self.fallback, in: range))
    case "l2": self.init(l2: try options.number("l2", default: Self.fallback, in: range))
    default:
      self.init(
        l1: try options.number("l1", default: 0, in: range),
        l2: try options.number("l2", default: 0, in: range))
    }
  }

  private var parts: (name: String, kerasClass: String, factors: [Value.Entry]) {
    let first = Value.Entry("l1", Value(.number(l1))),
      second = Value.Entry("l2", Value(.number(l2)))
    if l1 == 0 { return ("l2", "L2", [second]) }
    return l2 == 0 ? ("l1", "L1", [first]) : ("l1_l2", "L1L2", [first, second])
  }

  /// The penalty as a job file has it.
  public var value: Value { Value(.map([.init(parts.name, Value(.map(parts.factors)))])) }

  /// Keras' object, which Keras 2 and 3 both read.
  public var kerasConfig: Value {
    ["class_name": Value(.string(parts.kerasClass)), "config": Value(.map(parts.factors))]
  }

  /// The penalty of `count` weights, whose gradient, l1 sign(w) + 2 l2 w, is added to `gradient`.
  ///
  /// Allocates nothing. The slope of |w| at 0 is 0, as in Keras on TensorFlow and PyTorch.
  public func apply(
    to weights: UnsafePointer<Float>, gradient: UnsafeMutablePointer<Float>?, count: Int
  ) -> Double {
    ck_regularize(count, Float(l1), Float(l2), weights, gradient)
  }
}
