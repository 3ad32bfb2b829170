/// The names of figures that are not losses.
enum MetricName: String, CaseIterable {
  case accuracy
  case binaryAccuracy = "binary_accuracy"
  case categoricalAccuracy = "categorical_accuracy"
  case sparseCategoricalAccuracy = "sparse_categorical_accuracy"
  case topKAccuracy = "top_k_accuracy"
  case precision
  case recall
  case f1Score = "f1_score"
  case rocAUC = "roc_auc"
  case prAUC = "pr_auc"
  case perplexity
  case rootMeanSquaredError = "root_mean_squared_error"
  case r2Score = "r2_score"

  /// Other names that a job file may use, most of them Keras'.
  static let aliases: [(name: String, metric: MetricName)] = [
    ("acc", .accuracy), ("auc", .rocAUC), ("f1", .f1Score), ("r2", .r2Score),
    ("rmse", .rootMeanSquaredError), ("top_k_categorical_accuracy", .topKAccuracy),
    ("sparse_top_k_categorical_accuracy", .topKAccuracy),
  ]

  init?(name: String) {
    guard
      let found = Self(rawValue: name) ?? Self.aliases.first(where: { $0.name == name })?.metric
    else { return nil }
    self = found
  }
}

extension MetricSet {
  /// Every name of a metric, without aliases: the figures of this module, then all losses.
  public static let metricNames =
    MetricName.allCases.map(\.rawValue) + Loss.Function.allCases.map(\.rawValue)

  static let metricNamesWithAliases =
    MetricName.allCases.map(\.rawValue) + MetricName.aliases.map(\.name) + Loss.Function.names
}
