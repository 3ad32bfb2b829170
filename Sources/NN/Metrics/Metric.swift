internal import Configuration

/// One quantity that is averaged over rows: what a job file's `metrics` may name beside the loss.
enum Metric: Sendable, Equatable {
  /// The fraction of rows (or positions, or outputs) that are right.
  case accuracy
  /// The fraction of rows whose class is among the k most probable.
  case topK(Int)
  /// The mean of (p - y)^2.
  case meanSquaredError
  /// The mean of |p - y|.
  case meanAbsoluteError

  static let names = ["accuracy", "top_k_accuracy", "mean_squared_error", "mean_absolute_error"]

  /// Reads a name, alone or with options, for a network that ends in `outputShape`.
  init(
    _ value: Value, at keyPath: [String], loss: Loss, outputShape: [Int]
  ) throws(ConfigurationError) {
    var named = try NamedOptions(value, at: keyPath)
    let classes = outputShape.last ?? 1
    switch named.name {
    case "accuracy": self = .accuracy
    case "top_k_accuracy":
      let k = try named.options.int("k", default: min(5, classes), in: 1...max(1, classes))
      guard loss.isCategorical else {
        throw ConfigurationError(
          "needs classes, and the loss \(loss.function.rawValue) has none", at: keyPath,
          origin: value.origin)
      }
      self = .topK(k)
    case "mean_squared_error", "mse", "mean_absolute_error", "mae":
      guard !loss.isSparse else {
        throw ConfigurationError(
          "\(named.name) cannot compare outputs with class numbers: use accuracy", at: keyPath,
          origin: value.origin)
      }
      self = named.name.contains("s") ? .meanSquaredError : .meanAbsoluteError
      if named.name.hasSuffix("absolute_error") { self = .meanAbsoluteError }
    default: throw named.unknown("metric", among: Self.names + ["mae", "mse"])
    }
    try named.options.finish()
  }

  var name: String {
    switch self {
    case .accuracy: "accuracy"
    case .topK: "top_k_accuracy"
    case .meanSquaredError: "mean_squared_error"
    case .meanAbsoluteError: "mean_absolute_error"
    }
  }

  var value: Value {
    if case .topK(let k) = self { return ["top_k_accuracy": ["k": Value(.int(k))] as Value] }
    return Value(.string(name))
  }
}
