public import Configuration
public import NN
internal import Pipeline

/// Learns numbers: a network whose output is the column `label`, in its own units.
///
/// The network learns the standardized label. As `sounder train --regress LABEL --from FILE`.
public struct NetworkRegressor: NetworkEstimator {
  /// The column of numbers.
  public var label: String
  /// What else the estimator was told.
  public var settings: NetworkSettings

  /// Makes a regressor; what is not given is proposed from the rows.
  public init(
    label: String, features: [String] = [], layers: [any LayerConfiguration]? = nil,
    learningRate: Double = 0.001, batchSize: Int? = nil, epochs: Int? = nil
  ) {
    self.label = label
    settings = NetworkSettings(features, layers, learningRate, batchSize, epochs)
  }

  /// The job behind these stages.
  ///
  /// - Throws: as `job(for:)`; where the label holds texts.
  public func job(for table: Table, stages: StageLists?) throws -> Value {
    let plan = try NetworkPlan(table, settings, label: label, stages: stages)
    let entry = plan.summary.columns[try plan.index(of: label)]
    guard let width = entry.column.kind.width else {
      throw DistributedError(
        "\(table.path): '\(label)' is a column of texts, and numbers are learnt: name another column, or learn "
          + "classes (--classify)")
    }
    var task = NetworkTask(
      loss: "mean_squared_error", metrics: ["mean_absolute_error", "r2_score"],
      outputCount: width, outputLayer: ["dense": ["units": Value(.int(width))]])
    task.target = Value(.string(label))
    task.targetStages = ["standardize"]
    return try plan.job(task)
  }
}
