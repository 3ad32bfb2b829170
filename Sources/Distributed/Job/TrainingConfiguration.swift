public import Configuration
public import NN

/// The `training` section: what is minimised, by which rule, in which portions, how long.
public struct TrainingConfiguration: Sendable {
  /// `loss`: what training minimises.
  public var loss: Loss
  /// `optimizer`: how a gradient changes the parameters.
  public var optimizer: any Optimizer
  /// `metrics`: what is measured beside the loss, by name; they fit a loss and an output shape.
  public var metrics: [Value]
  /// `batch_size`: rows of one step of one worker, at least 1.
  public var batchSize: Int
  /// `epochs`: passes over the training rows, at least 1.
  public var epochCount: Int
  /// `validations_per_epoch`: parts of an epoch after each of which figures are measured, at least 1.
  public var validationsPerEpoch: Int
  /// `seed`: decides the initial parameters, the order of the rows and dropout.
  public var seed: UInt64
  /// `threads`: compute threads of a rank, at least 1.
  public var threadCount: Int

  /// More epochs than anybody trains: larger numbers are mistakes.
  static let mostEpochs = 1_000_000

  /// Reads the section.
  public init(options: inout Options) throws(ConfigurationError) {
    guard let loss = options.value("loss") else {
      throw options.error("the key 'loss' is missing", "loss")
    }
    self.loss = try Loss(loss, at: options.keyPath + ["loss"])
    guard let optimizer = options.value("optimizer") else {
      throw options.error("the key 'optimizer' is missing", "optimizer")
    }
    self.optimizer = try OptimizerRegistry.optimizer(
      optimizer, at: options.keyPath + ["optimizer"])
    metrics = try options.list("metrics")
    batchSize = try options.int("batch_size", default: 128, in: 1...1_048_576)
    epochCount = try options.int("epochs", default: 1, in: 1...Self.mostEpochs)
    validationsPerEpoch = try options.int("validations_per_epoch", default: 1, in: 1...10_000)
    seed = UInt64(try options.int("seed", default: 1, in: 0...Int.max))
    threadCount = try options.int("threads", default: 1, in: 1...1024)
  }

  /// The number of validations in the whole training, and the step of the last one.
  public var lastStep: Int { epochCount * validationsPerEpoch }

  /// The section as a tree.
  public var value: Value {
    [
      "loss": loss.value, "optimizer": optimizer.namedValue,
      "metrics": Value(.list(metrics)), "batch_size": Value(.int(batchSize)),
      "epochs": Value(.int(epochCount)),
      "validations_per_epoch": Value(.int(validationsPerEpoch)), "seed": Value(.int(Int(seed))),
      "threads": Value(.int(threadCount)),
    ]
  }
}
