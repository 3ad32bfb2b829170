internal import Configuration

/// What a kind of estimator learns: the parts of a job that do not hang on the columns.
struct NetworkTask {
  /// `training.loss`.
  var loss: Value
  /// `training.metrics` where the user names none.
  var metrics: [Value]
  /// The numbers that the network gives.
  var outputCount: Int
  /// The network's last layer.
  var outputLayer: Value
  /// The layers before it where the user names none; nil: two that the plan proposes.
  var hiddenLayers: [Value]?
  /// `data.train.target`.
  var target: Value = nil
  /// `pipeline.target`.
  var targetStages: [Value] = []
  /// Columns that are features and target at once, behind the same stages; empty: there is a target of its own.
  var mirrored: [String] = []
  /// Whether held-out rows have the whole's share of each class.
  var stratifies = false
}
