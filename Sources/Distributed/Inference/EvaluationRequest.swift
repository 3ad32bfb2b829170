public import Configuration
internal import NN

/// What an evaluation shall tell.
public struct EvaluationRequest: Sendable {
  /// Which metrics are measured beside the loss.
  public enum Metrics: Sendable {
    /// Those of the model's job.
    case ofJob
    /// All that fit the network's output.
    case every
    /// These, as `training.metrics` names them.
    case these([Value])
  }

  /// The metrics.
  public var metrics = Metrics.ofJob
  /// Whether classes are told of one by one: the areas under the curves of each of up to 64, and the counts
  /// of the two classes of an output that is a yes or no.
  public var tellsClasses = false

  /// Asks for the job's metrics alone.
  public init() {}

  /// More classes have no areas of their own: each takes 1 MB of sums.
  static let mostAreaClasses = 64
  /// Figures of classes, probabilities and counts, which say nothing of numbers.
  private static let classMetrics: Set = [
    "accuracy", "binary_accuracy", "categorical_accuracy", "precision", "recall", "f1_score",
    "roc_auc", "pr_auc", "categorical_crossentropy", "binary_crossentropy",
    "categorical_focal_crossentropy", "binary_focal_crossentropy", "hinge", "squared_hinge",
    "categorical_hinge", "kl_divergence", "poisson",
  ]

  /// The job's training with the metrics that are asked for.
  ///
  /// - Throws: `DistributedError` for metrics of a network with several outputs, which a list cannot name.
  func training(
    _ training: TrainingConfiguration, for network: Network
  ) throws -> TrainingConfiguration {
    let names = network.outputNames
    guard names.count == 1 else {
      if case .ofJob = metrics { return training }
      throw DistributedError(
        "the network has the outputs \(names.joined(separator: ", ")), whose metrics are those of its job: "
          + "leave --metrics out", exitCode: ExitCode.usage)
    }
    var copy = training
    let loss = try training.losses(for: network)[0]
    switch metrics {
    case .ofJob: copy.metrics = training.outputMetrics[names[0]] ?? training.metrics
    case .these(let values): copy.metrics = values
    case .every:
      copy.metrics = MetricSet.metricNames.filter { name in
        // Those of the job's loss say something all the same.
        if !loss.isBinary, !loss.isCategorical, Self.classMetrics.contains(name),
          name != loss.function.rawValue
        {
          return false
        }
        let values = [Value(.string(name))]
        return (try? MetricSet(values, loss: loss, outputShape: network.outputShape)) != nil
      }.map { Value(.string($0)) }
    }
    copy.outputMetrics = [:]
    guard tellsClasses, loss.isCategorical, network.outputShape.count == 1,
      network.outputCount <= Self.mostAreaClasses
    else { return copy }
    for label in 0..<network.outputCount {
      for area in ["roc_auc", "pr_auc"] {
        copy.metrics.append(
          [
            area: [
              "class_id": Value(.int(label)), "name": Value(.string(Self.area(area, of: label))),
            ]
          ])
      }
    }
    return copy
  }

  /// The name of a figure about one class.
  static func area(_ name: String, of label: Int) -> String { "\(name)_of_class_\(label)" }
}
