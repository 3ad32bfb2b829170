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
  /// of the two classes of an output that is a yes or no, or of each of its labels.
  public var tellsClasses = false
  /// The loss of a model without a job, as `training.loss` names it; nil: the one that Keras compiled it with.
  public var loss: Value?

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

  /// How `model` was trained, with the loss that it is measured by: its job's, that which Keras compiled it with, or
  /// the one that is asked for.
  ///
  /// - Throws: `DistributedError` for a loss beside that of a job, and where nothing names one.
  func training(of model: TrainedModel) throws -> TrainingConfiguration {
    if let job = model.job {
      guard loss == nil else {
        throw DistributedError(
          "--loss is for models without one, and \(model.path) has its job's: leave it out, or name another figure "
            + "with --metrics", exitCode: ExitCode.usage)
      }
      return job.training
    }
    if let loss { return try TrainingConfiguration(measuring: loss) }
    guard let compiled = try ModelFile.compiled(model.path, outputs: model.network.outputNames)
    else {
      throw DistributedError(
        "\(model.path) was not written by sounder and names no loss that is known here: say by which it is measured, "
          + "as in --loss mean_squared_error", exitCode: ExitCode.usage)
    }
    var training = try TrainingConfiguration(measuring: compiled.loss)
    training.metrics = compiled.metrics.filter {
      Output("", training.loss, model.network.outputShape).fits($0)
    }
    return training
  }

  /// One of a network's outputs.
  private struct Output {
    let name: String
    let loss: Loss
    let shape: [Int]

    init(_ name: String, _ loss: Loss, _ shape: [Int]) {
      (self.name, self.loss, self.shape) = (name, loss, shape)
    }

    /// Whether the metric can be measured and says something of the output.
    func fits(_ value: Value) -> Bool {
      var name = ""
      switch value.kind {
      case .string(let text): name = text
      case .map(let entries): name = entries.first?.key ?? ""
      default: break
      }
      // Those of the job's loss say something all the same.
      if !loss.isBinary, !loss.isCategorical, EvaluationRequest.classMetrics.contains(name),
        name != loss.function.rawValue
      {
        return false
      }
      return (try? MetricSet([value], loss: loss, outputShape: shape)) != nil
    }
  }

  /// The job's training with the metrics that are asked for.
  ///
  /// - Throws: an error for a metric that fits no output.
  func training(
    _ training: TrainingConfiguration, for network: Network
  ) throws -> TrainingConfiguration {
    let names = network.outputNames
    let losses = try training.losses(for: network)
    let outputs = names.indices.map { index in
      Output(names[index], losses[index], network.tensors[network.outputs[index]].shape)
    }
    var lists: [[Value]]
    switch metrics {
    case .ofJob:
      let common = names.count == 1 ? training.metrics : []
      lists = names.map { training.outputMetrics[$0] ?? common }
    case .these(let values):
      lists = names.count == 1 ? [values] : try Self.lists(values, outputs)
    case .every:
      let all = MetricSet.metricNames.map { Value(.string($0)) }
      lists = outputs.map { all.filter($0.fits) }
    }
    if tellsClasses {
      for (index, output) in outputs.enumerated() { lists[index] += Self.areas(of: output) }
    }
    var copy = training
    copy.metrics = names.count == 1 ? lists[0] : []
    copy.outputMetrics =
      names.count == 1 ? [:] : Dictionary(uniqueKeysWithValues: zip(names, lists))
    return copy
  }

  /// The metrics of each of several outputs: those that are named for it, `digit: [accuracy]`, and of the others those
  /// that fit it.
  private static func lists(_ values: [Value], _ outputs: [Output]) throws -> [[Value]] {
    var lists = outputs.map { _ in [Value]() }
    for value in values {
      if case .map(let entries) = value.kind, entries.count == 1,
        let index = outputs.firstIndex(where: { $0.name == entries[0].key })
      {
        if case .list(let items) = entries[0].value.kind {
          lists[index] += items
        } else {
          lists[index].append(entries[0].value)
        }
        continue
      }
      let fitting = outputs.indices.filter { outputs[$0].fits(value) }
      guard !fitting.isEmpty else {
        // A name that is none is told as such.
        _ = try MetricSet(
          [value], at: ["--metrics"], loss: outputs[0].loss, outputShape: outputs[0].shape)
        throw DistributedError(
          "--metrics: '\(value.json)' fits none of the outputs \(outputs.map(\.name).joined(separator: ", ")): "
            + "leave it out, or name the output, as in \(outputs[0].name): [...]",
          exitCode: ExitCode.usage)
      }
      for index in fitting { lists[index].append(value) }
    }
    return lists
  }

  /// The areas under the curves of each of an output's classes or labels, unless there are too many.
  private static func areas(of output: Output) -> [Value] {
    switch ClassCounts.kind(output.loss, outputShape: output.shape) {
    case .classes(let count) where count <= mostAreaClasses,
      .labels(let count) where count <= mostAreaClasses:
      return (0..<count).flatMap { label in
        ["roc_auc", "pr_auc"].map { area in
          [
            area: [
              "class_id": Value(.int(label)), "name": Value(.string(Self.area(area, of: label))),
            ]
          ]
        }
      }
    default: return []
    }
  }

  /// The name of a figure about one class.
  static func area(_ name: String, of label: Int) -> String { "\(name)_of_class_\(label)" }
}
