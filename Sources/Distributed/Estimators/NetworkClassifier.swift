public import Configuration
public import NN
internal import Pipeline

/// Learns to tell classes apart: a network with a probability for each class of the column `label`.
///
/// Classes are the different texts, or numbers, of that column, by the alphabet or by size. As
/// `sounder train --classify LABEL --from FILE`.
public struct NetworkClassifier: NetworkEstimator {
  /// The column with the classes.
  public var label: String
  /// What else the estimator was told.
  public var settings: NetworkSettings

  /// Makes a classifier; what is not given is proposed from the rows.
  public init(
    label: String, features: [String] = [], layers: [any LayerConfiguration]? = nil,
    learningRate: Double = 0.001, batchSize: Int? = nil, epochs: Int? = nil
  ) {
    self.label = label
    settings = NetworkSettings(features, layers, learningRate, batchSize, epochs)
  }

  /// The job behind these stages.
  ///
  /// - Throws: as `job(for:)`; where the label has one value only, or too many to be classes.
  public func job(for table: Table, stages: StageLists?) throws -> Value {
    let plan = try NetworkPlan(table, settings, label: label, stages: stages)
    let entry = plan.summary.columns[try plan.index(of: label)]
    let most = TableSummary.mostCategories
    guard let classes = entry.categories else {
      throw DistributedError(
        "\(table.path): '\(label)' has more than \(most) different values, too many for classes: name another "
          + "column, learn numbers (--regress), or write a job file")
    }
    guard classes.count > 1 else {
      throw DistributedError(
        "\(table.path): '\(label)' is "
          + "\(classes.first.map { "'\($0.text)'" } ?? "missing") in all rows, and there is nothing to tell "
          + "apart: name another column")
    }
    var task = NetworkTask(
      loss: "sparse_categorical_crossentropy", metrics: ["accuracy"], outputCount: classes.count,
      outputLayer: ["dense": ["units": Value(.int(classes.count)), "activation": "softmax"]])
    task.target = Value(.string(label))
    task.targetStages = ["index"]
    // With fewer rows of a class its share of the held-out rows would be none.
    task.stratifies = classes.allSatisfy { $0.count >= 10 }
    return try plan.job(task)
  }
}
