extension MetricSet {
  /// The name under which a metric is reported: `mean_squared_error` for `mse`, `roc_auc` for `auc`.
  ///
  /// Names that are no metric's stay as they are.
  public static func fullName(_ name: String) -> String {
    MetricName(name: name)?.rawValue ?? Loss.Function(name: name)?.rawValue ?? name
  }

  /// Whether more of a figure is better, by its name with or without `val_`; nil for names that are
  /// neither the loss's nor a metric's.
  ///
  /// More is better of all metrics but losses, `root_mean_squared_error` and `perplexity`. Of the
  /// losses `cosine_similarity` is, as a metric, the cosine itself.
  public static func isMoreBetter(_ name: String) -> Bool? {
    let plain = Self.plain(name)
    if plain == "loss" { return false }
    switch MetricName(name: plain) {
    case .rootMeanSquaredError, .perplexity: return false
    case .some: return true
    case nil: return Loss.Function(name: plain).map { $0 == .cosineSimilarity }
    }
  }

  /// Whether more of this set's figure `name`, with or without `val_`, is better; nil for figures
  /// that it does not have.
  ///
  /// Other than the static one it knows figures that were given a name of their own.
  public func isMoreBetter(_ name: String) -> Bool? {
    let plain = Self.plain(name)
    for candidate in [name, plain] {
      if candidate == "loss" { return false }
      if let kind = kindName(of: candidate) { return Self.isMoreBetter(kind) }
    }
    return nil
  }

  /// The name without `val_`.
  private static func plain(_ name: String) -> String {
    name.hasPrefix("val_") ? String(name.dropFirst(4)) : name
  }
}
