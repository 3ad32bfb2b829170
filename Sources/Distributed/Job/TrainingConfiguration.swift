public import Configuration
public import NN

/// The `training` section: what is minimised, by which rule, in which portions, how long.
public struct TrainingConfiguration: Sendable {
  /// `loss`: what training minimises; of several outputs the first one's.
  public var loss: Loss
  /// `loss` as a map of the network's outputs to their losses; empty for one loss.
  public var outputLosses: [OutputLoss]
  /// `loss_weights`: what each output's loss is multiplied by in their sum, at least 0; 1 for outputs
  /// that are not named.
  public var lossWeights: [String: Double]
  /// `optimizer`: how a gradient changes the parameters.
  public var optimizer: any Optimizer
  /// `metrics`: what is measured beside the loss, by name; they fit a loss and an output shape.
  public var metrics: [Value]
  /// `metrics` as a map of the network's outputs to their metrics; empty for one list.
  public var outputMetrics: [String: [Value]]
  /// `class_weight`: factors of the loss by class, at least 0; 1 for classes that are not named.
  public var classWeights: [Int: Double]
  /// `early_stopping`: ends the training when a figure stops getting better; nil: it goes on.
  public var earlyStopping: EarlyStopping?
  /// `target`: ends the training when a figure is good enough; nil: it goes on.
  public var target: TargetFigure?
  /// `batch_size`: rows of one step of one worker, at least 1.
  ///
  /// -1 where `usesWholeSlice` is set and the slices are not known yet.
  public var batchSize: Int
  /// `batch_size: -1`: all rows that a worker has are one step.
  public var usesWholeSlice: Bool
  /// `steps_per_epoch`: batches that each worker draws in an epoch, at least 1; nil: each row once.
  public var stepsPerEpoch: Int?
  /// `shuffle`: whether each epoch has an order of its own; otherwise a worker visits its rows in file order.
  public var shuffles: Bool
  /// `epochs`: passes over the training rows, at least 1.
  public var epochCount: Int
  /// `validations_per_epoch`: parts of an epoch after each of which figures are measured, at least 1.
  public var validationsPerEpoch: Int
  /// `seed`: decides the initial parameters, the order of the rows and dropout.
  public var seed: UInt64
  /// `threads`: compute threads of a rank, at least 1.
  public var threadCount: Int
  /// `precision`: what matrix products multiply, `float32` or `bfloat16`.
  public var precision: Precision

  /// `refuse_beyond`: an update is refused when the gradient of a layer is so many times as long as on
  /// average; 0: only when it is not finite.
  public var refusalLimit: Double

  /// What `refuse_beyond` is by default.
  public static let defaultRefusalLimit = 1e4

  /// More epochs than anybody trains: larger numbers are mistakes.
  static let mostEpochs = 1_000_000
  /// What a step may have at most.
  static let largestBatch = 1_048_576
  /// What `steps_per_epoch` may be at most: each step may be a lap of its own (`Draw`).
  static let mostSteps = 100_000

  /// Reads the section.
  public init(options: inout Options) throws(ConfigurationError) {
    guard let loss = options.value("loss") else {
      throw options.error("the key 'loss' is missing", "loss")
    }
    outputLosses = try OutputLoss.list(loss, at: options.keyPath + ["loss"])
    if let first = outputLosses.first {
      self.loss = first.loss
    } else {
      self.loss = try Loss(loss, at: options.keyPath + ["loss"])
    }
    lossWeights = try OutputLoss.weights(&options, outputLosses)
    guard let optimizer = options.value("optimizer") else {
      throw options.error("the key 'optimizer' is missing", "optimizer")
    }
    self.optimizer = try OptimizerRegistry.optimizer(
      optimizer, at: options.keyPath + ["optimizer"])
    outputMetrics = [:]
    if let value = options.value("metrics"), case .map(let entries) = value.kind {
      guard !outputLosses.isEmpty else {
        throw options.error(
          "metrics are a list, or with several outputs a map of these to lists, as training.loss is",
          "metrics", value)
      }
      for entry in entries {
        guard outputLosses.contains(where: { $0.output == entry.key }) else {
          throw options.error(
            "'\(entry.key)' is no output that training.loss names: "
              + Spelling.advice(for: entry.key, among: outputLosses.map(\.output)), "metrics",
            entry.value)
        }
        // A single name counts as a list of one.
        if case .list(let items) = entry.value.kind {
          outputMetrics[entry.key] = items
        } else {
          outputMetrics[entry.key] = [entry.value]
        }
      }
      metrics = []
    } else {
      metrics = try options.list("metrics")
      if outputLosses.count > 1, !metrics.isEmpty {
        throw options.error(
          "say which output each metric measures: a map of the outputs to lists, as training.loss is",
          "metrics")
      }
    }
    classWeights = try Self.classWeights(&options, self.loss)
    if outputLosses.count > 1, !classWeights.isEmpty {
      throw options.error(
        "classes have weights in a training with one output: give the rows weights "
          + "(data.train.weights), or remove the key", "class_weight")
    }
    earlyStopping = nil
    if var early = try options.options("early_stopping") {
      earlyStopping = try EarlyStopping(options: &early)
      try early.finish()
    }
    target = nil
    if var target = try options.options("target") {
      self.target = try TargetFigure(options: &target)
      try target.finish()
    }
    batchSize = try options.int("batch_size", default: 128, in: -1...Self.largestBatch)
    guard batchSize != 0 else {
      throw options.error(
        "a step has at least one row: give 1...\(Self.largestBatch), or -1 for a worker's whole slice",
        "batch_size")
    }
    usesWholeSlice = batchSize == -1
    stepsPerEpoch = nil
    if options.value("steps_per_epoch") != nil {
      stepsPerEpoch = try options.int("steps_per_epoch", in: 1...Self.mostSteps)
    }
    shuffles = try options.bool("shuffle", default: true)
    if !shuffles, stepsPerEpoch != nil {
      throw options.error(
        "is false, and steps_per_epoch draws its batches at random: remove one of them", "shuffle")
    }
    epochCount = try options.int("epochs", default: 1, in: 1...Self.mostEpochs)
    validationsPerEpoch = try options.int("validations_per_epoch", default: 1, in: 1...10_000)
    seed = UInt64(try options.int("seed", default: 1, in: 0...Int.max))
    threadCount = try options.int("threads", default: 1, in: 1...1024)
    let precision = try options.choice(
      "precision", among: Precision.allCases.map(\.rawValue), default: Precision.float32.rawValue)
    self.precision = Precision(rawValue: precision) ?? .float32
    refusalLimit = try options.number(
      "refuse_beyond", default: Self.defaultRefusalLimit, in: 0...1e30)
    if refusalLimit > 0, refusalLimit < 2 {
      throw options.error(
        "\(refusalLimit) would refuse gradients as they are: give at least 2, or 0 to refuse only what "
          + "is not finite", "refuse_beyond")
    }
  }

  private static func classWeights(
    _ options: inout Options, _ loss: Loss
  ) throws(ConfigurationError) -> [Int: Double] {
    guard let value = options.value("class_weight") else { return [:] }
    guard case .map(let entries) = value.kind else {
      throw options.error(
        "expected a map of classes to weights, as in {0: 1, 1: 2.5}, found \(value.summary)",
        "class_weight", value)
    }
    guard
      loss.isCategorical || loss.function == .binaryCrossentropy
        || loss.function == .binaryFocalCrossentropy || loss.function == .categoricalHinge
        || loss.distribution == .bernoulli
    else {
      throw options.error(
        "weights are for classes 0, 1 ..., and the targets of \(loss.function.rawValue) are not such "
          + "numbers: cross-entropies and focal ones have them",
        "class_weight", value)
    }
    var weights: [Int: Double] = [:]
    for entry in entries {
      guard let label = Int(entry.key), (0..<1_000_000).contains(label),
        let weight = entry.value.number, weight >= 0, weight.isFinite
      else {
        throw options.error(
          "'\(entry.key)' with \(entry.value.summary) is no class (0, 1, ...) with a weight of at "
            + "least 0", "class_weight", entry.value)
      }
      weights[label] = weight
    }
    return weights
  }

  /// One weight for each class up to the last that is named; empty when all are 1.
  package var classWeightList: [Float] {
    guard let last = classWeights.keys.max() else { return [] }
    return (0...last).map { Float(classWeights[$0] ?? 1) }
  }

  /// The seed of a worker's masks and noise: another one for each worker, the same on a rerun.
  package static func noiseSeed(_ seed: UInt64, worker: Int) -> UInt64 {
    seed &+ UInt64(worker) &* 0x9e37_79b9_7f4a_7c15
  }

  /// The number of validations in the whole training, and the step of the last one.
  public var lastStep: Int { epochCount * validationsPerEpoch }

  /// The section as a tree.
  public var value: Value {
    var entries: [Value.Entry] = [
      .init("loss", lossValue), .init("optimizer", optimizer.namedValue),
      .init("metrics", metricsValue), .init("batch_size", batchSizeValue),
      .init("epochs", Value(.int(epochCount))),
      .init("validations_per_epoch", Value(.int(validationsPerEpoch))),
      .init("seed", Value(.int(Int(seed)))), .init("threads", Value(.int(threadCount))),
    ]
    // Left out where they are not given: jobs of before have no such keys.
    if let stepsPerEpoch { entries.append(.init("steps_per_epoch", Value(.int(stepsPerEpoch)))) }
    if precision != .float32 {
      entries.append(.init("precision", Value(.string(precision.rawValue))))
    }
    if refusalLimit != Self.defaultRefusalLimit {
      entries.append(.init("refuse_beyond", Value(.number(refusalLimit))))
    }
    if !classWeights.isEmpty { entries.append(.init("class_weight", classWeightValue)) }
    if let earlyStopping { entries.append(.init("early_stopping", earlyStopping.value)) }
    if let target { entries.append(.init("target", target.tree)) }
    if !lossWeights.isEmpty { entries.append(.init("loss_weights", lossWeightsValue)) }
    return Value(.map(entries))
  }

  /// `batch_size` as the job file has it.
  var batchSizeValue: Value { Value(.int(usesWholeSlice ? -1 : batchSize)) }

  /// `loss` as the job file has it.
  var lossValue: Value {
    outputLosses.isEmpty
      ? loss.value
      : Value(.map(outputLosses.map { .init($0.output, $0.loss.value) }))
  }

  /// `class_weight` as the job file has it.
  var classWeightValue: Value {
    Value(
      .map(
        classWeights.sorted { $0.key < $1.key }
          .map { Value.Entry("\($0.key)", Value(.number($0.value))) }))
  }

  /// `loss_weights` as the job file has them.
  var lossWeightsValue: Value {
    Value(
      .map(
        lossWeights.sorted { $0.key < $1.key }
          .map { Value.Entry($0.key, Value(.number($0.value))) }))
  }

  /// `metrics` as the job file has them.
  var metricsValue: Value {
    guard !outputMetrics.isEmpty else { return Value(.list(metrics)) }
    return Value(
      .map(
        outputMetrics.sorted { $0.key < $1.key }
          .map { Value.Entry($0.key, Value(.list($0.value))) }))
  }
}
