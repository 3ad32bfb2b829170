public import Configuration
private import NN

/// A figure that a search makes as small or as large as it can.
public struct SearchObjective: Sendable, Equatable {
  /// The figure: `val_accuracy`.
  public var metric: String
  /// What is better.
  public var direction: Direction

  /// Makes an objective.
  public init(_ metric: String, _ direction: Direction) {
    self.metric = metric
    self.direction = direction
  }

  /// Reads a name, or `{metric: ..., direction: minimize}`.
  ///
  /// The direction of a figure of our own is known: metrics and rates are maximised; losses, errors,
  /// perplexity, seconds and parameters minimised.
  init(_ value: Value, at keyPath: [String]) throws(ConfigurationError) {
    let directions = Direction.allCases.map(\.rawValue)
    if case .string(let name) = value.kind {
      metric = Self.fullName(name)
      guard let direction = Self.direction(of: metric) else {
        throw ConfigurationError(
          "whether less or more of '\(name)' is better is not known: write "
            + "{metric: \(name), direction: minimize}, or maximize", at: keyPath,
          origin: value.origin)
      }
      self.direction = direction
      return
    }
    var options = try Options(value, at: keyPath)
    metric = Self.fullName(try options.string("metric"))
    if options.value("direction") == nil, let known = Self.direction(of: metric) {
      direction = known
    } else {
      let word = try options.choice("direction", among: directions)
      direction = Direction(rawValue: word) ?? .minimize
    }
    try options.finish()
  }

  /// What is better of a figure of our own; nil for others.
  ///
  /// Of metrics more is better, but of losses, `root_mean_squared_error` and `perplexity` less is:
  /// see `MetricSet.isMoreBetter`. With several outputs a figure has its output's name before it
  /// (`digit_accuracy`).
  public static func direction(of metric: String) -> Direction? {
    if let isMore = MetricSet.isMoreBetter(metric) { return isMore ? .maximize : .minimize }
    let name = metric.hasPrefix("val_") ? String(metric.dropFirst(4)) : metric
    if name.hasSuffix("accuracy") || name == "samples_per_second" { return .maximize }
    if name.hasSuffix("loss") || name.hasSuffix("error") || name == "seconds"
      || name == "parameters"
    {
      return .minimize
    }
    return nil
  }

  /// `val_mse` is `val_mean_squared_error`, the name under which it is reported.
  static func fullName(_ metric: String) -> String {
    let isValidation = metric.hasPrefix("val_")
    let name = isValidation ? String(metric.dropFirst(4)) : metric
    let full = ["mse": "mean_squared_error", "mae": "mean_absolute_error"][name] ?? name
    return (isValidation ? "val_" : "") + full
  }

  /// The same for every other short name of a metric (`val_auc`, `rmse`), where a training reports
  /// the long one.
  static func fullName(_ metric: String, among reported: [String]) -> String {
    guard !reported.contains(metric) else { return metric }
    let isValidation = metric.hasPrefix("val_")
    let name = isValidation ? String(metric.dropFirst(4)) : metric
    let full = (isValidation ? "val_" : "") + MetricSet.fullName(name)
    return reported.contains(full) ? full : metric
  }

  /// The objective as the job file has it.
  public var value: Value {
    ["metric": Value(.string(metric)), "direction": Value(.string(direction.rawValue))]
  }
}
